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


@pytest.mark.parametrize(("places", "running"), [(20, 15.0), (50, 42.0), (100, 90.0), (256, 240.0)])
def test_wait_probability_is_near_erlang_c(places: int, running: float) -> None:
    beta = (places - running) / np.sqrt(running)
    assert float(wait_probability(np.array(beta))) == pytest.approx(
        erlang_c(places, running), abs=0.04
    )  # asymptotic in places


def test_prompt_wait_is_exact_for_one_exponential_server() -> None:
    # M/M/1: P(wait > t) = rho exp(-(1 - rho) t / S). At rho 0.8, S 0.5 s: ln(0.8 / 0.01) * 0.5 / 0.2 at 99 %.
    wait = prompt_wait_s(np.array(0.8), np.array(0.5), 1.0, 1.0, 0.99)
    assert float(wait) == pytest.approx(log(80) * 2.5)


def test_no_wait_at_the_quantile_when_few_wait() -> None:
    assert float(prompt_wait_s(np.array(0.04), np.array(0.5), 1.0, 1.0, 0.95)) == 0.0
    assert float(place_wait_s(np.array(10.0), np.array(100.0), np.array(5.0), 2.0, 0.95)) == 0.0


def test_waits_grow_without_bound_when_full() -> None:
    assert float(place_wait_s(np.array(10.0), np.array(10.0), np.array(5.0), 2.0, 0.95)) > 1e9
    assert float(prompt_wait_s(np.array(1.0), np.array(0.1), 2.0, 1.0, 0.95)) > 1e9


def test_burstier_arrivals_wait_longer() -> None:
    waits = [
        float(place_wait_s(np.array(90.0), np.array(100.0), np.array(5.0), z, 0.95)) for z in (1.0, 2.0, 3.0)
    ]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
