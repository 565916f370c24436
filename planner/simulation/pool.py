"""A pool: replicas of one layout at one site behind a router."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import cycle
from math import inf
from operator import attrgetter

import numpy as np

from planner.simulation.jobs import Jobs
from planner.simulation.replica import IDLE, RUN, Replica
from planner.simulation.requests import Counts, Numbers, Requests
from planner.simulation.step_timer import StepTimer

ROUTERS = ("least-outstanding", "round-robin", "random")


@dataclass(frozen=True)
class PoolOutcome:
    """What became of every request: arrays of shape (requests,), times in seconds, NaN where it never came to that.

    Attributes
    ----------
    admitted_s, first_s, finish_s : first computed on, first token made, last token made
    replica : that served it, -1: refused, because the cache cannot hold it
    preemptions : times it lost its cache and was computed again
    steps : engine steps taken, all replicas
    most_kv_tokens : the fullest any cache has been [tokens]
    area_s : integral over time of the requests in the pool [requests x s]
    busy_s, span_s : time spent in steps, all replicas; from the first arrival to the last finish [s]
    """

    admitted_s: Numbers
    first_s: Numbers
    finish_s: Numbers
    replica: Counts
    preemptions: Counts
    steps: int
    most_kv_tokens: int
    area_s: float
    busy_s: float
    span_s: float


def run_pool(
    timer: StepTimer,
    replicas: int,
    requests: Requests,
    *,
    router: str = "least-outstanding",
    seed: int = 0,
    ready: bool = False,
    fast: bool = True,
) -> PoolOutcome:
    """Replay requests through a pool.

    Parameters
    ----------
    timer : of every replica
    replicas : at least 1
    requests : in the order of arrival, as `requests_of` makes them
    router : ``least-outstanding`` (fewest unfinished requests; of equals the one that was last sent one longest ago),
        ``round-robin`` or ``random``
    seed : of the random router
    ready : the requests come with their cache and their first token (a decode pool)
    fast : take steps without prompts in one go; False: one by one, which gives the same times and is slower
    """
    jobs = Jobs(requests, ready=ready)
    members = [Replica(timer, jobs, fast=fast) for _ in range(replicas)]
    heap: list[tuple[float, int, int]] = []
    fewest, turn = attrgetter("rank"), cycle(range(replicas))
    place = {member: i for i, member in enumerate(members)}
    drawn = (
        np.random.default_rng(seed).integers(0, replicas, len(requests)).tolist()
        if router == "random"
        else []
    )
    for job, now_s in enumerate(requests.arrival_s.tolist()):
        _advance(members, heap, now_s)
        if jobs.prompt[job] + jobs.output[job] > timer.kv_tokens:
            continue
        if router == "least-outstanding":
            member = min(members, key=fewest)
            at = place[member]
        else:
            at = drawn[job] if drawn else next(turn)
            member = members[at]
        jobs.replica[job] = at
        blocked = bool(member.waiting) or len(member.running) >= member.most_running
        member.arrive(job, now_s)
        if member.kind == IDLE:
            if len(member.waiting) == 1:  # the first of those that arrive together wakes it
                _schedule(member, at, now_s, heap)
        elif member.kind == RUN and not blocked and member.run_steps > 1:
            end_s = member.end_s
            if member.cut(now_s) < end_s:
                _schedule(member, at, member.end_s, heap)
    _advance(members, heap, inf)
    return _outcome(jobs, members, requests)


def _schedule(member: Replica, at: int, when_s: float, heap: list[tuple[float, int, int]]) -> None:
    """Note when a replica's step ends; a later note replaces an earlier one."""
    member.version += 1
    heappush(heap, (when_s, at, member.version))


def _advance(members: list[Replica], heap: list[tuple[float, int, int]], until_s: float) -> None:
    """Let every step that ends before that time end, and the next begin."""
    while heap and heap[0][0] < until_s:
        when_s, at, version = heappop(heap)
        member = members[at]
        if version != member.version:
            continue
        if member.kind != IDLE:
            member.finish()
        end_s = member.begin(when_s)
        if end_s < inf:
            member.version = version + 1
            heappush(heap, (end_s, at, version + 1))


def _outcome(jobs: Jobs, members: list[Replica], requests: Requests) -> PoolOutcome:
    finish = np.array(jobs.finish_s, dtype=float)
    served = finish[~np.isnan(finish)]
    return PoolOutcome(
        admitted_s=np.array(jobs.admitted_s, dtype=float),
        first_s=np.array(jobs.first_s, dtype=float),
        finish_s=finish,
        replica=np.array(jobs.replica, dtype=np.int64),
        preemptions=np.array(jobs.preempted, dtype=np.int64),
        steps=sum(member.step_number for member in members),
        most_kv_tokens=max(member.most_kv_tokens for member in members),
        area_s=sum(member.area_s for member in members),
        busy_s=sum(member.busy_s for member in members),
        span_s=float(served.max() - requests.arrival_s.min()) if len(served) else 0.0,
    )
