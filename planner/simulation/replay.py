"""Replay one pool in its window: what every measured request saw."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from planner.simulation.build import Sources, pool_requests
from planner.simulation.pool import PoolOutcome, run_pool
from planner.simulation.requests import Counts, Numbers, Requests
from planner.simulation.sample import sampled_replicas
from planner.simulation.step_timer import StepTimer
from planner.simulation.streams import Pool
from planner.units import MS_PER_S

LEAST_WARM_S = 30.0  # assumed: where nothing is predicted, some times what a chat request takes
WARM_TIMES = 3.0  # assumed: after three of the longest predicted request times a pool is full
CHANCE = 5.0  # assumed: the number in a stable pool moves by less than five times its square root
MOST_WARM_S = 900.0  # assumed: batch promises of many minutes say nothing of how long a request runs


@dataclass(frozen=True)
class Window:
    """How a pool is replayed.

    window_s : measured part [s]; it is preceded and followed by traffic of the same kind that is not measured.
    router, seed : see `run_pool`.
    """

    window_s: float
    seed: int = 0
    router: str = "least-outstanding"


@dataclass(frozen=True)
class PoolReplay:
    """Measured requests of a sampled pool: arrays of shape (requests,).

    Attributes
    ----------
    sampled : replicas simulated
    weight : requests of the plan that one simulated request stands for
    stream : position in ``pool.streams``
    ttft_ms : network included; infinite where it was refused or never served
    tpot_ms : (finish - first token) / (output tokens - 1); NaN for requests of one token, which have none
    outcome, requests : of the whole replay, warm-up included
    growth_share : requests in the pool at the end of the window less those at its beginning, over those that came in
        it; 0 where that is within chance. A pool that falls behind keeps no promise for long.
    """

    pool: Pool
    sampled: int
    weight: float
    stream: Counts
    ttft_ms: Numbers
    tpot_ms: Numbers
    outcome: PoolOutcome
    requests: Requests
    growth_share: float

    def of_workload(self, workload: str) -> NDArray[np.bool_]:
        """Which measured requests are a workload's."""
        streams = [at for at, one in enumerate(self.pool.streams) if one.workload == workload]
        result: NDArray[np.bool_] = np.isin(self.stream, streams)
        return result

    def kept(self, workload: str, max_ttft_ms: float, max_tpot_ms: float) -> NDArray[np.bool_]:
        """Which of the workload's measured requests kept both promises; a request without TPOT keeps that one."""
        mine = self.of_workload(workload)
        ttft, tpot = self.ttft_ms[mine], self.tpot_ms[mine]
        result: NDArray[np.bool_] = (ttft <= max_ttft_ms) & ~(tpot > max_tpot_ms)
        return result


def warm_up_s(pool: Pool, sources: Sources) -> float:
    """Time before (and after) the window in which requests arrive and are not measured [s]."""
    longest = 0.0
    for one in pool.streams:
        output = float(sources.mixes[one.workload, one.bucket].output_mean.max())
        predicted_ms = np.nan_to_num(one.predicted.tpot_ms, nan=0.0) * output
        longest = max(longest, predicted_ms / MS_PER_S)
    return float(np.clip(WARM_TIMES * longest, LEAST_WARM_S, MOST_WARM_S))


def replay_pool(
    pool: Pool,
    timer: StepTimer,
    sources: Sources,
    window: Window,
    *,
    replicas: int | None = None,
    sampled: int | None = None,
) -> PoolReplay:
    """Replay a pool.

    Parameters
    ----------
    pool, timer, sources, window : what, how fast, which requests, how long
    replicas : replicas of the whole pool, where they differ from the plan's
    sampled : replicas to simulate; None: `sampled_replicas`
    """
    whole = replicas or pool.replicas
    count = min(sampled or sampled_replicas(whole, pool.requests_per_s, window.window_s), whole)
    warm_s = warm_up_s(pool, sources)
    until_s = window.window_s + 2.0 * warm_s
    requests = pool_requests(pool, count / whole, until_s, sources, window.seed)
    outcome = run_pool(timer, count, requests, router=window.router, seed=window.seed)
    measured = (requests.arrival_s >= warm_s) & (requests.arrival_s < warm_s + window.window_s)
    ttft, tpot = latencies_ms(requests, outcome, timer)
    return PoolReplay(
        pool,
        count,
        whole / count,
        requests.stream[measured],
        ttft[measured],
        tpot[measured],
        outcome,
        requests,
        _growth_share(requests, outcome, warm_s, warm_s + window.window_s),
    )


def _growth_share(requests: Requests, outcome: PoolOutcome, from_s: float, to_s: float) -> float:
    """How much fuller the pool is at the end than at the beginning, over the requests that came between."""
    served = ~np.isnan(outcome.finish_s)
    arrival, finish = requests.arrival_s[served], outcome.finish_s[served]
    before, after = (int((arrival <= at).sum() - (finish <= at).sum()) for at in (from_s, to_s))
    came = int(((arrival > from_s) & (arrival <= to_s)).sum())
    return (after - before) / came if after - before > CHANCE * sqrt(before + 1.0) else 0.0


def latencies_ms(requests: Requests, outcome: PoolOutcome, timer: StepTimer) -> tuple[Numbers, Numbers]:
    """TTFT and TPOT of every request [ms], as vLLM defines them.

    TTFT runs from the arrival to the first token, with the network time of the route, the engine's first response
    and, where prompts come through slower than their steps, that factor on the time since admission.
    """
    factor = float(getattr(timer, "prompt_factor", 1.0))
    response_s = float(getattr(timer, "first_token_s", 0.0))
    own = (outcome.first_s - outcome.admitted_s) * (factor - 1.0)
    ttft = outcome.first_s - requests.arrival_s + own + response_s + requests.network_s
    more = requests.output_tokens - 1
    tpot = np.where(more > 0, (outcome.finish_s - outcome.first_s) / np.maximum(more, 1), np.nan)
    unserved = np.isnan(outcome.finish_s)
    return np.where(unserved, np.inf, ttft) * MS_PER_S, np.where(unserved, np.nan, tpot) * MS_PER_S
