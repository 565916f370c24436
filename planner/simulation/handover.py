"""Prefill and decode in pools of their own: a request is prefilled here, its cache travels, it is decoded there.

The prefill pool makes the first token. The request then joins a decode replica as soon as its cache has arrived and a
place and room are there; the first token is counted from when the cache has arrived, since a client sees nothing
earlier. Pools do not hold each other up: the prefill pool runs first, and what leaves it is what reaches the other.
A request that loses its cache in the decode pool is computed again there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.simulation.pool import PoolOutcome, run_pool
from planner.simulation.requests import Numbers, Requests
from planner.simulation.step_timer import StepTimer


@dataclass(frozen=True)
class HandoverOutcome:
    """Times of every request over both pools [s], and what each pool did; shape (requests,)."""

    first_s: Numbers
    finish_s: Numbers
    prefill: PoolOutcome
    decode: PoolOutcome


def run_handover(
    prefill_timer: StepTimer,
    prefill_replicas: int,
    decode_timer: StepTimer,
    decode_replicas: int,
    requests: Requests,
    transfer_s: Callable[[Numbers], Numbers],
    *,
    router: str = "least-outstanding",
    seed: int = 0,
    fast: bool = True,
) -> HandoverOutcome:
    """Replay requests through a prefill pool and a decode pool.

    Parameters
    ----------
    transfer_s : time the cache of a prompt of so many tokens takes from pool to pool [s], arrays in and out
    others : as `run_pool`, per pool
    """
    one = np.ones_like(requests.output_tokens)
    prefill = run_pool(
        prefill_timer,
        prefill_replicas,
        replace(requests, output_tokens=one),
        router=router,
        seed=seed,
        fast=fast,
    )
    arrived = prefill.first_s + transfer_s(requests.prompt_tokens.astype(float))
    goes_on = np.flatnonzero((requests.output_tokens > 1) & ~np.isnan(arrived))
    order = goes_on[np.argsort(arrived[goes_on], kind="stable")]
    moved = Requests(
        arrived[order],
        requests.prompt_tokens[order],
        requests.cached_tokens[order],
        requests.output_tokens[order],
        requests.stream[order],
        requests.network_s[order],
    )
    decode = run_pool(
        decode_timer, decode_replicas, moved, router=router, seed=seed + 1, ready=True, fast=fast
    )
    finish = arrived.copy()
    finish[order] = decode.finish_s
    return HandoverOutcome(arrived, finish, prefill, decode)
