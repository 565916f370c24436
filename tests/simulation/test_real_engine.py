"""The scheduler against a real one: two runs of vLLM, request by request (data/README.md).

Step times are the plainest roofline, times one factor that brings the mean TPOT to the measured one::

    step = factor * [(16.06 GB of weights + 131,072 B per token of context) / bandwidth
                     + 16.06 GFLOP per prompt token / peak]

Llama-3.1-8B has 8.03e9 weights of two bytes, and 32 layers * 8 KV heads * 128 * 2 (key, value) * 2 bytes of cache per
token. Everything else that the test compares, queue, batch, chunks and preemption, is the simulator's own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.simulation.pool import PoolOutcome, run_pool
from planner.simulation.requests import Requests, requests_of
from planner.simulation.step_timer import LinearTimer

RUNS = pd.read_csv(Path(__file__).parent / "data/vllm_requests.csv")
WEIGHT_BYTES, CACHE_BYTES, TOKEN_FLOPS = 16.06e9, 131_072.0, 16.06e9


def replayed(card: str, bytes_per_s: float, flops_per_s: float, kv_tokens: int, places: int) -> tuple[
    pd.DataFrame, Requests, PoolOutcome
]:  # fmt: skip
    """The measured run, its requests, and what the simulator makes of them when TPOT is right in the mean."""
    real = RUNS[RUNS["accelerator"] == card]
    lengths = [real[name].to_numpy() for name in ("input_tokens", "output_tokens")]
    requests = requests_of(
        real["arrival_s"].to_numpy(), lengths[0], np.zeros(len(real), dtype=int), lengths[1]
    )
    factor = 1.0
    for _ in range(6):
        timer = LinearTimer(
            kv_tokens,
            places,
            2048,
            fixed_s=factor * WEIGHT_BYTES / bytes_per_s,
            per_context_s=factor * CACHE_BYTES / bytes_per_s,
            per_prompt_s=factor * TOKEN_FLOPS / flops_per_s,
        )
        outcome = run_pool(timer, 1, requests)
        factor *= float(np.mean(real["tpot_ms"]) / np.mean(tpot_ms(requests, outcome)))
    return real, requests, outcome


def tpot_ms(requests: Requests, outcome: PoolOutcome) -> np.ndarray:
    """TPOT of every request with more than one token."""
    more = requests.output_tokens > 1
    return ((outcome.finish_s - outcome.first_s)[more] / (requests.output_tokens[more] - 1)) * 1e3


def held(ours: np.ndarray, real: pd.Series, within: float) -> None:
    """Mean, P50, P95 and P99 agree."""
    assert float(ours.mean()) == pytest.approx(float(real.mean()), rel=within)
    for quantile in (50, 95, 99):
        expected = float(np.percentile(real, quantile))
        assert float(np.percentile(ours, quantile)) == pytest.approx(expected, rel=within), quantile


def test_a_queue_for_places_is_vllm_s() -> None:
    """RTX PRO 6000 (1,792 GB/s, 467.8 TFLOP/s): 128 places are short, cache is not; first tokens come after 7 s in the
    mean and 20 s at P99. Within 2 per cent."""
    real, requests, outcome = replayed("RTXPRO6000", 1.792e12, 4.678e14, 570_000, 128)
    assert outcome.preemptions.sum() == 0
    held((outcome.first_s - requests.arrival_s) * 1e3, real["ttft_ms"], 0.02)
    held(tpot_ms(requests, outcome), real["tpot_ms"], 0.02)


def test_a_full_cache_and_preemption_are_vllm_s() -> None:
    """RTX 4090 (1,008 GB/s, 165.2 TFLOP/s): its cache holds some 40 requests; first tokens come after 65 s in the mean
    and 137 s at P99. The run does not say how many tokens its cache had: 42,000 is fitted, one number. Within 3 per
    cent, with hundreds of preemptions."""
    real, requests, outcome = replayed("RTX4090", 1.008e12, 1.652e14, 42_000, 256)
    assert outcome.preemptions.sum() > 100
    held((outcome.first_s - requests.arrival_s) * 1e3, real["ttft_ms"], 0.03)
    held(tpot_ms(requests, outcome), real["tpot_ms"], 0.03)
