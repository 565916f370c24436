"""From thousands of paths to five or ten scenarios that keep probability and mean, and how much variance is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.demand.scenarios.groups import medoids, strata
from planner.demand.scenarios.paths import NEVER, Paths
from planner.errors import InputError, Problem

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
LEAST, MOST = 2, 50
STRESS = "stress"
LATER_PARTS = 2  # strata of a group at every later branching
MARKET_WEIGHT = 1.0  # of an event of supply among the features of medoids, in spreads of the total


@dataclass(frozen=True)
class Branching:
    """How paths are cut.

    Attributes
    ----------
    count : scenarios wanted, the stress path included
    periods : numbers of the periods in which scenarios part; before the first all are the same
    method : "strata" of the cost-driving total, or "medoids"
    stress_share : probability of the stress path, 0 for none
    stress_events : events that must happen on it
    """

    count: int = 7
    periods: tuple[int, ...] = (1,)
    method: str = "strata"
    stress_share: float = 0.02
    stress_events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reduced:
    """Scenarios.

    Attributes
    ----------
    names : of the scenarios. probability : shape (scenarios,), adds up to 1
    demand : over the forecast, shape (scenarios, series, periods); its mean is that of the paths
    starts : period in which each event of supply begins, -1 where it does not; shape (scenarios, events)
    group : scenario of every path, shape (paths,)
    stages : for each branching, which scenarios are still one then: number of the group, shape (branchings, scenarios)
    branches : numbers of the periods of the branchings
    kept_total, kept_cells : share of the variance kept, of the weighted total and of every series and period
    """

    names: tuple[str, ...]
    probability: Numbers
    demand: Numbers
    starts: Whole
    group: Whole
    stages: Whole
    branches: tuple[int, ...]
    kept_total: float
    kept_cells: float


def reduce_paths(paths: Paths, weights: Numbers, how: Branching, seed: int = 0) -> Reduced:
    """Scenarios of paths.

    Strata: paths are grouped by what happens to supply and by the total that drives cost, each group is its mean.
    Medoids: clusters around real paths, lifted so that the mean of all is kept. In either, the stress path stands for
    its own ``stress_share`` of the paths, those of the highest totals. After the first branching every group is cut in
    two by its total from then on.

    Parameters
    ----------
    weights : what a unit of demand costs in cards or tokens, shape (series, periods)

    Raises
    ------
    InputError : counts, branchings, shares or events that cannot be
    """
    _check(paths, how)
    branches = tuple(sorted(set(how.periods)))
    since = branches[0]
    total = _total(paths.demand, weights, since)
    stress = _stress(paths, total, how)
    rest = np.flatnonzero(~stress)
    later = len(branches) - 1
    first_count = max(1, (how.count - int(stress.any())) // LATER_PARTS**later)
    market = _market(paths)
    group = np.empty(len(total), dtype=np.int64)
    chosen: Whole | None = None
    if how.method == "strata":
        group[rest] = strata(total[rest], paths.starts[rest][:, market] != NEVER, first_count)
    else:
        group[rest], nearest = medoids(_features(paths, weights, since, market)[rest], first_count, seed)
        chosen = rest[nearest]
    groups = int(group[rest].max()) + 1
    if stress.any():
        group[stress] = groups
        if chosen is not None:
            middle = np.flatnonzero(stress)
            chosen = np.append(chosen, middle[np.argsort(total[middle])[len(middle) // 2]])
    stages = [group]
    for branch in branches[1:]:
        until_end = _total(paths.demand, weights, branch)
        stages.append(_halved(stages[-1], until_end, stress))
    stressed = groups if stress.any() else NEVER
    return _assembled(paths, weights, branches, stages, chosen, market, stressed)


def _check(paths: Paths, how: Branching) -> None:
    problems = []

    def fault(field: str, found: str, expected: str) -> None:
        problems.append(Problem("scenarios", "", field, found, expected))

    if not LEAST <= how.count <= MOST:
        fault("count", f"{how.count}", f"{LEAST} to {MOST} scenarios")
    least = LATER_PARTS ** (len(set(how.periods)) - 1) + (how.stress_share > 0)
    if LEAST <= how.count < least:
        fault("count", f"{how.count}", f"at least {least} scenarios, for these branchings")
    if how.method not in ("strata", "medoids"):
        fault("method", how.method, "strata or medoids")
    if not 0.0 <= how.stress_share < 0.5:
        fault("stress_share", f"{how.stress_share:g}", "0 (none) up to 0.5")
    periods = paths.demand.shape[2]
    if not how.periods or min(how.periods) < 0 or max(how.periods) >= periods:
        fault("branches", f"{how.periods}", f"one or more of the {periods} periods")
    elif how.method == "medoids" and len(set(how.periods)) > 1:
        fault("method", "medoids with several branchings", "strata, or one branching")
    for name in how.stress_events:
        if name not in paths.events:
            fault("stress_events", f"'{name}'", f"of: {', '.join(paths.events)}")
        elif not paths.happens(name).any():
            fault("stress_events", f"'{name}' on no path", "an event that happens; draw more paths")
    if problems:
        raise InputError(problems)


def _total(demand: Numbers, weights: Numbers, since: int) -> Numbers:
    """Weighted demand of every path from a period on; shape (paths,)."""
    return np.asarray(np.einsum("nkt,kt->n", demand[:, :, since:], weights[:, since:]))


def _stress(paths: Paths, total: Numbers, how: Branching) -> Flags:
    """Paths of the stress scenario: of those on which its events happen, the highest totals."""
    size = round(how.stress_share * len(total))
    if not size:
        return np.zeros(len(total), dtype=bool)
    able = np.ones(len(total), dtype=bool)
    for name in how.stress_events:
        able &= paths.happens(name)
    score = np.where(able, total, -np.inf)
    chosen = np.zeros(len(total), dtype=bool)
    chosen[np.argsort(-score, kind="stable")[: min(size, int(able.sum()))]] = True
    return chosen


def _market(paths: Paths) -> list[int]:
    """Numbers of the events that change supply."""
    events = paths.setup.events
    names = set(events.loc[events["what"] != "demand", "event"])
    return [number for number, name in enumerate(paths.events) if name in names]


def _features(paths: Paths, weights: Numbers, since: int, market: Sequence[int]) -> Numbers:
    """What medoids compare: weighted demand by series and third of the horizon, and events of supply."""
    parts = np.array_split(np.arange(since, paths.demand.shape[2]), 3)
    cells = [np.einsum("nkt,kt->nk", paths.demand[:, :, p], weights[:, p]) for p in parts if len(p)]
    flat = np.concatenate(cells, axis=1)
    spread = float(flat.sum(axis=1).std()) or 1.0
    happened = (paths.starts[:, list(market)] != NEVER).astype(float) * MARKET_WEIGHT
    return np.concatenate([flat / spread, happened], axis=1)


def _halved(group: Whole, total: Numbers, stress: Flags) -> Whole:
    """Every group cut in two by the total from here on, except the stress path and groups of one path."""
    finer, number = np.empty_like(group), 0
    for one in range(int(group.max()) + 1):
        members = np.flatnonzero(group == one)
        ordered = members[np.argsort(total[members], kind="stable")]
        parts = 1 if stress[members[0]] or len(members) < LATER_PARTS else LATER_PARTS
        for part in np.array_split(ordered, parts):
            finer[part] = number
            number += 1
    return finer


def _assembled(
    paths: Paths,
    weights: Numbers,
    branches: tuple[int, ...],
    stages: Sequence[Whole],
    chosen: Whole | None,
    market: Sequence[int],
    stressed: int,
) -> Reduced:
    """Probability, demand and events of every leaf."""
    leaves = stages[-1]
    count = int(leaves.max()) + 1
    share = np.bincount(leaves, paths.probability, count).astype(float)
    someone = np.array([int(np.flatnonzero(leaves == leaf)[0]) for leaf in range(count)])
    demand = np.empty((count, *paths.demand.shape[1:]))
    demand[:, :, : branches[0]] = paths.demand[:, :, : branches[0]].mean(axis=0)
    ends = (*branches[1:], paths.demand.shape[2])
    for stage, begin, end in zip(stages, branches, ends, strict=True):
        for one in range(int(stage.max()) + 1):
            inside = paths.demand[stage == one][:, :, begin:end]
            alike = inside.mean(axis=0) if chosen is None else paths.demand[chosen[one]][:, begin:end]
            demand[stage[someone] == one, :, begin:end] = alike
    if chosen is not None:  # lifted, so that the mean over all is kept
        mean = np.einsum("s,skt->kt", share, demand)
        demand *= np.divide(paths.demand.mean(axis=0), mean, out=np.ones_like(mean), where=mean > 0)
    starts = np.full((count, len(paths.events)), NEVER, dtype=np.int64)
    for leaf in range(count):
        for event in market:
            mine = (
                paths.starts[leaves == leaf][:, event]
                if chosen is None
                else paths.starts[[chosen[leaf]], event]
            )
            happened = mine[mine != NEVER]
            if 2 * len(happened) >= len(mine) and len(happened):
                starts[leaf, event] = int(np.median(happened))
    table = np.stack([stage[someone] for stage in stages])
    kept = _kept(paths, weights, branches[0], share, demand)
    names = _names(table[0], demand, weights, stressed)
    return Reduced(names, share, demand, starts, leaves, table, branches, *kept)


def _kept(paths: Paths, weights: Numbers, since: int, share: Numbers, demand: Numbers) -> tuple[float, float]:
    """Share of the variance kept: of the weighted total, and of all series and periods together."""
    full, few = _total(paths.demand, weights, since), _total(demand, weights, since)
    mean = float(share @ few)
    total = float(full.var())
    cells = paths.demand[:, :, since:] * weights[:, since:]
    some = demand[:, :, since:] * weights[:, since:]
    middle = np.einsum("s,skt->kt", share, some)
    every = float(cells.var(axis=0).sum())
    kept_cells = float(np.einsum("s,skt->", share, (some - middle) ** 2))
    kept_total = float(share @ (few - mean) ** 2)
    return (kept_total / total if total > 0 else 1.0), (kept_cells / every if every > 0 else 1.0)


def _names(first: Whole, demand: Numbers, weights: Numbers, stress: int) -> tuple[str, ...]:
    """s1, s2... from low to high demand; the stress path by its name."""
    total = np.einsum("skt,kt->s", demand, weights)
    order = np.argsort(total, kind="stable")
    names, calm, tense = [""] * len(total), 0, 0
    for leaf in order:
        if first[leaf] == stress:
            tense += 1
            names[leaf] = STRESS if tense == 1 else f"{STRESS}-{tense}"
        else:
            calm += 1
            names[leaf] = f"s{calm}"
    return tuple(names)
