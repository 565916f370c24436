"""A few replicas of many stand for all of them."""

from __future__ import annotations

import pytest

from planner.simulation.build import Sources
from planner.simulation.lengths import length_mixes
from planner.simulation.promises import Promise, attainment
from planner.simulation.replay import Window, replay_pool
from planner.simulation.sample import CLOSE_REPLICAS, LEAST_REPLICAS, sampled_replicas
from planner.simulation.step_timer import LinearTimer
from planner.simulation.streams import Pool, Prediction, Stream

from small_plan import table  # isort: skip

LENGTHS = table(
    "workload bucket fine share mean_in mean_cached_in mean_out",
    ("chat", "all", "in512-out64", 0.7, 250.0, 0.0, 30.0),
    ("chat", "all", "in2048-out256", 0.3, 1000.0, 200.0, 120.0),
)
TIMER = LinearTimer(60_000, 64, 2048, fixed_s=0.010, per_request_s=2e-4, per_prompt_s=3e-5)
SOURCES = Sources(length_mixes(LENGTHS), {"chat": 2.0}, {})


def pool(replicas: int, each_per_s: float) -> Pool:
    stream = Stream("chat", "all", 50.0, replicas * each_per_s, each_per_s, ((0.0, 1.0),), Prediction())
    return Pool("layout", "card", "site", 1, float(replicas), replicas, (stream,))


@pytest.mark.parametrize(
    ("each_per_s", "max_tpot_ms"), [(10.0, 20.0), (15.0, 21.0)], ids=["light", "near the limit"]
)
def test_a_sample_attains_what_the_pool_attains(each_per_s: float, max_tpot_ms: float) -> None:
    """32 of 64 within 1.5 points of attainment, 8 within 3; percentiles within 3 and 10 per cent."""
    window, promise = Window(30.0), Promise(200.0, max_tpot_ms, 0.95)
    whole = replay_pool(pool(64, each_per_s), TIMER, SOURCES, window, sampled=64)
    assert whole.weight == 1.0
    for sampled, points, share in ((CLOSE_REPLICAS, 0.015, 0.03), (LEAST_REPLICAS, 0.03, 0.10)):
        part = replay_pool(pool(64, each_per_s), TIMER, SOURCES, window, sampled=sampled)
        assert part.weight == 64 / sampled
        assert attainment(part, "chat", promise) == pytest.approx(
            attainment(whole, "chat", promise), abs=points
        )
        for name in ("ttft_ms", "tpot_ms"):
            of_part, of_whole = getattr(part, name), getattr(whole, name)
            for quantile in (50, 95, 99):
                expected = percentile(of_whole, quantile)
                assert percentile(of_part, quantile) == pytest.approx(expected, rel=share)


def percentile(values, quantile):  # type: ignore[no-untyped-def]
    import numpy as np

    return float(np.nanpercentile(values, quantile))


def test_a_sample_is_large_enough_and_no_larger_than_the_pool() -> None:
    for replicas in (1, 5, 30, 400):
        for each in (0.01, 0.5, 5.0, 50.0):
            for window_s in (120.0, 600.0, 3600.0):
                sampled = sampled_replicas(replicas, replicas * each, window_s)
                assert 1 <= sampled <= replicas
                assert sampled >= min(replicas, 2)
                requests = sampled * each * window_s
                assert sampled == replicas or requests >= 10_000
