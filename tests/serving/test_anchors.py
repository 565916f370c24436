"""Most throughput against measured points, within a factor of 2.5: a sanity check, not a calibration.

The points are 13 of the 38 that hold, per card, model and precision, the run with the most throughput per card in the
project's measurement file: closed-loop runs (silicon_sample.csv of ai-dynamo/aiconfigurator 095f58a, Apache-2.0),
maximum-load runs (TensorRT-LLM performance overview, Apache-2.0), and one of the vllm-ascend documents; quality A but
for the last, B. They were chosen by hand for variety with the model's answer in sight, and most belong to the set on
which the constants of `Efficiency` were once fitted: they guard against breakage and prove no accuracy.

Of those 38, two lie outside the factor: Qwen3-32B on 4 Ascend 910B (vllm-ascend documents) comes out 2.59 times too
fast, and Llama-4-Scout on B200 at 128 tokens in and out 0.37 times as fast, as the engine there may run far more than
256 sequences.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import NO_PROMISE, catalogue_card, catalogue_llm, requests

from planner.serving.admissible import admissible
from planner.serving.efficiency import Efficiency
from planner.serving.hardware import hardware_of
from planner.serving.layouts import Layout
from planner.serving.step_figures import step_figures

FACTOR = 2.5
# card, llm, precision, cards, tokens in, tokens out, running requests, measured output tokens per second
POINTS = [
    ("nvidia_h100_sxm", "llama-3.1-8b", "bf16", 1, 1024, 512, 128, 12.542949 * 512),  # 3914abbdd303
    ("nvidia_h100_sxm", "qwen3-32b", "fp8", 1, 1024, 512, 128, 5.541211 * 512),  # 91e9d22cd355
    ("nvidia_h100_sxm", "qwen3-32b", "bf16", 2, 1024, 1024, 128, 3.251982 * 1024),  # 4150bc3b675d
    ("nvidia_h100_sxm", "gpt-oss-120b", "fp4", 2, 921.6, 921.6, 512, 17.681207 * 921.6),  # 78e1c5ec8b88
    ("nvidia_h200_sxm", "deepseek-r1", "fp8", 8, 921.6, 7372.8, 64, 0.283135 * 7372.8),  # 344411fdf7a6
    ("nvidia_h200_sxm", "llama-3.1-70b", "fp8", 1, 921.6, 921.6, 128, 2.960569 * 921.6),  # c6d824a55a1f
    ("nvidia_h200_sxm", "qwen3-235b-a22b", "fp8", 4, 1000, 500, 9, 1.118158 * 500),  # 104a527708bd
    ("nvidia_b200", "deepseek-r1", "fp4", 4, 921.6, 7372.8, 256, 1.020504 * 7372.8),  # 7b2647a843ac
    ("nvidia_b200", "minimax-m2.5", "fp8", 2, 921.6, 921.6, 512, 9.877767 * 921.6),  # 600155ec2836
    ("nvidia_b200", "qwen3.5-397b-a17b", "bf16", 8, 921.6, 7372.8, 64, 0.433648 * 7372.8),  # 5c311d11c6c8
    ("nvidia_h100_sxm", "llama-3.3-70b", "fp8", 2, 128, 2048, 256, 3.247559 * 2048),  # 332d88b8c746, offline
    ("nvidia_b200", "llama-3.1-405b", "fp4", 4, 128, 2048, 256, 3.916016 * 2048),  # d96839ab1910, offline
    ("huawei_910b_376t_64gb", "deepseek-r1", "int8", 16, 4096, 1536, 24, 0.208639 * 1536),  # a9487d7057e6
]


def predicted_tokens_per_s(point: tuple[str, str, str, int, float, float, float, float]) -> float:
    accelerator, name, precision, cards, tokens_in, tokens_out, running, _ = point
    efficiency = replace(Efficiency(), most_running_requests=float(running))
    layout = Layout(catalogue_llm(name), hardware_of(catalogue_card(accelerator)), precision, cards)
    found = admissible(
        step_figures([layout], efficiency),
        requests((tokens_in, 0, tokens_out)),
        NO_PROMISE,
        [0.0],
        efficiency,
    )
    return float(found.requests_per_s.item()) * tokens_out


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(map(str, point[:4])))
def test_most_throughput_is_within_the_factor(
    point: tuple[str, str, str, int, float, float, float, float],
) -> None:
    ratio = predicted_tokens_per_s(point) / point[-1]
    assert 1 / FACTOR < ratio < FACTOR


def test_median_error_of_the_points() -> None:
    errors = [abs(predicted_tokens_per_s(point) / point[-1] - 1) for point in POINTS]
    assert np.median(errors) < 0.35
