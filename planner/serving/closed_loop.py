"""What a benchmark with a fixed number of clients reports, each client sending its next request when the last is done.

::

    running b     = clients - waiting or in prefill, at most what the KV cache holds
    1 / X         = (O - 1) * step(b) / b + held                requests/s of the replica, the first token apart
    held          = (1 - 1 / clients) * added / stages          prompts of the others hold a request up, not its own
    TPOT          = b / (X * (O - 1))
    TTFT          = first token + step/2 + prompt_factor * own + clumping * (clients - 1) * added + wait for a place
    clients       = b + X * TTFT                                Little's law: a quadratic in b, step and TTFT given

A step has at least one request, so that one client alone sees TPOT = step(1). The replica does no more than it can with
every client in the batch. Source: reference/serving.md 2.2. ``clumping`` is an artefact of clients that start together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.requests import Requests, most_resident
from planner.serving.step_time import prompt_s, step_s
from planner.serving.work import Numbers, Work

ROUNDS = 40  # of the fixed point; half of the error goes in each
CLUMP_PLACES = 1.3  # clients beyond 1.3 times the places do not clump more: they wait for a place instead


@dataclass(frozen=True)
class Steady:
    """Means of a steady state: time per token and to the first token [s], requests/s, running requests."""

    tpot_s: Numbers
    ttft_s: Numbers
    requests_per_s: Numbers
    running: Numbers


def closed_loop(
    work: Work, efficiency: Efficiency, requests: Requests, clients: Numbers, engine: Engine
) -> Steady:
    """Means that so many clients see of one replica; all arguments broadcast.

    Returns
    -------
    Steady
        ``requests_per_s`` from Little's law over the clients' cycle.
    """
    places, output = most_resident(work, requests), requests.output_tokens
    later, others = np.maximum(output - 1.0, 1.0), 1.0 - 1.0 / np.maximum(clients, 1.0)
    running = np.minimum(clients, places) * 0.9
    grouped = np.maximum(np.minimum(clients, CLUMP_PLACES * places) / work.groups - 1.0, 0.0) * work.groups
    most = np.minimum(clients, places)
    step, added, _ = batch_s(work, efficiency, requests, np.maximum(most, work.stages), engine)
    capacity = 1.0 / (later * step / most + added / work.stages)
    for _ in range(ROUNDS):
        in_batch = np.maximum(running, work.stages)
        step, added, own = batch_s(work, efficiency, requests, in_batch, engine)
        decode, held = later * step, others * added / work.stages
        clump = efficiency.clumping * grouped * added / work.stages
        ttft = efficiency.first_token_s + step / 2 + efficiency.prompt_factor * own + clump
        half = (decode + ttft - clients * held) / 2
        left = clients * decode / (half + np.sqrt(half**2 + held * clients * decode))
        left = np.minimum(left, places)
        rate = np.minimum(left / (decode + held * left), capacity)
        running = (running + np.minimum(clients - rate * ttft, places)) / 2
    tpot = running / (rate * later)
    waiting = np.maximum(clients - running - rate * ttft, 0.0)
    ttft = ttft + waiting / rate
    return Steady(tpot, ttft, clients / (ttft + (output - 1.0) * tpot), running)


def saturated(work: Work, efficiency: Efficiency, requests: Requests, engine: Engine) -> Steady:
    """A replica that never runs out of work: the offline rate, with every place taken; no time to first token."""
    places = most_resident(work, requests)
    step, added, _ = batch_s(work, efficiency, requests, places, engine)
    rate = 1.0 / (requests.output_tokens * step / places + added / work.stages)
    return Steady(places / (rate * requests.output_tokens), np.full_like(rate, np.nan), rate, places)


def burst(
    work: Work,
    efficiency: Efficiency,
    requests: Requests,
    number: Numbers,
    output_spread: Numbers,
    engine: Engine,
) -> Numbers:
    """Requests/s over the makespan when so many are sent at once: fill, steady state, drain.

    Parameters
    ----------
    number : of requests
    output_spread : 1 where outputs are about exponential (chat data), so that the batch thins out; 0: all are equal
    """
    places = most_resident(work, requests)
    first = np.minimum(number, places)
    step, added, _ = batch_s(work, efficiency, requests, first, engine)
    steady = saturated(work, efficiency, requests, engine).requests_per_s
    rounds = np.log(np.maximum(first, 1.0)) + 0.6  # mean of the largest of n exponentials: ln n + 0.577
    thinning, parts = np.zeros_like(step), 24
    for j in range(parts):
        left = np.maximum(first * np.exp(-(j + 0.5) / parts * rounds), 0.5)
        thinning = thinning + batch_s(work, efficiency, requests, left, engine)[0] * rounds / parts
    drain = requests.output_tokens * np.where(output_spread > 0, thinning, step)
    result: Numbers = number / (
        first * added / work.stages + np.maximum(number - first, 0.0) / steady + drain
    )
    return result


def batch_s(
    work: Work, efficiency: Efficiency, requests: Requests, running: Numbers, engine: Engine
) -> tuple[Numbers, Numbers, Numbers]:
    """Of a batch: time per token without prompts, what one prompt adds, time of the steps that carry it [s].

    With pipeline stages the running requests go round in as many parts; with speculative decoding a step makes more
    than one token of each.
    """
    in_step, context = np.maximum(running / work.stages, 1e-9), requests.context_tokens
    none, verified = np.zeros_like(in_step), 1.0 + engine.speculated_tokens
    step = step_s(work, efficiency, in_step, context, none, none + 1.0, verified)
    prompt, cached = requests.prompt_tokens, requests.cached_tokens
    added, own = prompt_s(work, efficiency, prompt, cached, in_step, context, engine.chunk_tokens, verified)
    return step / engine.tokens_per_step, added, own
