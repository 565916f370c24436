"""The scheduler's rules once more, as plainly as they can be said: one replica, one step at a time, no shortcuts.

Written from the rules at the head of `planner/simulation/replica.py`, not from its code: lists of records, sums taken
afresh in every step, nothing kept between steps. The replica must agree with it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from planner.simulation.requests import Requests
from planner.simulation.step_timer import StepTimer


@dataclass(eq=False)
class One:
    number: int
    prompt: int
    cached: int
    output: int
    made: int = 0
    held: int = 0  # tokens in the cache, or to be computed (0: not running)
    left: int = 0  # prompt tokens still to compute
    first_s: float = nan
    finish_s: float = nan


def replayed(  # noqa: PLR0912, PLR0915 - one loop that can be read from top to bottom
    timer: StepTimer, requests: Requests
) -> tuple[list[float], list[float], int, int]:
    """First token and finish of every request [s], preemptions, and the fullest the cache has been."""
    rows = zip(requests.prompt_tokens, requests.cached_tokens, requests.output_tokens, strict=True)
    every = [One(number, int(p), int(c), int(o)) for number, (p, c, o) in enumerate(rows)]
    coming = list(zip(requests.arrival_s.tolist(), every, strict=True))
    waiting: list[One] = []
    running: list[One] = []
    now, preemptions, fullest = 0.0, 0, 0
    while coming or waiting or running:
        if not waiting and not running:
            now = max(now, coming[0][0])
        while coming and coming[0][0] <= now:
            one = coming.pop(0)[1]
            if one.prompt + one.output <= timer.kv_tokens:
                waiting.append(one)
        decoding = [one for one in running if one.left == 0]
        preempted = False
        while sum(one.held for one in running) + len(decoding) > timer.kv_tokens and len(running) > 1:
            youngest = running.pop()
            youngest.held = 0
            waiting.insert(0, youngest)
            preempted, preemptions = True, preemptions + 1
            decoding = [one for one in running if one.left == 0]
        budget = timer.chunk_tokens - len(decoding)
        chunks = []
        for one in running:
            if one.left and budget > 0:
                chunks.append((one, min(one.left, budget)))
                budget -= chunks[-1][1]
        while waiting and not preempted and budget > 0 and len(running) < timer.most_running:
            one = waiting[0]
            held = one.prompt + one.made + 1
            if sum(other.held for other in running) + len(decoding) + held > timer.kv_tokens:
                break
            waiting.pop(0)
            running.append(one)
            one.held, one.left = held, one.prompt + one.made - min(one.cached, one.prompt + one.made - 1)
            chunks.append((one, min(one.left, budget)))
            budget -= chunks[-1][1]
        prompt_tokens = sum(tokens for _, tokens in chunks)
        attended = sum(tokens * (one.prompt + one.made - one.left + tokens / 2) for one, tokens in chunks)
        context = sum(one.held for one in decoding) / len(decoding) if decoding else 0.0
        if not decoding and not chunks:
            continue
        now += timer.step_s(len(decoding), context, prompt_tokens, attended / max(prompt_tokens, 1))
        for one in decoding:
            one.made, one.held = one.made + 1, one.held + 1
        fullest = max(fullest, sum(one.held for one in running))
        for one, tokens in chunks:
            one.left -= tokens
            if one.left == 0:
                one.made += 1
                one.first_s = now if one.first_s != one.first_s else one.first_s
        for one in [one for one in running if one.left == 0 and one.made == one.output]:
            one.finish_s = now
            running.remove(one)
    return [one.first_s for one in every], [one.finish_s for one in every], preemptions, fullest
