"""The replica keeps its own rules: nothing is lost, nothing overflows, shortcuts change nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loads import mixed
from reference import replayed

from planner.simulation.pool import ROUTERS, PoolOutcome, run_pool
from planner.simulation.requests import Requests, requests_of
from planner.simulation.step_timer import LinearTimer

ROOMY = LinearTimer(
    200_000, 64, 2048, fixed_s=0.008, per_request_s=2e-5, per_context_s=2e-9, per_prompt_s=3e-5
)
TIGHT = LinearTimer(2_500, 64, 512, fixed_s=0.008, per_request_s=2e-5, per_context_s=2e-9, per_prompt_s=3e-5)
SAME_TIME_S = 1e-9  # sums of some 1e5 doubles near 1e3 s


@dataclass
class Counting:
    """A timer that counts what passes through it."""

    inner: LinearTimer
    prompt_tokens: int = 0
    decoded: int = 0
    widest: int = 0
    most_tokens: int = 0
    limits: dict[str, int] = field(default_factory=dict)

    @property
    def kv_tokens(self) -> int:
        return self.inner.kv_tokens

    @property
    def most_running(self) -> int:
        return self.inner.most_running

    @property
    def chunk_tokens(self) -> int:
        return self.inner.chunk_tokens

    def step_s(self, decoding: int, context: float, prompt: int, attended: float) -> float:
        self._count(decoding, prompt)
        return self.inner.step_s(decoding, context, prompt, attended)

    def line(self, decoding: int, context: float) -> tuple[float, float, float]:
        self._count(decoding, 0)
        return self.inner.line(decoding, context)

    def _count(self, decoding: int, prompt: int) -> None:
        self.prompt_tokens += prompt
        self.decoded += decoding
        self.widest = max(self.widest, decoding)
        self.most_tokens = max(self.most_tokens, decoding + prompt)


def lists(draw_count: int) -> st.SearchStrategy[list[tuple[float, int, int, int]]]:
    one = st.tuples(
        st.integers(0, 400).map(lambda tick: tick / 50),
        st.integers(1, 900),
        st.integers(0, 900),
        st.integers(1, 60),
    )
    return st.lists(one, min_size=1, max_size=draw_count)


def requests_from(rows: list[tuple[float, int, int, int]]) -> Requests:
    arrival, *lengths = (np.array(column) for column in zip(*rows, strict=True))
    return requests_of(arrival.astype(float), *lengths)


@settings(max_examples=150, deadline=None)
@given(lists(25), st.sampled_from([1000, 1600, 3000]), st.integers(1, 12), st.sampled_from([16, 200, 1000]))
def test_it_agrees_with_the_plain_reference(
    rows: list[tuple[float, int, int, int]], kv: int, most: int, chunk: int
) -> None:
    timer = LinearTimer(kv, min(most, chunk), chunk, 0.01, 1e-4, 1e-6, 1e-5)
    requests = requests_from(rows)
    first, finish, preemptions, fullest = replayed(timer, requests)
    for fast in (True, False):
        outcome = run_pool(timer, 1, requests, fast=fast)
        np.testing.assert_allclose(outcome.first_s, first, atol=SAME_TIME_S, rtol=0)
        np.testing.assert_allclose(outcome.finish_s, finish, atol=SAME_TIME_S, rtol=0)
        assert int(outcome.preemptions.sum()) == preemptions
        assert outcome.most_kv_tokens == fullest


@pytest.mark.parametrize("timer", [ROOMY, TIGHT], ids=["roomy", "tight"])
@pytest.mark.parametrize("router", ROUTERS)
def test_steps_in_one_go_give_the_same_times(timer: LinearTimer, router: str) -> None:
    requests = mixed(12.0, 3000)
    fast, slow = (run_pool(timer, 3, requests, router=router, fast=fast) for fast in (True, False))
    np.testing.assert_allclose(fast.finish_s, slow.finish_s, atol=SAME_TIME_S, rtol=0)
    np.testing.assert_array_equal(fast.replica, slow.replica)
    np.testing.assert_array_equal(fast.preemptions, slow.preemptions)
    assert fast.steps == slow.steps


@pytest.mark.parametrize("timer", [ROOMY, TIGHT], ids=["roomy", "tight"])
def test_every_request_finishes_once_and_little_s_law_holds(timer: LinearTimer) -> None:
    requests = mixed(12.0, 4000)
    outcome = run_pool(timer, 3, requests)
    check_run(requests, outcome, timer)
    if timer is TIGHT:
        assert outcome.preemptions.sum() > 5
    else:
        assert outcome.preemptions.sum() == 0


def check_run(requests: Requests, outcome: PoolOutcome, timer: LinearTimer) -> None:
    fits = requests.prompt_tokens + requests.output_tokens <= timer.kv_tokens
    np.testing.assert_array_equal(~np.isnan(outcome.finish_s), fits)
    np.testing.assert_array_equal(outcome.replica >= 0, fits)
    served = {name: getattr(outcome, name)[fits] for name in ("admitted_s", "first_s", "finish_s")}
    arrival = requests.arrival_s[fits]
    assert (served["admitted_s"] >= arrival).all()
    assert (served["first_s"] > served["admitted_s"]).all()
    assert ((served["finish_s"] > served["first_s"]) == (requests.output_tokens[fits] > 1)).all()
    # Little: the integral of those present is the sum of the times they are present, counted apart.
    assert outcome.area_s == pytest.approx(float((served["finish_s"] - arrival).sum()), rel=1e-9)
    assert 0 < outcome.most_kv_tokens <= timer.kv_tokens


def test_tokens_in_are_tokens_out() -> None:
    timer = Counting(ROOMY)
    requests = mixed(12.0, 2000)
    run_pool(timer, 2, requests, fast=False)
    computed = np.maximum(requests.prompt_tokens - requests.cached_tokens, 1)
    assert timer.prompt_tokens == computed.sum()
    assert timer.decoded + len(requests) == requests.output_tokens.sum()  # the prompt makes the first token
    assert timer.widest <= ROOMY.most_running
    assert timer.most_tokens <= ROOMY.chunk_tokens


def test_a_preempted_request_is_computed_again() -> None:
    timer = Counting(TIGHT)
    requests = mixed(12.0, 2000)
    outcome = run_pool(timer, 1, requests, fast=False)
    fits = outcome.replica >= 0
    computed = np.maximum(requests.prompt_tokens - requests.cached_tokens, 1)[fits].sum()
    assert outcome.preemptions.sum() > 0
    assert timer.prompt_tokens > computed
    assert outcome.most_kv_tokens <= TIGHT.kv_tokens


def test_a_prompt_waits_behind_decoding_and_comes_in_chunks() -> None:
    """Two requests by hand: steps of 10 ms and 1 ms per prompt token, 4 tokens a step.

    t=0: prompt of 2 in one step (12 ms), then alone. t=0.03: prompt of 6 joins at the boundary 0.032 with budget
    4 - 1: chunks of 3 and 3, each step 13 ms, so its first token is there at 0.058; both decode on in steps of 10 ms.
    """
    timer = LinearTimer(1000, 4, 4, fixed_s=0.010, per_prompt_s=0.001)
    requests = requests_of(np.array([0.0, 0.03]), np.array([2, 6]), np.array([0, 0]), np.array([6, 3]))
    outcome = run_pool(timer, 1, requests)
    np.testing.assert_allclose(outcome.first_s, [0.012, 0.058])
    np.testing.assert_allclose(outcome.admitted_s, [0.0, 0.032])
    np.testing.assert_allclose(outcome.finish_s, [0.068, 0.078])


def test_the_youngest_is_preempted_by_hand() -> None:
    """Cache of 10 tokens. Two prompts of 3 hold 4 each with their first token; one step later 5 each: full. The next
    two tokens do not fit: the younger goes, and comes back when the elder has made its 6 tokens."""
    timer = LinearTimer(10, 4, 100, fixed_s=0.010)
    requests = requests_of(np.array([0.0, 0.0]), np.array([3, 3]), np.array([0, 0]), np.array([6, 5]))
    outcome = run_pool(timer, 1, requests)
    order = np.argsort(requests.output_tokens)
    younger, elder = order[::-1] if requests.output_tokens[0] == 5 else order
    assert outcome.preemptions[younger] + outcome.preemptions[elder] == 1
    assert outcome.most_kv_tokens == 10
    assert not np.isnan(outcome.finish_s).any()


def test_the_order_of_rows_changes_nothing() -> None:
    requests = mixed(12.0, 1500)
    shuffled = np.random.default_rng(4).permutation(len(requests))
    again = requests_of(
        requests.arrival_s[shuffled],
        requests.prompt_tokens[shuffled],
        requests.cached_tokens[shuffled],
        requests.output_tokens[shuffled],
    )
    first, second = run_pool(TIGHT, 2, requests), run_pool(TIGHT, 2, again)
    np.testing.assert_array_equal(first.finish_s, second.finish_s)
    np.testing.assert_array_equal(first.first_s, second.first_s)


def test_requests_that_arrive_together_share_the_first_step() -> None:
    timer = LinearTimer(1000, 4, 100, fixed_s=0.010)
    requests = requests_of(np.zeros(3), np.full(3, 5), np.zeros(3, dtype=int), np.full(3, 1))
    np.testing.assert_allclose(run_pool(timer, 1, requests).first_s, 0.010)


def test_what_the_cache_cannot_hold_is_refused() -> None:
    requests = requests_of(np.array([0.0, 1.0]), np.array([5000, 10]), np.array([0, 0]), np.array([5, 5]))
    outcome = run_pool(TIGHT, 1, requests)
    assert outcome.replica.tolist() == [-1, 0]
    assert np.isnan(outcome.finish_s).tolist() == [True, False]
