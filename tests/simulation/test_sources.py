"""Where requests come from: burstiness, lengths, traces, and a part of a pool."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.simulation.arrivals import arrival_times
from planner.simulation.build import Sources, pool_requests, sorted_trace
from planner.simulation.lengths import length_mixes, steepness
from planner.simulation.scale import METHODS, copies_of, scaled_trace
from planner.simulation.streams import Pool, Prediction, Stream

BUCKETS = pd.DataFrame(
    {
        "workload": "chat",
        "bucket": ["short", "short", "long"],
        "fine": ["in512-out64", "in2048-out64", "in8192-out256"],
        "share": [0.5, 0.3, 0.2],
        "mean_in": [200.0, 1500.0, 5000.0],
        "mean_cached_in": [0.0, 150.0, 2500.0],
        "mean_out": [30.0, 40.0, 100.0],
    }
)


def random() -> np.random.Generator:
    return np.random.default_rng(11)


def test_busy_slots_have_the_declared_variance_over_mean() -> None:
    """Gamma gaps of cv^2 = 2 z - 1 into exponential holding times: variance / mean of those present is z."""
    z, rate, hold_s = 2.0, 50.0, 1.0
    times = arrival_times(rate, 4000.0, z, random())
    ends = times + np.random.default_rng(12).exponential(hold_s, len(times))
    moments = np.arange(20.0, 3980.0, 0.5)
    busy = np.searchsorted(times, moments) - np.searchsorted(np.sort(ends), moments)
    assert busy.mean() == pytest.approx(rate * hold_s, rel=0.02)
    assert busy.var() / busy.mean() == pytest.approx(z, rel=0.1)


def test_every_so_manieth_arrival_has_less_variation() -> None:
    gaps = np.diff(arrival_times(50.0, 2000.0, 3.0, random()))
    dealt = np.diff(arrival_times(50.0, 2000.0, 3.0, random(), one_in=4.0))
    assert gaps.var() / gaps.mean() ** 2 == pytest.approx(5.0, rel=0.1)
    assert dealt.var() / dealt.mean() ** 2 == pytest.approx(5.0 / 4.0, rel=0.1)
    assert len(arrival_times(0.0, 10.0, 1.0, random())) == 0


@given(st.floats(0.01, 0.99))
def test_the_truncated_exponential_has_its_mean(position: float) -> None:
    """Mean of exp(-t x) on 0..1 by the midpoint rule against where it should be."""
    t = float(steepness(np.array([position]))[0])
    x = (np.arange(20_000) + 0.5) / 20_000
    weight = np.exp(-t * (x - (1.0 if t < 0 else 0.0)))
    assert float((x * weight).sum() / weight.sum()) == pytest.approx(position, abs=2e-4)


def test_lengths_keep_shares_means_and_edges() -> None:
    mix = length_mixes(BUCKETS)["chat", "short"]
    assert mix.spread_known
    prompt, cached, output = mix.draw(20_000, random())
    assert (prompt <= 512).mean() == pytest.approx(5 / 8, abs=0.001)
    assert prompt[prompt <= 512].mean() == pytest.approx(200.0, rel=0.005)
    assert prompt[prompt > 512].mean() == pytest.approx(1500.0, rel=0.005)
    assert output.mean() == pytest.approx((0.5 * 30 + 0.3 * 40) / 0.8, rel=0.005)
    assert cached.sum() == pytest.approx(prompt[prompt > 512].sum() * 0.1, rel=0.01)
    assert prompt.min() >= 1
    assert prompt.max() <= 2048
    assert output.max() <= 64
    assert len(set(prompt.tolist())) > 500


def test_mean_lengths_stay_points() -> None:
    plain = BUCKETS.drop(columns="fine").iloc[[2]]
    mix = length_mixes(plain)["chat", "long"]
    assert not mix.spread_known
    prompt, cached, output = mix.draw(50, random())
    assert (set(prompt.tolist()), set(cached.tolist()), set(output.tolist())) == ({5000}, {2500}, {100})


def bursty(count: int = 6000) -> np.ndarray:
    """A trace with slow swings: its rate is 1 + sin over ten cycles, thinned from Poisson; about 1.7 requests/s."""
    draw = np.random.default_rng(7)
    times = np.cumsum(draw.exponential(0.3, 3 * count))
    keep = draw.random(len(times)) * 2 < 1 + np.sin(2 * np.pi * times / times[-1] * 10)
    times = times[keep][:count]
    return times - times[0]


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 60.0), st.sampled_from(METHODS), st.floats(1.0, 9.0))
def test_a_scaled_trace_has_exactly_the_plan_s_requests(rate: float, method: str, one_in: float) -> None:
    trace = bursty()
    times, places = scaled_trace(trace, np.ones(len(trace)), rate, 300.0, random(), method, one_in)
    assert len(times) == pytest.approx(rate * 300.0, abs=2)
    assert (times >= 0).all()
    assert (times <= 300.0).all()
    assert places.max(initial=0) < len(trace)


def test_compression_keeps_the_shape_and_copies_keep_variance_over_mean() -> None:
    trace = bursty()
    own_rate = len(trace) / trace[-1]
    once, places = scaled_trace(trace, np.ones(len(trace)), own_rate, float(trace[-1]), random(), "compress")
    cycle = np.append(np.diff(trace), np.diff(trace).mean())  # the seam, where the trace begins again
    shifted = np.roll(cycle, -int(places[0]))[: len(once) - 1]
    assert np.corrcoef(np.diff(once), shifted)[0, 1] > 0.999

    def dispersion(times: np.ndarray, bin_s: float) -> float:
        counts = np.histogram(times, np.arange(0.0, times.max(), bin_s))[0]
        return float(counts.var() / counts.mean())

    many = np.mean(
        [
            dispersion(
                scaled_trace(
                    trace,
                    np.ones(len(trace)),
                    20 * own_rate,
                    float(trace[-1]),
                    np.random.default_rng(seed),
                    "superpose",
                )[0],
                60.0,
            )
            for seed in range(20)
        ]
    )
    assert many == pytest.approx(dispersion(trace, 60.0), rel=0.4)
    assert dispersion(trace, 60.0) > 5  # a Poisson process has 1
    assert copies_of(20.0, "auto") == 5


def pool(*streams: Stream, replicas: int = 10) -> Pool:
    return Pool("layout", "card", "site", 1, float(replicas), replicas, streams)


def stream(bucket: str, rate: float, routes: tuple[tuple[float, float], ...] = ((10.0, 1.0),)) -> Stream:
    return Stream("chat", bucket, 50.0, rate, 1.0, routes, Prediction())


def test_a_part_of_a_pool_gets_its_part_of_every_stream() -> None:
    sources = Sources(length_mixes(BUCKETS), {"chat": 2.0}, {})
    streams = stream("short", 30.0, ((10.0, 0.25), (30.0, 0.75))), stream("long", 10.0)
    requests = pool_requests(pool(*streams), 0.2, 1000.0, sources, 1)
    assert len(requests) == pytest.approx(8.0 * 1000.0, rel=0.05)
    assert (requests.stream == 0).mean() == pytest.approx(0.75, abs=0.001)
    assert requests.network_s[requests.stream == 0].mean() == pytest.approx(0.025, rel=0.001)
    assert requests.prompt_tokens[requests.stream == 1].mean() == pytest.approx(5000.0, rel=0.01)
    assert (np.diff(requests.arrival_s) >= 0).all()
    again = pool_requests(pool(*streams), 0.2, 1000.0, sources, 1)
    np.testing.assert_array_equal(requests.arrival_s, again.arrival_s)
    np.testing.assert_array_equal(requests.prompt_tokens, again.prompt_tokens)
    other = pool_requests(pool(*streams), 0.2, 1000.0, sources, 2)
    assert len(other) != len(requests) or (other.arrival_s != requests.arrival_s).any()


def test_a_trace_keeps_the_plan_s_share_of_every_bucket() -> None:
    """The trace has half short and half long requests, the plan 9 to 1; a length outside every bucket goes to the
    nearest, and cached tokens are the profile's where the trace has none."""
    from planner.inputs.request_traces import RequestTrace

    count = 4000
    prompts = tuple([300, 6000] * (count // 2))
    trace = RequestTrace("t", tuple(bursty(count).tolist()), prompts, None, tuple([300, 100] * (count // 2)))
    mixes = length_mixes(BUCKETS)
    laid = sorted_trace(trace, "chat", mixes)
    assert laid.buckets == ("long", "short")
    assert laid.bucket.tolist() == [1, 0] * (count // 2)
    assert laid.cached_tokens[1] == 3000
    sources = Sources(mixes, {"chat": 2.0}, {"chat": laid})
    requests = pool_requests(pool(stream("short", 9.0), stream("long", 1.0)), 1.0, 900.0, sources, 3)
    assert len(requests) == pytest.approx(9000, abs=2)
    assert (requests.stream == 0).mean() == pytest.approx(0.9, abs=0.01)
    assert set(requests.prompt_tokens[requests.stream == 0].tolist()) == {300}
    assert set(requests.prompt_tokens[requests.stream == 1].tolist()) == {6000}
