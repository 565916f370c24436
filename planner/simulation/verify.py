"""Replay the peak window of a plan and hold it against promise and prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.request_traces import RequestTrace
from planner.plan import Plan
from planner.simulation.build import Sources, sorted_trace
from planner.simulation.failure import Failure, after_failure
from planner.simulation.lengths import length_mixes
from planner.simulation.notes import pool_notes, trace_notes
from planner.simulation.promises import Promise, attainment, promises_of, workload_row
from planner.simulation.replay import PoolReplay, Window, replay_pool
from planner.simulation.sample import CLOSE, CLOSE_REPLICAS
from planner.simulation.shortage import Shortage, shortage_of
from planner.simulation.step_timer import StepTimer, Timers
from planner.simulation.streams import Pool, at_slice, busiest, pools_of
from planner.units import SECONDS_PER_HOUR

LENGTHS_WITHIN = (
    0.1  # a trace whose mean lengths differ by more from the plan's is another workload: it is said
)
SECONDS_PER_MINUTE = SECONDS_PER_HOUR / 60


@dataclass(frozen=True)
class Question:
    """What to replay.

    Attributes
    ----------
    node : label of the period; None: the one of highest load; of its slices the busiest is replayed
    minutes : length of the measured window
    traces : by workload
    scaling : of traces, see `planner.simulation.scale`
    failure : what is lost in the window
    seed, router : see `planner.simulation.pool.run_pool`
    search : find out how many more cards a pool that falls short needs
    """

    node: str | None = None
    minutes: float = 10.0
    traces: Mapping[str, RequestTrace] | None = None
    scaling: str = "auto"
    failure: Failure | None = None
    seed: int = 0
    router: str = "least-outstanding"
    search: bool = True


@dataclass(frozen=True)
class Verification:
    """What the replay found.

    Attributes
    ----------
    node, minutes : period and length of the window
    failure : what was lost, or ''
    workloads : one row per workload, see `workload_row`, and ``replayed_share``, ``verdict`` (``kept``, ``short``,
        ``slower than predicted``, ``not replayed``)
    pools : layout, site, accelerator, planned_replicas, replicas, sampled, requests, busy_share, preempted, refused,
        most_kv_share, growth_share
    shortages : pools that fall short and what they need
    notes : what the reader should know
    """

    node: str
    minutes: float
    failure: str
    workloads: pd.DataFrame
    pools: pd.DataFrame
    shortages: tuple[Shortage, ...]
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether something was replayed, and all of that kept its promises as predicted."""
        verdicts = set(self.workloads["verdict"])
        return "kept" in verdicts and verdicts <= {"kept", "not replayed"}


def verify(
    plan: Plan,
    timers: Timers,
    question: Question | None = None,
    *,
    on_stage: Callable[[str], None] | None = None,
) -> Verification:
    """Replay requests through a plan.

    Parameters
    ----------
    plan : as `planner.plan.read_run` gives it
    timers : step times by layout; layouts without one (rates given by the user) are not replayed
    question : which period, how long, what fails
    on_stage : told what is going on

    Raises
    ------
    InputError
        The plan has no such period, workload, site or card.
    """
    asked, say = question or Question(), on_stage or (lambda text: None)
    _whole_replicas_only(plan)
    node, part = _moment(plan, asked.node)
    tables = at_slice(plan.tables, part)
    pools, lost = pools_of(tables, plan.given, node), dict[str, float]()
    if asked.failure is not None:
        pools, lost = after_failure(pools, asked.failure, tables, plan.given, node)
    sources, notes = _sources(plan, asked)
    window = Window(asked.minutes * SECONDS_PER_MINUTE, asked.seed, asked.router)
    promises, replays = promises_of(plan.given["workloads"]), []
    for number, pool in enumerate(pools, start=1):
        if pool.layout in timers:
            say(f"Replaying pool {number} of {len(pools)}: {pool.layout} at {pool.site}")
            replays.append(_replayed(pool, timers[pool.layout], sources, window, promises))
    workloads = _workloads(pools, replays, promises, lost, window, predicted=asked.failure is None)
    shortages: tuple[Shortage, ...] = ()
    short = set(workloads.loc[workloads["verdict"] == "short", "workload"])
    if short and asked.search:
        say("Looking for the cards that are missing")
        headroom = float(plan.given["settings"]["headroom_share"].iloc[0])
        shortages = _shortages(replays, short, timers, sources, window, promises, headroom)
    notes = (*pool_notes(pools, replays, lost), *notes)
    failed = asked.failure.text if asked.failure else ""
    return Verification(
        node if len(plan.given["slices"]) == 1 else f"{node}, {part}",
        asked.minutes,
        failed,
        workloads,
        _pool_table(replays, timers),
        shortages,
        notes,
    )


def _replayed(
    pool: Pool, timer: StepTimer, sources: Sources, window: Window, promises: Mapping[str, Promise]
) -> PoolReplay:
    """A pool's replay; with more replicas where a few would decide the verdict."""
    replay = replay_pool(pool, timer, sources, window)
    if replay.sampled >= min(pool.replicas, CLOSE_REPLICAS):
        return replay
    reached = [(attainment(replay, name, promises[name]), promises[name]) for name in pool.workloads]
    if any(abs(share - promise.least_attainment) < CLOSE for share, promise in reached):
        return replay_pool(pool, timer, sources, window, sampled=CLOSE_REPLICAS)
    return replay


