"""A small catalogue and runs on it, for the tests of the calibration room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.calibration.configurations import Catalogue
from planner.calibration.predict import predict
from planner.inputs import Architecture, Card, Figure, Llm
from planner.inputs.declarations.measurements import MEASUREMENTS
from planner.serving.effects import Calibration

USUAL = {
    "memory_gib": 80.0, "memory_bandwidth_gb_per_s": 2000.0, "bf16_tflops": 400.0, "fp8_tflops": 800.0,
    "interconnect_gb_per_s": 400.0, "cards_per_server": 8.0, "tdp_w": 700.0,
}  # fmt: skip


def card(name: str, family: str, **figures: float) -> Card:
    """A card of 80 GiB and 2 TB/s but for the figures given; 0: the card does not state it."""
    known = {key: Figure(value, "", "user") for key, value in (USUAL | figures).items() if value}
    return Card(name, name, "paper", "domestic", (), known, family)


def llm(name: str, **shape: Any) -> Llm:
    """A dense model of 32 heads but for the fields given."""
    usual = {
        "layers": 32, "hidden_width": 4096, "vocabulary_tokens": 100_000, "attention": "gqa", "heads": 32,
        "kv_heads": 8, "head_width": 128, "dense_layers": 32, "dense_ffn_width": 14_000,
    }  # fmt: skip
    return Llm(name, name, "bf16", 100_000, Architecture(**{**usual, **shape}), {})


# Weights in 16 bits, about: small 15 GB, large 138 GB (more than one card of 80 GiB, less than two), mixed 36 GB.
CATALOGUE = Catalogue(
    (card("alpha", "first"), card("beta", "second", memory_bandwidth_gb_per_s=1000.0),
     card("blank", "first", memory_gib=0.0)),
    (llm("small"),
     llm("large", layers=80, hidden_width=8192, dense_layers=80, dense_ffn_width=28_000, heads=64),
     llm("mixed", hidden_width=2048, dense_layers=0, dense_ffn_width=0, experts=64, experts_per_token=4,
         expert_ffn_width=1408)),
)  # fmt: skip
# One effect of a card, so that it is known of alpha that it was measured; the rest at the centres of the priors.
SHIPPED = Calibration(
    {("bandwidth_share", "accelerator", "alpha"): 0.15, ("layer_s", "family", "first"): -0.1},
    {("tpot", "accelerator"): 0.2, ("tpot", "family"): 0.3, ("tpot", "global"): 0.4},
)


def run(**facts: Any) -> dict[str, Any]:
    """One run: the small model on one alpha with 16 clients, but for the facts given."""
    usual = {
        "source": "tests", "model": "small", "accelerator": "alpha", "n_cards": 1.0, "tp": 1.0, "precision": "bf16",
        "engine": "vllm", "mode": "agg", "load_type": "closed_loop", "concurrency": 16.0, "input_tokens": 1000.0,
        "output_tokens": 200.0, "quality": "A",
    }  # fmt: skip
    return usual | facts


def table(*runs: dict[str, Any]) -> pd.DataFrame:
    """Runs as `read_measurements` gives them."""
    rows = [{"place": f"line {at}", **facts} for at, facts in enumerate(runs, 2)]
    frame = pd.DataFrame(rows, columns=["place", *MEASUREMENTS.names])
    for column in MEASUREMENTS.columns:
        if column.kind in ("number", "share"):
            frame[column.name] = frame[column.name].astype("float64")
        else:
            text = frame[column.name].astype("object")
            frame[column.name] = text.where(text.notna(), None)
    return frame


def measured(runs: pd.DataFrame, factor: float = 1.0, calibration: Calibration = SHIPPED) -> pd.DataFrame:
    """The runs as a system would show them whose every time is the model's times a factor."""
    answer = predict(runs, calibration, CATALOGUE)
    assert (answer["reason"] == "").all()
    rate = answer["req_s"] / factor
    times = {name: answer[name] * factor for name in ("tpot_ms", "ttft_ms")}
    return runs.assign(**times, req_s=rate, output_tok_s=rate * runs["output_tokens"])


def errors(runs: pd.DataFrame, calibration: Calibration, name: str = "tpot_ms") -> np.ndarray:
    """Logs of predicted over measured."""
    answer = predict(runs, calibration, CATALOGUE)
    found: np.ndarray = np.log((answer[name] / runs[name]).to_numpy(dtype=float))
    return found
