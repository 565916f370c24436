"""Small real objects for the tests of the serving room: cards, language models, requests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from planner.inputs import Architecture, Card, Case, Figure, Llm, Settings, Unplannable
from planner.inputs.calibration import shipped_calibration
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.serving.admissible import Promise
from planner.serving.effects import calibration_of
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.model import ServingModel
from planner.serving.requests import Requests
from planner.serving.step_time import MOST_OF_PEAK
from planner.serving.work import Work, work_of

ROOT = Path(__file__).resolve().parents[2]
NO_PROMISE = Promise(max_ttft_ms=np.inf, max_tpot_ms=np.inf)

# Everything a card can do is reached, and nothing takes fixed time: what is left is for paper. Matrices never
# reach more than 95 % of a peak, so neither does attention here, and peaks are stated so that 95 % is a round number.
IDEAL = Efficiency(attention_share=MOST_OF_PEAK)
GIGAFLOP = 0.001 / MOST_OF_PEAK  # bf16_tflops of a card that reaches 1e9 flop/s
# All memory is for weights and cache, at most 256 requests run, and every place may be taken.
BARE = Engine(usable_memory_share=1.0, workspace_bytes=0.0, fullest_share=1.0)
PAPER_MODEL = ServingModel(constants=IDEAL, engine=BARE)
SHIPPED = calibration_of(shipped_calibration())

# One layer of width 1,000: attention 4 x 1e6, gated block 3 x 1e6, head 1e6, embedding 1e6 = 9e6 weights, of which
# a token is multiplied with 8e6. A token leaves 2 x 10 heads x 100 = 2,000 elements in the cache: 4,000 bytes.
PAPER = Architecture(
    layers=1,
    hidden_width=1000,
    vocabulary_tokens=1000,
    attention="gqa",
    heads=10,
    kv_heads=10,
    head_width=100,
    dense_layers=1,
    dense_ffn_width=1000,
)
# The same with ten experts of width 1,000 in place of the block, one visited: 30e6 expert weights, 3e6 visited;
# attention 4e6, router 10 x 1,000, head 1e6, embedding 1e6.
PAPER_EXPERTS = replace(
    PAPER, dense_layers=0, dense_ffn_width=0, experts=10, experts_per_token=1, expert_ffn_width=1000
)


def card(accelerator: str = "paper-card", **figures: float) -> Card:
    """A card with these figures; the usual ones are easy on paper: 1 GB/s, 1e9 flop/s reached, 1 GiB."""
    usual = {
        "memory_gib": 1.0, "memory_bandwidth_gb_per_s": 1.0, "bf16_tflops": GIGAFLOP, "cards_per_server": 8.0,
        "tdp_w": 100.0,
    }  # fmt: skip
    known = {name: Figure(value, "", "user") for name, value in (usual | figures).items() if value > 0}
    return Card(accelerator, accelerator, "paper", "domestic", (), known)


def llm(name: str = "paper-llm", architecture: Architecture = PAPER, **fields: Any) -> Llm:
    """A language model of that shape."""
    known = {"native_precision": "bf16", "context_tokens": 100_000} | fields
    return Llm(llm=name, name=name, architecture=architecture, sources={}, **known)


def catalogue_card(accelerator: str) -> Card:
    """A card of the catalogue."""
    (path,) = ROOT.glob(f"hardware_profiles/*/{accelerator}.yaml")
    record = yaml.safe_load(path.read_text(encoding="utf-8"))
    figures = {
        name: Figure(float(figure["value"]), figure["unit"], figure["grade"])
        for name, figure in record["figures"].items()
    }
    return Card(
        accelerator, record["name"], record["vendor"], record["origin"], (), figures, record.get("family", "")
    )


def catalogue_llm(name: str) -> Llm:
    """A language model of the catalogue."""
    record = yaml.safe_load((ROOT / "demand" / "llms" / f"{name}.yaml").read_text(encoding="utf-8"))
    shape = Architecture(**record["architecture"])
    return llm(
        name, shape, native_precision=record["native_precision"], context_tokens=record["context_tokens"]
    )


def requests(*lengths: tuple[float, float, float]) -> Requests:
    """Buckets of (input, cached, output) tokens; every answer has exactly that length."""
    columns = np.array(lengths, dtype=float).T
    return Requests(columns[0], columns[1], columns[2], output_spread=0.0)


def layout(on: Card, model: Llm | None = None, precision: str = "bf16", side: int = 1, **more: Any) -> Layout:
    """A layout of that model, the paper one unless named, on so many cards side by side."""
    return Layout(model or llm(), hardware_of(on), precision, side, **more)


def work(of: Layout, engine: Engine = BARE) -> Work:
    """The work of one layout as a column: arrays of shape (1, 1)."""
    return work_of([of], engine).column()


def bucket_table(*rows: tuple[str, str, float, float, float, float]) -> pd.DataFrame:
    """Rows of (workload, bucket, share, mean_in, mean_cached_in, mean_out)."""
    columns = ["workload", "bucket", "share", "mean_in", "mean_cached_in", "mean_out"]
    return pd.DataFrame(list(rows), columns=columns)


def case_of(
    cards: list[Card],
    llms: list[Llm],
    workloads: list[dict[str, Any]],
    serving: list[dict[str, Any]] | None = None,
    unplannable: tuple[Unplannable, ...] = (),
) -> Case:
    """A case of these parts, other columns at their declared defaults."""
    tables = {"workloads": workloads, "serving": serving or []}
    rows = {name: tuple(_row(name, given) for given in given_rows) for name, given_rows in tables.items()}
    settings = Settings(
        **{column.name: column.default for column in SETTINGS.columns}
        | {"name": "paper", "currency": "CNY", "start": "2027-01", "periods": 1}
    )  # type: ignore[arg-type]
    return Case(settings, ("2027-01",), tuple(cards), tuple(llms), unplannable, rows)


def _row(table: str, given: dict[str, Any]) -> tuple[Any, ...]:
    """A row in the order of the declared columns; penalty and names have no default."""
    (declared,) = [each for each in CASE_TABLES if each.name == table]
    known = {"unmet_penalty_per_mtok": 1.0} | given
    return tuple(known.get(column.name, column.default) for column in declared.columns)
