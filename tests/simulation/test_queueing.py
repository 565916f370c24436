"""Where queueing theory has a formula, the simulator gives its number."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from loads import poisson, same_length

from planner.simulation.pool import run_pool
from planner.simulation.requests import requests_of
from planner.simulation.step_timer import LinearTimer

COUNT = 25_000
ONE_AT_A_TIME = LinearTimer(kv_tokens=10**9, most_running=1, chunk_tokens=8192, fixed_s=0.01)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_at_a_time_waits_as_m_d_1(busy: float) -> None:
    """Pollaczek-Khinchine with a constant service S = 10 steps: W = rho * S / (2 (1 - rho))."""
    service_s = 0.1
    requests = same_length(poisson(busy / service_s, COUNT), 1, 10)
    outcome = run_pool(ONE_AT_A_TIME, 1, requests)
    wait = float(np.mean(outcome.admitted_s - requests.arrival_s))
    assert wait == pytest.approx(busy * service_s / (2 * (1 - busy)), rel=0.05)


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_at_a_time_waits_as_m_m_1(busy: float) -> None:
    """Geometric numbers of steps are the exponential law in steps; Pollaczek-Khinchine with their own moments::

    E[S] = step / p,  E[S^2] = step^2 (2 - p) / p^2,  W = rate * E[S^2] / (2 (1 - rho)), near rho S / (1 - rho)
    """
    p, step_s = 0.02, 0.01
    output = np.random.default_rng(5).geometric(p, COUNT)
    rate = busy / (step_s / p)
    none = np.ones(COUNT, dtype=np.int64)
    requests = requests_of(poisson(rate, COUNT), none, none * 0, output)
    outcome = run_pool(ONE_AT_A_TIME, 1, requests)
    wait = float(np.mean(outcome.admitted_s - requests.arrival_s))
    expected = rate * step_s**2 * (2 - p) / p**2 / (2 * (1 - busy))
    assert expected == pytest.approx(busy * step_s / p / (1 - busy), rel=0.011)  # the M/M/1 formula
    assert wait == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("law", ["constant", "exponential", "two lengths"])
def test_a_shared_replica_is_processor_sharing(law: str) -> None:
    """A step that costs so much per request shares the replica evenly: time in system = S / (1 - rho), whatever the
    law of the lengths (insensitivity of M/G/1 processor sharing)."""
    random, mean, token_s, busy = np.random.default_rng(2), 200, 0.001, 0.7
    output = {
        "constant": np.full(COUNT, mean),
        "exponential": random.geometric(1 / mean, COUNT),
        "two lengths": np.where(random.random(COUNT) < 0.9, 100, 1100),
    }[law]
    shared = LinearTimer(10**9, 10**6, 10**6, fixed_s=0.0, per_request_s=token_s)
    none = np.ones(COUNT, dtype=np.int64)
    requests = requests_of(poisson(busy / (mean * token_s), COUNT), none, none * 0, output)
    outcome = run_pool(shared, 1, requests)
    spent = float(np.mean(outcome.finish_s - requests.arrival_s))
    assert spent == pytest.approx(mean * token_s / (1 - busy), rel=0.06)


def test_places_wait_as_erlang_c() -> None:
    """Steps that cost the same however many run make c places c servers: P(wait) is Erlang C, up to one step."""
    places, load, mean = 5, 4.0, 400
    output = np.random.default_rng(3).geometric(1 / mean, COUNT)
    timer = LinearTimer(10**9, places, 8192, fixed_s=0.001)
    none = np.ones(COUNT, dtype=np.int64)
    requests = requests_of(poisson(load / (mean * 0.001), COUNT), none, none * 0, output)
    outcome = run_pool(timer, 1, requests)
    tail = load**places / factorial(places) * places / (places - load)
    erlang_c = tail / (sum(load**k / factorial(k) for k in range(places)) + tail)
    waited = (
        outcome.admitted_s - requests.arrival_s
    ) > 0.001 + 1e-9  # those who find a place wait for a step at most
    assert float(waited.mean()) == pytest.approx(erlang_c, abs=0.03)
    wait = float(np.mean(outcome.admitted_s - requests.arrival_s)) - 0.0005  # half a step on the average
    assert wait == pytest.approx(erlang_c * mean * 0.001 / (places - load), rel=0.12)


def test_replicas_that_take_turns_are_queues_of_their_own() -> None:
    """Random routing splits a Poisson stream into Poisson streams: each of four replicas is M/D/1.

    With equal services nothing beats taking turns, which serves in the order of arrival as one queue would."""
    busy, service_s = 0.7, 0.1
    requests = same_length(poisson(4 * busy / service_s, COUNT), 1, 10)
    outcome = run_pool(ONE_AT_A_TIME, 4, requests, router="random", seed=9)
    wait = float(np.mean(outcome.admitted_s - requests.arrival_s))
    assert wait == pytest.approx(busy * service_s / (2 * (1 - busy)), rel=0.08)
    least = run_pool(ONE_AT_A_TIME, 4, requests)
    in_turn = run_pool(ONE_AT_A_TIME, 4, requests, router="round-robin")
    waits = [float(np.mean(one.admitted_s - requests.arrival_s)) for one in (in_turn, least, outcome)]
    assert waits == sorted(waits)
