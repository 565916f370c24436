"""Prefill and decode in pools of their own: what a fixed number of clients sees of the two together.

::

    own           time of a prompt on a prefill replica, alone there
    transfer      hand-over + KV cache of the prompt / (network per card * cards of the smaller replica)
    in prefill Q  = X * W                                        Little's law
    W             = own * (1 + max(Q (C-1)/C - (P-1), 0) / P)    what an arrival finds, shared by P attention groups
    TTFT          = first token + prompt_factor * W + clumping * (C - P) * own / P + transfer + step/2
    TPOT          = step(b / D), b = C - X * TTFT                D decode replicas
    X             = C / (TTFT + (O-1) * TPOT), at most places / ((O-1) * TPOT); W keeps it within P / own

The wait is mean value analysis with Schweitzer's estimate of what an arrival finds (Bard 1979, Schweitzer 1979); the
transfer crosses the network between servers (reference/serving.md 2.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.serving.closed_loop import Steady, batch_s
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.requests import Requests, most_resident
from planner.serving.work import Numbers, Work
from planner.units import GIGA

ROUNDS = 60  # of the damped fixed point


@dataclass(frozen=True)
class Pool:
    """Replicas of one role: their work and efficiency (rows), how many there are, and the cards of each."""

    work: Work
    efficiency: Efficiency
    replicas: Numbers
    cards: Numbers


def transfer_s(prefill: Pool, decode: Pool, requests: Requests, engine: Engine) -> Numbers:
    """Time to hand the KV cache of one prompt from a prefill to a decode replica [s]."""
    size = prefill.work.transfer_bytes * requests.input_tokens
    rate = engine.outside_link_gb_per_s * GIGA * np.minimum(prefill.cards, decode.cards)
    result: Numbers = prefill.efficiency.transfer_s + size / (rate * prefill.efficiency.link_share)
    return result


def closed_loop_of_pools(
    prefill: Pool, decode: Pool, requests: Requests, clients: Numbers, engine: Engine
) -> Steady:
    """Means that so many clients see; rows are configurations."""
    later = np.maximum(requests.output_tokens - 1.0, 1e-9)
    none = np.full_like(clients, 1e-9)
    own = batch_s(prefill.work, prefill.efficiency, requests, none, engine)[2]
    handed = transfer_s(prefill, decode, requests, engine)
    places = most_resident(decode.work, requests) * decode.replicas
    running = np.minimum(clients, places) * 0.9
    servers = prefill.replicas * prefill.work.groups
    clump = prefill.efficiency.clumping * np.maximum(clients - servers, 0.0) * own / servers
    waits = own
    for _ in range(ROUNDS):
        each = np.maximum(running / decode.replicas, 1e-9)
        step = batch_s(decode.work, decode.efficiency, requests, np.maximum(each, 1.0), engine)[0]
        read = prefill.efficiency.prompt_factor * waits + clump
        ttft = prefill.efficiency.first_token_s + read + handed + step / 2
        rate = np.minimum(clients / (ttft + later * step), places / (later * step))
        found = rate * waits * (clients - 1.0) / clients
        waits = (waits + own * (1.0 + np.maximum(found - (servers - 1.0), 0.0) / servers)) / 2
        left = np.clip(clients - rate * ttft, np.minimum(clients, 1.0) / 2, places)
        running = (running + left) / 2
    waiting = np.maximum(clients - running - rate * ttft, 0.0)
    ttft = ttft + waiting / rate
    return Steady(step, ttft, clients / (ttft + later * step), running)
