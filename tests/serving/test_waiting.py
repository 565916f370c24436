"""Waits against exact queueing results."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from planner.serving.waiting import place_wait_s, prompt_wait_s, wait_probability


def erlang_c(servers: int, load: float) -> float:
    """Exact probability of a wait in M/M/c, by the recursion of Erlang B."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def wait(
    busy: float, work_s: float, burst_z: float = 1.0, spread: float = 1.0, pool: float = 1.0, quantile: float = 0.95
) -> tuple[float, float]:  # fmt: skip
    mean, tail = prompt_wait_s(np.array(busy), np.array(work_s), burst_z, spread, pool, quantile)
    return float(mean), float(tail)


@pytest.mark.parametrize(("places", "running"), [(20, 15.0), (50, 42.0), (100, 90.0), (256, 240.0)])
def test_wait_probability_is_near_erlang_c(places: int, running: float) -> None:
    beta = (places - running) / np.sqrt(running)
    assert float(wait_probability(np.array(beta))) == pytest.approx(
        erlang_c(places, running), abs=0.04
    )  # asymptotic in places


@pytest.mark.parametrize("busy", [0.1, 0.5, 0.8, 0.95])
def test_prompt_wait_is_exact_for_one_exponential_server(busy: float) -> None:
    # M/M/1: P(wait > t) = rho exp(-(1 - rho) t / S), mean rho S / (1 - rho).
    mean, tail = wait(busy, 0.5, quantile=0.99)
    assert mean == pytest.approx(busy * 0.5 / (1 - busy))
    assert tail == pytest.approx(log(busy / 0.01) * 0.5 / (1 - busy))


@pytest.mark.parametrize("busy", [0.1, 0.5, 0.8, 0.95])
def test_mean_prompt_wait_is_exact_for_one_server_of_equal_prompts(busy: float) -> None:
    # M/D/1 waits half as long as M/M/1; M/G/1 by Pollaczek and Khinchine, here with coefficient of variation 2.
    assert wait(busy, 0.5, spread=0.0)[0] == pytest.approx(busy * 0.5 / (1 - busy) / 2)
    assert wait(busy, 0.5, spread=2.0)[0] == pytest.approx(busy * 0.5 / (1 - busy) * 5 / 2)


@pytest.mark.parametrize("busy", [0.6, 0.7, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("servers", [2, 4, 10, 30])
def test_mean_wait_of_a_pool_is_near_erlang_c(servers: int, busy: float) -> None:
    # M/M/c: C(c, a) S / (c (1 - rho)). Sakasegawa's formula has the exact limits, and between them is within 10 %
    # from 70 % load on, or 2 % of the service time.
    exact = erlang_c(servers, servers * busy) / (servers * (1 - busy))
    mean, tail = wait(busy, 1.0, pool=servers)
    assert mean == pytest.approx(exact, rel=0.10 if busy >= 0.7 else 0.20, abs=0.02)
    # At 95 %: P(wait > t) = C exp(-c (1 - rho) t / S); within 10 %, or 12 % of the service time.
    exact_tail = max(0.0, log(erlang_c(servers, servers * busy) / 0.05)) / (servers * (1 - busy))
    assert tail == pytest.approx(exact_tail, rel=0.10, abs=0.12)


def test_no_wait_at_the_quantile_when_few_wait() -> None:
    assert wait(0.04, 0.5)[1] == 0.0
    assert float(place_wait_s(np.array(10.0), np.array(100.0), np.array(5.0), 2.0, 0.95)) == 0.0


def test_waits_grow_without_bound_when_full() -> None:
    assert float(place_wait_s(np.array(10.0), np.array(10.0), np.array(5.0), 2.0, 0.95)) > 1e9
    assert wait(1.0, 0.1, burst_z=2.0)[1] > 1e9


def test_burstier_arrivals_wait_longer() -> None:
    waits = [
        float(place_wait_s(np.array(90.0), np.array(100.0), np.array(5.0), z, 0.95)) for z in (1.0, 2.0, 3.0)
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert wait(0.5, 1.0, burst_z=3.0)[0] == pytest.approx(2 * wait(0.5, 1.0, burst_z=1.0)[0])
