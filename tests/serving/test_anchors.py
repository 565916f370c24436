"""Most throughput against measured points, within a factor of two: a sanity check, not a measure of accuracy.

The points are 13 of those that hold, per card, model and precision, the run with the most throughput per card in the
project's measurement file: closed-loop runs (silicon_sample.csv of ai-dynamo/aiconfigurator 095f58a, Apache-2.0),
maximum-load runs (TensorRT-LLM performance overview, Apache-2.0), and one of the vllm-ascend documents; quality A but
for the last, B. They were chosen by hand for variety, and the shipped calibration has seen them: they guard against
breakage. How accurate predictions are out of sample is for ``capplan accuracy`` to say.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import SHIPPED, catalogue_card, catalogue_llm, layout, requests, work

from planner.serving.closed_loop import saturated
from planner.serving.engine import Engine
from planner.serving.model import ServingModel

FACTOR = 2.0
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
Point = tuple[str, str, str, int, float, float, float, float]


def predicted_tokens_per_s(point: Point) -> float:
    accelerator, name, precision, cards, tokens_in, tokens_out, running, _ = point
    engine = replace(Engine(), running_requests_large=float(running), running_requests_small=float(running))
    of = layout(catalogue_card(accelerator), catalogue_llm(name), precision, cards)
    efficiency = ServingModel(SHIPPED, engine).efficiency([of])
    found = saturated(work(of, engine), efficiency, requests((tokens_in, 0, tokens_out)), engine)
    return float(found.requests_per_s.item()) * tokens_out


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(map(str, point[:4])))
def test_most_throughput_is_within_the_factor(point: Point) -> None:
    ratio = predicted_tokens_per_s(point) / point[-1]
    assert 1 / FACTOR < ratio < FACTOR


def test_median_error_of_the_points() -> None:
    errors = [abs(predicted_tokens_per_s(point) / point[-1] - 1) for point in POINTS]
    assert np.median(errors) < 0.20
