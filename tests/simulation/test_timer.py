"""Step times as the simulator asks for them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError
from planner.serving.efficiency import Efficiency
from planner.serving.step_time import step_s
from planner.serving.work import Work
from planner.simulation.step_timer import TabledTimer
from planner.simulation.timer import timers_of

# One layout of a made-up mixture of experts on a made-up card: 10 GB read in every step, 40 GB of experts, a sixteenth
# visited per token, attention up to 32 k tokens; a card of 400 TFLOP/s and 2 TB/s.
OWN = {
    "room_bytes": 20e9, "most_running": 128.0, "common_bytes": 10e9, "expert_bytes": 40e9, "expert_share": 1 / 16,
    "common_flops": 2e10, "expert_flops": 1e10, "flops_per_s": 4e14, "bytes_per_s": 2e12, "attention_flops_per_s": 4e14,
    "cache_bytes": 1e5, "attended_tokens": 32768.0, "prefill_attention_flops": 2e6, "collective_hops": 60.0,
    "collective_bytes": 1e6, "link_bytes_per_s": 2e11, "handover_bytes_per_s": 1e11, "layers": 60.0,
    "expert_layers": 58.0, "groups": 1.0, "stages": 1.0,
}  # fmt: skip
REACHED = {
    "compute_share": 0.6, "bandwidth_share": 0.7, "attention_share": 0.3, "link_share": 0.5, "layer_s": 4e-5,
    "step_s": 2e-4, "sequence_s": 2e-5, "all_reduce_latency_s": 5e-6, "first_token_s": 0.05,
    "attention_ramp_tokens": 500.0,
}  # fmt: skip


def steps(**changes: float) -> pd.DataFrame:
    """A ``steps`` table of one row: every figure of `Work` and `Efficiency`, those not named at 0 or their default."""
    work = {field.name: 0.0 for field in fields(Work)}
    reached = {
        field.name: float(np.asarray(getattr(Efficiency(), field.name))) for field in fields(Efficiency)
    }
    return pd.DataFrame(
        [{"layout": "one", "chunk_tokens": 8192, **work, **reached, **OWN, **REACHED, **changes}]
    )


def function_of(row: pd.Series) -> tuple[Work, Efficiency]:
    work = Work(**{field.name: np.array(float(row[field.name])) for field in fields(Work)})
    return work, replace(Efficiency(), **{field.name: float(row[field.name]) for field in fields(Efficiency)})


def test_the_run_s_step_times_are_the_serving_model_s() -> None:
    table = steps()
    timer = timers_of({"steps": table})["one"]
    work, efficiency = function_of(table.iloc[0])
    draw = np.random.default_rng(1)
    for _ in range(300):
        decoding, prompt = int(draw.integers(0, 128)), int(draw.choice([0, *draw.integers(1, 8192, 2)]))
        context, attended = float(draw.uniform(1, 60_000)), float(draw.uniform(1, 60_000))
        exact = step_s(
            work, efficiency, *(np.array(float(value)) for value in (decoding, context, prompt, attended))
        )
        told = timer.step_s(decoding, context if decoding else 0.0, prompt, attended)
        if decoding:
            assert told == pytest.approx(float(exact), rel=0.01)
        elif prompt:
            assert told == pytest.approx(float(exact), rel=0.02)


def test_limits_come_from_the_row() -> None:
    """20 GB of room over 100 kB per token: 200,000 tokens; two stages hold twice as many."""
    timer = timers_of({"steps": steps()})["one"]
    assert (timer.kv_tokens, timer.most_running, timer.chunk_tokens) == (200_000, 128, 8192)
    assert timer.first_token_s == 0.05
    assert timers_of({"steps": steps(stages=2.0)})["one"].kv_tokens == 400_000


def test_a_line_is_the_step_itself() -> None:
    timer = timers_of({"steps": steps()})["one"]
    draw = np.random.default_rng(2)
    for _ in range(100):
        decoding, context = int(draw.integers(1, 128)), float(draw.uniform(1, 40_000))
        base, slope, until = timer.line(decoding, context)
        assert base == timer.step_s(decoding, context, 0, 0.0)
        further = min(until, context + 50.0)
        assert timer.step_s(decoding, further, 0, 0.0) == pytest.approx(
            base + slope * (further - context), rel=1e-12
        )


def test_a_run_without_step_times_is_refused() -> None:
    with pytest.raises(InputError, match="holds no step times"):
        timers_of({})
    with pytest.raises(InputError, match="lacks"):
        timers_of({"steps": steps().drop(columns="room_bytes")})


def test_any_function_can_be_tabled() -> None:
    timer = TabledTimer(
        lambda b, c, p, a: 0.01 + 1e-4 * b + 1e-8 * b * c + 2e-5 * p + 1e-9 * p * a, 1000, 8, 512
    )
    expected = 0.01 + 1e-4 * 5 + 1e-8 * 5 * 777.5 + 2e-5 * 123 + 1e-9 * 123 * 4567.0
    assert timer.step_s(5, 777.5, 123, 4567.0) == pytest.approx(expected, rel=1e-9)
