"""Prefill and decode in pools of their own."""

from __future__ import annotations

import numpy as np
import pytest
from loads import mixed

from planner.simulation.handover import run_handover
from planner.simulation.requests import requests_of
from planner.simulation.step_timer import LinearTimer

PREFILL = LinearTimer(100_000, 64, 4096, fixed_s=0.010, per_prompt_s=0.0001)
DECODE = LinearTimer(100_000, 64, 4096, fixed_s=0.020, per_prompt_s=0.0001)


def test_one_request_by_hand() -> None:
    """500 prompt tokens: 10 + 50 ms of prefill, 500 * 0.1 ms on the way, then four steps of 20 ms."""
    requests = requests_of(np.array([1.0]), np.array([500]), np.array([0]), np.array([5]))
    outcome = run_handover(PREFILL, 1, DECODE, 1, requests, lambda tokens: tokens * 1e-4)
    assert outcome.first_s[0] == pytest.approx(1.0 + 0.060 + 0.050)
    assert outcome.finish_s[0] == pytest.approx(1.110 + 4 * 0.020)
    assert outcome.prefill.most_kv_tokens == 501
    assert outcome.decode.most_kv_tokens == 505


def test_decode_is_not_held_up_by_prompts() -> None:
    """In a pool of its own a token takes one step, and the first of them a wait for a boundary."""
    requests = mixed(8.0, 2000)
    outcome = run_handover(PREFILL, 2, DECODE, 2, requests, lambda tokens: 0.0 * tokens)
    more = requests.output_tokens - 1
    spent = (outcome.finish_s - outcome.first_s)[more > 0]
    assert (spent <= (more[more > 0] + 1) * 0.020 + 1e-9).all()
    assert (spent >= more[more > 0] * 0.020 - 1e-9).all()
    np.testing.assert_array_equal(outcome.finish_s[more == 0], outcome.first_s[more == 0])


def test_a_full_decode_pool_preempts_and_finishes() -> None:
    tight = LinearTimer(1500, 64, 4096, fixed_s=0.020, per_prompt_s=0.0001)
    requests = mixed(6.0, 1500, prompt=200.0)
    outcome = run_handover(PREFILL, 1, tight, 1, requests, lambda tokens: 0.001 + 0.0 * tokens)
    goes_on = (requests.output_tokens > 1) & (requests.prompt_tokens + requests.output_tokens <= 1500)
    assert outcome.decode.preemptions.sum() > 0
    assert outcome.decode.most_kv_tokens <= 1500
    assert not np.isnan(outcome.finish_s[goes_on]).any()
    fast_and_slow = [
        run_handover(PREFILL, 1, tight, 1, requests, lambda tokens: 0.001 + 0.0 * tokens, fast=fast).finish_s
        for fast in (True, False)
    ]
    np.testing.assert_allclose(*fast_and_slow, atol=1e-9, rtol=0)