def _whole_replicas_only(plan: Plan) -> None:
    """Refuse plans whose replicas prefill or decode only: they would be replayed as whole ones, and look too good."""
    layouts = plan.given["layouts"]
    pooled = set(layouts.loc[layouts["role"] != "whole", "layout"]) if "role" in layouts.columns else set()
    if pooled & set(plan.tables["load"]["layout"]):
        found = "a plan with pools that only prefill or only decode"
        mend = (
            "Replay the plan of the case without pools; replaying hand-overs between pools is not built yet."
        )
        raise InputError([Problem("RUN", "", "layouts", found, "a plan of whole replicas", mend)])


def _moment(plan: Plan, asked: str | None) -> tuple[str, str]:
    """The period asked for, or the busiest, and its busiest slice."""
    served = set(plan.tables["load"]["node"])
    if not served:
        raise InputError(
            [Problem("RUN", "", "", "a plan that serves nothing", "a plan with load to replay", "")]
        )
    if asked is not None and asked not in served:
        known = [str(node) for node in plan.given["periods"]["node"] if node in served]
        raise InputError(
            [Problem("--period", "", "", f"no period '{asked}'", f"one of: {', '.join(known)}", "")]
        )
    return busiest(plan.tables, plan.given, asked)


def _sources(plan: Plan, asked: Question) -> tuple[Sources, tuple[str, ...]]:
    """Where requests come from, and what must be said of that."""
    given, notes = plan.given, list[str]()
    buckets = given.get("lengths", given["buckets"])
    mixes = length_mixes(buckets)
    workloads = given["workloads"]
    known = set(workloads["workload"])
    traces = {}
    for workload, trace in sorted((asked.traces or {}).items()):
        if workload not in known:
            expected = f"one of: {', '.join(sorted(known))}"
            raise InputError([Problem("--trace", "", "", f"no workload '{workload}'", expected, "")])
        traces[workload] = sorted_trace(trace, workload, mixes)
        notes += trace_notes(workload, trace, given["buckets"])
    points = sorted({name for (name, _), mix in mixes.items() if not mix.spread_known and name not in traces})
    if points:
        notes.append(
            f"No spread of lengths is known of {', '.join(points)}: every request has the mean lengths of its bucket, "
            "which flatters the tails."
        )
    burst = {str(name): float(z) for name, z in zip(workloads["workload"], workloads["burst_z"], strict=True)}
    return Sources(mixes, burst, traces, asked.scaling), tuple(notes)


def _workloads(
    pools: tuple[Pool, ...],
    replays: list[PoolReplay],
    promises: Mapping[str, Promise],
    lost: Mapping[str, float],
    window: Window,
    *,
    predicted: bool,
) -> pd.DataFrame:
    rows = []
    names = sorted({name for pool in pools for name in pool.workloads} | set(lost))
    for name in names:
        mine = [replay for replay in replays if name in replay.pool.workloads]
        row = workload_row(name, promises[name], mine, lost.get(name, 0.0) * window.window_s)
        planned = _rate(name, pools) + lost.get(name, 0.0)
        row["requests_per_s"] = planned
        row["replayed_share"] = (_rate(name, tuple(one.pool for one in mine)) + lost.get(name, 0.0)) / planned
        row["verdict"] = _verdict(row, promises[name], predicted=predicted)
        rows.append(row)
    return pd.DataFrame(rows)


def _rate(workload: str, pools: tuple[Pool, ...]) -> float:
    return sum(one.requests_per_s for pool in pools for one in pool.streams if one.workload == workload)


def _verdict(row: Mapping[str, object], promise: Promise, *, predicted: bool) -> str:
    reached = float(str(row["attainment"]))
    if np.isnan(reached):
        return "not replayed"
    if reached < promise.least_attainment:
        return "short"
    slow = any(
        float(str(row[f"{name}_at_quantile_ms"])) > float(str(row[f"{name}_high_ms"]))
        for name in ("ttft", "tpot")
    )
    return "slower than predicted" if predicted and slow else "kept"


def _shortages(
    replays: list[PoolReplay],
    short: set[str],
    timers: Timers,
    sources: Sources,
    window: Window,
    promises: Mapping[str, Promise],
    headroom_share: float,
) -> tuple[Shortage, ...]:
    """For every pool where a short workload falls short, or its worst pool where none does alone."""
    found = []
    guilty: dict[int, set[str]] = {}
    for name in sorted(short):
        reached = {
            at: attainment(replay, name, promises[name])
            for at, replay in enumerate(replays)
            if name in replay.pool.workloads
        }
        reached = {at: share for at, share in reached.items() if not np.isnan(share)}
        below = [at for at, share in reached.items() if share < promises[name].least_attainment]
        for at in below or sorted(reached, key=lambda at: reached[at])[:1]:
            guilty.setdefault(at, set()).add(name)
    for at, names in sorted(guilty.items()):
        pool = replays[at].pool
        found.append(
            shortage_of(pool, sorted(names), timers[pool.layout], sources, window, promises, headroom_share)
        )
    return tuple(found)


def _pool_table(replays: list[PoolReplay], timers: Timers) -> pd.DataFrame:
    columns = [
        "layout", "site", "accelerator", "planned_replicas", "replicas", "sampled", "requests", "busy_share",
        "preempted", "refused", "most_kv_share", "growth_share",
    ]  # fmt: skip
    rows = []
    for replay in replays:
        pool, outcome = replay.pool, replay.outcome
        rows.append((
            pool.layout, pool.site, pool.accelerator, pool.planned_replicas, pool.replicas, replay.sampled,
            len(replay.ttft_ms), outcome.busy_s / max(outcome.span_s * replay.sampled, 1e-9),
            int((outcome.preemptions > 0).sum()), int((outcome.replica < 0).sum()),
            outcome.most_kv_tokens / timers[pool.layout].kv_tokens, replay.growth_share,
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
