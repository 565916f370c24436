"""Thousands of paths of demand and supply as arrays: for scenarios to be cut from, and for orders to be scored on.

Log demand of series k, t months after the first period, over its forecast (reference/demand.md section 5)::

    log factor[k,t] = t * g_k + sum of shocks + jumps,   g_k ~ N(0, s_g),  shocks ~ N(0, s) a month

growth and shocks both correlated across workloads (rho_w) and regions (rho_r): series that share neither have
``rho_w * rho_r``. The median is the forecast, or the mean where asked. Events begin in a period drawn evenly from
their span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.demand.scenarios.setup import Setup, check_events

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
NEVER = -1


@dataclass(frozen=True)
class Paths:
    """Drawn futures.

    Attributes
    ----------
    setup : what they were drawn from
    demand : over the forecast, shape (paths, series, periods)
    events : names; starts : period in which each begins, -1 where it does not; shape (paths, events)
    probability : of every path, shape (paths,); adds up to 1
    """

    setup: Setup
    demand: Numbers
    events: tuple[str, ...]
    starts: Whole
    probability: Numbers

    def happens(self, event: str) -> npt.NDArray[np.bool_]:
        """Whether an event happens, by path."""
        return np.asarray(self.starts[:, self.events.index(event)] != NEVER)


def draw_paths(setup: Setup, count: int, seed: int) -> Paths:
    """``count`` equally likely paths.

    Raises
    ------
    InputError : events that need what is not there or one another, spans outside the horizon, effects without size
    """
    check_events(setup)
    random = np.random.default_rng(seed)
    names = tuple(dict.fromkeys(setup.events["event"]))
    starts = _starts(setup, names, count, random)
    demand = np.exp(_fan(setup, count, random))
    for row in setup.events[setup.events["what"] == "demand"].to_dict("records"):
        begin = starts[:, names.index(row["event"])]
        jump = np.log(max(row["factor"], 1e-12)) + row["factor_sd"] * random.standard_normal(count)
        ramp = active_share(setup, begin, row["ramp_months"], row["lasts_months"])
        hit = np.ones(len(setup.series), dtype=bool)
        for name in ("service_class", "workload", "region"):
            if row[name] is not None:
                hit &= (setup.series[name] == row[name]).to_numpy()
        demand *= np.exp(jump[:, None, None] * ramp[:, None, :] * hit[None, :, None])
    return Paths(setup, demand, names, starts, np.full(count, 1.0 / count))


def _fan(setup: Setup, count: int, random: np.random.Generator) -> Numbers:
    """Logs of growth and shocks; shape (count, series, periods)."""
    months = np.arange(len(setup.periods), dtype=float) * setup.period_months
    growth_sd = np.array([spread.growth_sd for spread in setup.spreads])
    shock_sd = np.array([spread.shock_sd for spread in setup.spreads]) * np.sqrt(setup.period_months)
    growth = growth_sd[:, None] * _correlated(setup, (count, 1), random) * months
    shocks = shock_sd[:, None] * _correlated(setup, (count, len(months)), random)
    shocks[..., 0] = 0.0  # the first period is known
    logs = growth + shocks.cumsum(axis=2)
    if setup.center == "mean":
        variance = (growth_sd[:, None] * months) ** 2 + shock_sd[:, None] ** 2 * np.arange(len(months))
        logs = logs - variance / 2.0
    return np.asarray(logs)


def _correlated(setup: Setup, shape: tuple[int, int], random: np.random.Generator) -> Numbers:
    """Standard normals, correlated across series; shape (count, series, columns)."""
    across, places = setup.class_correlation, setup.region_correlation
    count, columns = shape
    work, work_at = np.unique(setup.series["workload"].to_numpy(dtype=str), return_inverse=True)
    place, place_at = np.unique(setup.series["region"].to_numpy(dtype=str), return_inverse=True)

    def normals(many: int) -> Numbers:
        return random.standard_normal((count, many, columns))

    return np.asarray(
        np.sqrt(across * places) * normals(1)
        + np.sqrt((1 - across) * places) * normals(len(work))[:, work_at]
        + np.sqrt(across * (1 - places)) * normals(len(place))[:, place_at]
        + np.sqrt((1 - across) * (1 - places)) * normals(len(setup.series))
    )


def _starts(setup: Setup, names: Sequence[str], count: int, random: np.random.Generator) -> Whole:
    """Period in which each event begins, -1 where it does not; an event that needs another follows it."""
    at = {label: number for number, label in enumerate(setup.periods)}
    first = {row["event"]: row for row in setup.events.drop_duplicates("event").to_dict("records")}
    starts = np.full((count, len(names)), NEVER, dtype=np.int64)
    done: set[str] = set()
    while len(done) < len(names):
        for number, name in enumerate(names):
            row = first[name]
            if name in done or (row["needs"] is not None and row["needs"] not in done):
                continue
            low = at[row["earliest"]] if row["earliest"] is not None else min(1, len(at) - 1)
            high = at[row["latest"]] if row["latest"] is not None else len(at) - 1
            happens = random.random(count) < row["probability"]
            since = np.full(count, low)
            if row["needs"] is not None:
                other = starts[:, names.index(row["needs"])]
                happens &= other != NEVER
                since = np.maximum(low, other)
            begin = since + np.floor(random.random(count) * (high - since + 1)).astype(np.int64)
            starts[:, number] = np.where(happens & (since <= high), begin, NEVER)
            done.add(name)
    return starts


def active_share(setup: Setup, begin: Whole, ramp_months: float, lasts_months: float) -> Numbers:
    """How much of an event holds, 0 to 1; shape (paths, periods)."""
    since = (np.arange(len(setup.periods))[None, :] - begin[:, None]) * float(setup.period_months)
    share = np.clip((since + setup.period_months) / ramp_months, 0.0, 1.0) if ramp_months > 0 else 1.0
    holds = (begin[:, None] != NEVER) & (since >= 0)
    if not np.isnan(lasts_months):
        holds &= since < lasts_months
    return np.asarray(np.where(holds, share, 0.0))
