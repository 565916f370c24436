"""Public figures of real deployments, far from what the calibration was fitted to: the right size, not the last digit.

Engines written for one model on one system (DeepSeek's own, CloudMatrix-Infer) overlap communication with computing
and beat the public engines behind the calibration, so predictions may be up to three times too slow there, not faster.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import SHIPPED, catalogue_card, catalogue_llm

from planner.calibration.configurations import shipped_catalogue
from planner.calibration.predict import predict
from planner.calibration.score import errors, summary
from planner.inputs.locations import measured_folder
from planner.inputs.measurements import read_measurements
from planner.serving.admissible import Promise
from planner.serving.engine import Engine
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.model import ServingModel
from planner.serving.open_loop import Arrivals
from planner.serving.requests import Requests
from planner.serving.roles import decode_rate, prefill_rate

DAY_S = 86_400.0
TUNED = 3.0  # how much faster an engine written for the system may be
CALM = Arrivals(burst_z=1.0, prompt_spread=0.5)


def of(card: str, precision: str, cards: int) -> Layout:
    """DeepSeek-R1 with its experts spread whole over so many cards."""
    hardware, llm = hardware_of(catalogue_card(card)), catalogue_llm("deepseek-r1")
    return Layout(llm, hardware, precision, 1, attention_groups=cards, expert_parallel=True)


def request(tokens_in: float, cached: float, tokens_out: float) -> Requests:
    return Requests(np.array([tokens_in]), np.array([cached]), np.array([tokens_out]))


def prefill_per_card(layout: Layout, requests: Requests, max_ttft_s: float) -> float:
    model = ServingModel(SHIPPED)
    work, efficiency = model.work([layout]), model.efficiency([layout])
    promise, limit = Promise(np.inf, np.inf, 0.5, CALM), np.array([[max_ttft_s]])
    rate, _ = prefill_rate(work, efficiency, model.engine, requests, promise, limit)
    return float(rate.item()) / layout.cards_per_replica


def decode_per_card(
    layout: Layout, requests: Requests, max_tpot_ms: float, engine: Engine | None = None
) -> float:
    model = ServingModel(SHIPPED, engine or Engine())
    work, efficiency = model.work([layout]), model.efficiency([layout])
    rate, _ = decode_rate(work, efficiency, model.engine, requests, Promise(np.inf, max_tpot_ms, 0.5, CALM))
    return float(rate.item()) / layout.cards_per_replica


def test_the_nodes_deepseek_needs_a_day() -> None:
    """226.75 nodes of 8 H800 on average for 608e9 tokens in, 342e9 of them cached, and 168e9 out in a day.

    DeepSeek, "DeepSeek-V3/R1 inference system overview", March 2025: prefill over 32 cards, decode over 144, 20-22
    tokens/s per request. The mean request (about 4,200 in, 1,150 out) is assumed from a mean cache of 4,989 tokens.
    """
    tokens_out = 1150.0
    tokens_in, cached = tokens_out * 608 / 168, tokens_out * 342 / 168
    requests, arriving = request(tokens_in, cached, tokens_out), 168e9 / DAY_S / tokens_out
    prefill = arriving / prefill_per_card(of("nvidia_h800_sxm", "fp8", 32), requests, 5.0) / 8
    decode = arriving / decode_per_card(of("nvidia_h800_sxm", "fp8", 144), requests, 50.0) / 8
    assert 226.75 * 0.8 < prefill + decode < 226.75 * TUNED


def test_cloudmatrix_prefill_and_decode_per_card() -> None:
    """6,688 tokens/s per card reading prompts of 4k, 1,943 making tokens within 50 ms, 538 within 15 ms.

    Huawei and SiliconFlow, "Serving Large Language Models on Huawei CloudMatrix384", arXiv 2506.12708: Ascend 910C,
    INT8, experts over 320 dies; multi-token prediction of one token accepted about 70 % of the time.
    """
    requests, wide = request(4096.0, 0.0, 1024.0), of("huawei_910c", "int8", 320)
    predicting = replace(Engine(), speculated_tokens=1.0, accepted_share=0.7)
    read = prefill_per_card(of("huawei_910c", "int8", 32), requests, 5.0) * 4096
    made = decode_per_card(wide, requests, 50.0, predicting) * 1024
    assert 6688 / (1.2 * TUNED) < read < 6688 * 1.25
    assert 1943 / TUNED < made < 1943 * 1.25
    assert 0 <= decode_per_card(wide, requests, 15.0, predicting) * 1024 < 538 * 1.25


@pytest.mark.parametrize(("card", "figure", "within"), [
    ("MI300X", "largest rate within the promise", 45.0),
    ("H200", "largest rate within the promise", 25.0),
    ("Ascend910B", "TPOT", 70.0),
])  # fmt: skip
def test_median_error_by_card(card: str, figure: str, within: float) -> None:
    """MLPerf Server of the imported cards; Qwen3 on Ascend 910B as the vllm-ascend documents report it."""
    table = read_measurements(measured_folder() / "serving_measurements.csv").rows.reset_index(drop=True)
    mine = table[table["accelerator"] == card].reset_index(drop=True)
    found = summary(errors(mine, predict(mine, SHIPPED, shipped_catalogue()))).set_index("figure")
    assert found.loc[figure, "median_percent"] < within
