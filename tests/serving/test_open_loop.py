"""The open loop against the exact birth and death chain, against an event simulation, and by hand.

The batch of a replica is a chain: requests come at rate X, and n of them leave at rate n / hold(n). Its stationary law
holds for answers of any distribution of lengths (processor sharing is insensitive), so it is computed here exactly.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import pytest
from serving_world import BARE, GIGAFLOP, IDEAL, card, layout, requests, work

from planner.inputs import Card
from planner.serving.open_loop import Arrivals, Replicas
from planner.serving.requests import Requests
from planner.serving.work import Numbers

PLACES = 256
POISSON = Arrivals(burst_z=1.0, prompt_spread=0.0, others_spread=0.0)
LOADS = (0.1, 0.3, 0.5, 0.7, 0.8)
PROMPT_TOKENS, OUTPUT_TOKENS = 10, 100  # context in the mean 10 + 100 / 2 = 60 tokens of 4,000 bytes


@dataclass(frozen=True)
class Paper:
    """A card, and by hand the time of a step of n requests and of what a prompt adds [s]."""

    on: Card
    step_s: Callable[[Numbers], Numbers]
    added_s: Callable[[Numbers], Numbers]

    def hold_s(self, n: Numbers) -> Numbers:
        """Own prompt, and own tokens with the prompts of the n - 1 others spread over them."""
        return OUTPUT_TOKENS * self.step_s(n) + (n - 1) * self.added_s(n) + self.added_s(n)

    @property
    def most_per_s(self) -> float:
        n = np.arange(1.0, PLACES + 1)
        return float((n / self.hold_s(n)).max())


def cubes(first: float, second: Numbers) -> Numbers:
    return np.cbrt(first**3 + second**3)


# 16e6 bytes of weights at 1 GB/s, 60 x 4,000 bytes of cache per request; prompts cost nothing.
READS = Paper(card(bf16_tflops=1e9, memory_gib=100), lambda n: 0.016 + 0.00024 * n, lambda n: 0 * n)
# 16e6 flop per token at 1e9/s; a prompt is ten of them and 10 x 5 x 4,000 flop of attention.
MULTIPLIES = Paper(
    card(memory_bandwidth_gb_per_s=1e9, memory_gib=100), lambda n: 0.016 * n, lambda n: 0.1602 + 0 * n
)
# 1 GB/s and 1e10 flop/s: the weights' 16 ms against 1.6 ms per token; attention of a prompt 0.02 ms.
BOTH = Paper(
    card(bf16_tflops=10 * GIGAFLOP, memory_gib=100),
    lambda n: cubes(0.016, 0.0016 * n) + 0.00024 * n,
    lambda n: cubes(0.016, 0.0016 * (n + 10)) - cubes(0.016, 0.0016 * n) + 0.00002,
)


def replicas(of: Paper, arrivals: Arrivals = POISSON, asked: Requests | None = None) -> Replicas:
    asked = asked or requests((PROMPT_TOKENS, 0, OUTPUT_TOKENS))
    return Replicas(work(layout(of.on)), IDEAL, BARE, asked, arrivals, np.full((1, 1), float(PLACES)))


def chain(of: Paper, requests_per_s: float) -> tuple[float, float]:
    """Mean and variance of the running requests: p(n) / p(n - 1) = X hold(n) / n."""
    n = np.arange(1.0, PLACES + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(requests_per_s * of.hold_s(n) / n))])
    p = np.exp(logs - logs.max())
    p /= p.sum()
    states = np.arange(PLACES + 1.0)
    mean = float(p @ states)
    return mean, float(p @ states**2) - mean**2


def running_at(of: Replicas, requests_per_s: float) -> float:
    """The load whose rate that is."""
    low, high = 1e-4, float(PLACES)
    for _ in range(50):
        middle = (low * high) ** 0.5
        below = of.at(np.full((1, 1), middle)).requests_per_s.item() < requests_per_s
        low, high = (middle, high) if below else (low, middle)
    return low


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize(
    ("of", "mean_within", "variance_within"),
    [(READS, 0.01, 0.03), (MULTIPLIES, 0.001, 0.005), (BOTH, 0.10, 0.30)],
    ids=["reads", "multiplies", "both"],
)
def test_running_requests_are_those_of_the_chain(
    of: Paper, mean_within: float, variance_within: float, load: float
) -> None:
    rate = load * of.most_per_s
    mean, variance = chain(of, rate)
    running = running_at(replicas(of), rate)
    assert running == pytest.approx(mean, rel=mean_within)
    state = replicas(of).at(np.full((1, 1), running))
    assert state.variance.item() == pytest.approx(variance, rel=variance_within)


def simulated_tpot_s(of: Paper, requests_per_s: float, number: int) -> Numbers:
    """Time per token of requests in an engine that goes step by step, with every prompt that has come."""
    n = np.arange(PLACES + 1.0)
    step, added = of.step_s(n).tolist(), of.added_s(n).tolist()
    arrivals = np.cumsum(np.random.default_rng(1).exponential(1 / requests_per_s, number + 1)).tolist()
    running: deque[tuple[int, float]] = deque()  # step of the last token, time of the first
    found: list[float] = []
    now, steps, first = 0.0, 0, 0
    while first < number or running:
        if not running:
            now = max(now, arrivals[first])
        come = 0
        while first + come < number and arrivals[first + come] <= now:
            come += 1
        now += step[max(len(running), 1)] + come * added[len(running)]
        steps += 1
        while running and running[0][0] <= steps:
            found.append((now - running.popleft()[1]) / (OUTPUT_TOKENS - 1))
        running.extend([(steps + OUTPUT_TOKENS - 1, now)] * come)
        first += come
    return np.array(found[number // 10 :])


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize(("of", "most_load"), [(READS, 0.8), (BOTH, 0.6)], ids=["reads", "both"])
def test_time_per_token_is_that_of_the_simulation(of: Paper, most_load: float, load: float) -> None:
    # Within 10 % up to 80 % load where reads decide; above 60 % where requests slow each other the upper tail is
    # skewed, and the prediction is 10 to 15 % low.
    within = 0.10 if load <= most_load else 0.15
    rate = load * of.most_per_s
    measured = simulated_tpot_s(of, rate, 12_000)
    model = replicas(of)
    state = model.at(np.full((1, 1), running_at(model, rate)))
    for quantile in (0.5, 0.95):
        assert model.tpot_at(state, quantile).item() == pytest.approx(
            float(np.quantile(measured, quantile)), rel=within
        )


def test_an_idle_replica_by_hand() -> None:
    # A step of one 16 ms; the prompt's step 176.2 ms: 0.008 + 0.1762 to the first token; nobody to wait for.
    model = replicas(MULTIPLIES)
    idle = np.full((1, 1), 1e-6)
    state = model.at(idle)
    assert state.batch.item() == pytest.approx(1.0, abs=1e-5)
    assert model.tpot_at(state, 0.95).item() == pytest.approx(0.016, rel=0.01)
    assert model.ttft_at(state, idle, 0.95).item() == pytest.approx(0.1842, rel=1e-4)
    # Log-normal prompts with coefficient of variation 0.3: s^2 = ln 1.09 = 0.0862, s = 0.2936; at 95 % the factor is
    # exp(1.6449 x 0.2936 - 0.0431) = 1.5526.
    varied = replicas(MULTIPLIES, replace(POISSON, prompt_spread=0.3))
    assert varied.ttft_at(state, idle, 0.95).item() == pytest.approx(0.008 + 1.5526 * 0.1762, rel=1e-3)


def test_time_per_token_at_a_quantile_by_hand() -> None:
    # 20 run, Poisson. hold(n) = 100 (16 + 0.24 n) ms: at 20, 2.08 s, at 21, 2.104 s: the elasticity is ln(2.104 /
    # 2.08) / ln 1.05 = 0.23515; a = 1 - 0.23515 x 20/21 = 0.77605. Variance 20 / a = 25.772. Kept 2 (a - 1 +
    # e^-a) / a^2 = 0.78466. Batch 21: 21.04 ms, and 1.6449 deviations of 0.24 x sqrt(0.78466 x 25.772) ms.
    model = replicas(READS)
    state = model.at(np.full((1, 1), 20.0))
    assert state.variance.item() == pytest.approx(25.772, rel=1e-4)
    expected = 21.04 + 1.6449 * 0.24 * np.sqrt(0.78466 * 25.772)
    assert 1e3 * model.tpot_at(state, 0.95).item() == pytest.approx(expected, rel=1e-4)
    assert state.requests_per_s.item() == pytest.approx(20 / 2.104)


def test_prompts_that_come_in_are_counted_by_hand() -> None:
    # No limit of bandwidth, two run in a pool so large that the batch does not vary: 32 ms, and one other's
    # prompt over 100 tokens: 33.602 ms per token. X = 2 / (3.3602 + 0.1602) = 0.56812 per second. Prompts keep
    # the replica 0.56812 x 0.1602 = 9.101 %. Per token, variance 0.1602^2 x (1 + 1) x 0.56812 x 0.033602 / 100 /
    # 0.90899^2.
    model = replicas(MULTIPLIES, Arrivals(burst_z=1.0, others_spread=1.0, pool=1e12))
    state = model.at(np.full((1, 1), 2.0))
    assert state.requests_per_s.item() == pytest.approx(0.56812, rel=1e-4)
    deviation = 0.1602 / 0.90899 * np.sqrt(2 * 0.56812 * 0.033602 / 100)
    for quantile in (0.9, 0.99):
        expected = 0.033602 + NormalDist().inv_cdf(quantile) * deviation
        assert model.tpot_at(state, quantile).item() == pytest.approx(expected, rel=1e-4)


def test_a_large_pool_has_no_bad_luck() -> None:
    running = np.full((1, 1), 40.0)
    tails, firsts = [], []
    for pool in (1.0, 2.0, 8.0, 64.0, 1e12):
        model = replicas(BOTH, Arrivals(burst_z=2.0, prompt_spread=0.0, pool=pool))
        state = model.at(running)
        tails.append(model.tpot_at(state, 0.95).item())
        firsts.append(model.ttft_at(state, running, 0.95).item())
        assert (
            state.variance.item()
            <= 1.01 * replicas(BOTH, Arrivals(pool=1.0)).at(running).variance.item() / pool
        )
    assert tails == sorted(tails, reverse=True)
    assert firsts == sorted(firsts, reverse=True)
    # Reads only, so no prompts: 40 run and nothing varies, 16 + 40 x 0.24 ms; the first token comes after half a
    # step and the one that carries the prompt.
    model = replicas(READS, Arrivals(burst_z=2.0, prompt_spread=0.0, pool=1e12))
    state = model.at(running)
    assert model.tpot_at(state, 0.99).item() == pytest.approx(0.0256, rel=1e-6)
    assert model.ttft_at(state, running, 0.99).item() == pytest.approx(1.5 * 0.0256, rel=1e-6)


def test_burstier_arrivals_are_slower_in_both() -> None:
    running, found = np.full((1, 1), 30.0), []
    for z in (1.0, 2.0, 4.0):
        model = replicas(BOTH, Arrivals(burst_z=z))
        state = model.at(running)
        found.append((model.tpot_at(state, 0.95).item(), model.ttft_at(state, running, 0.95).item()))
    assert found == sorted(found)
    assert found[0][0] < found[1][0] < found[2][0]


def test_quantiles_are_in_order() -> None:
    model = replicas(BOTH, Arrivals())
    running = np.full((1, 1), 20.0)
    state = model.at(running)
    for times in (
        [model.tpot_at(state, q).item() for q in (0.5, 0.9, 0.95, 0.99)],
        [model.ttft_at(state, running, q).item() for q in (0.5, 0.9, 0.95, 0.99)],
    ):
        assert times == sorted(times)
