"""From a history to monthly quantiles by workload and region, and from those to demand rows of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import LEAST_POINTS, Band, Numbers, growth_and_level
from planner.demand.forecast.drift import fitting as fitted_window
from planner.demand.forecast.given import ANSWER, PROMPT, VOLUME, GrowthRange, grown
from planner.demand.forecast.history import Dates, History, without_holes
from planner.demand.forecast.methods import method_of
from planner.demand.forecast.shares import input_shares, lengths_ahead, model_shares
from planner.errors import InputError, Problem
from planner.units import DAYS_PER_MONTH

KEY = ["period", "region", "workload"]


@dataclass(frozen=True)
class Asked:
    """What is wanted: months (first of each, as dates), a method, and what stands in where history is short.

    quantiles : rows of `QUANTILES` that win over any fit, or None
    """

    months: Dates
    method: str = "drift"
    growth: GrowthRange | None = None
    quantiles: pd.DataFrame | None = None


@dataclass(frozen=True)
class Forecast:
    """Attributes
    ----------
    quantiles : period, region, workload, metric, p10, p50, p90; metric is volume_per_day [million tokens, or requests
        where the history has nothing else], input_tokens_per_request or output_tokens_per_request
    series : region, workload, points, holes, method, growth_per_month [share]: how each was made
    shares : region, workload, llm, share
    unit : "tokens" or "requests"
    input_shares : region, workload, share: input tokens of all tokens
    """

    quantiles: pd.DataFrame
    series: pd.DataFrame
    shares: pd.DataFrame
    unit: str
    input_shares: pd.DataFrame


def forecast(history: History, asked: Asked, file: str) -> Forecast:
    """Quantiles of every series of a history for the months asked for.

    Raises
    ------
    InputError : series with fewer than 8 points, with holes or at zero, and neither growth nor quantiles for them;
        months that lie in the history
    """
    ahead, month_of = _points_ahead(history, asked.months, file)
    logs, holes, faults = _logs(history)
    own = _own(asked)
    _refuse(history, logs, faults, own, asked, file)
    rows, how = [], []
    for at, key in enumerate(history.keys.itertuples(index=False)):
        name = (str(key.region), str(key.workload))
        if name in own:
            given = own[name].sort_values("period")
            values = [given[quantile].to_list() for quantile in _NAMES]
            rows.append(_frame(name, given["period"].to_list(), VOLUME, *values))
            method, growth = "own quantiles", _growth_of(given["p50"].to_numpy(dtype=float))
        elif len(logs[at]) < LEAST_POINTS and asked.growth:
            level = np.array([np.mean(logs[at][-min(len(logs[at]), history.grain.season) :])])
            band = grown(level, asked.growth, ahead * (history.grain.days / DAYS_PER_MONTH))
            rows.append(_monthly(name, band, 0, month_of, asked.months, VOLUME))
            method, growth = "growth given", asked.growth.mid
        else:
            band = method_of(asked.method)(logs[at][None, :], history.grain, len(ahead))
            rows.append(_monthly(name, band, 0, month_of, asked.months, VOLUME))
            season, window = fitted_window(history.grain, len(logs[at]))
            slope = float(growth_and_level(logs[at][None, :], season, window)[0][0])
            method, growth = asked.method, float(np.expm1(slope * DAYS_PER_MONTH / history.grain.days))
        how.append((*name, len(logs[at]), holes[at], method, growth))
    rows += _length_rows(history, len(ahead), month_of, asked.months)
    names = ["region", "workload", "points", "holes", "method", "growth_per_month"]
    table = pd.concat(rows, ignore_index=True).sort_values(["metric", "region", "workload", "period"])
    made = pd.DataFrame(how, columns=names)
    return Forecast(
        table.reset_index(drop=True), made, model_shares(history), history.unit, input_shares(history)
    )


_NAMES = ("p10", "p50", "p90")


def _points_ahead(history: History, months: Dates, file: str) -> tuple[Numbers, Dates]:
    """Points from the last of the history to the end of the months: number ahead, and the month of each."""
    last = history.dates[-1]
    wanted = months.astype("datetime64[M]")
    if wanted[0] <= last.astype("datetime64[M]"):
        found = f"{wanted[0]}, while the history goes to {last}"
        expected = f"a first month from {last.astype('datetime64[M]') + 1}"
        raise InputError([Problem(file, "", "", found, expected, "Start later, or drop the rows after it.")])
    if history.grain.name == "month":
        points = np.arange(last.astype("datetime64[M]") + 1, wanted[-1] + 1)
        return np.arange(1, len(points) + 1, dtype=float), points
    step = int(history.grain.days)
    days = np.arange(last + np.timedelta64(step, "D"), (wanted[-1] + 1).astype("datetime64[D]"), step)
    return np.arange(1, len(days) + 1, dtype=float), days.astype("datetime64[M]")


def _logs(history: History) -> tuple[list[Numbers], list[int], list[str]]:
    found = [without_holes(series) for series in history.volume]
    return [logs for logs, _, _ in found], [holes for _, holes, _ in found], [fault for *_, fault in found]


def _own(asked: Asked) -> dict[tuple[str, str], pd.DataFrame]:
    """The user's quantiles by region and workload, for the months asked for."""
    if asked.quantiles is None:
        return {}
    labels = [str(month) for month in asked.months.astype("datetime64[M]")]
    inside = asked.quantiles[asked.quantiles["period"].isin(labels)]
    return {(str(r), str(w)): rows for (r, w), rows in inside.groupby(["region", "workload"])}


def _refuse(
    history: History,
    logs: Sequence[Numbers],
    faults: Sequence[str],
    own: dict[tuple[str, str], pd.DataFrame],
    asked: Asked,
    file: str,
) -> None:
    """Every series that can be forecast in no way, with what to give instead."""
    problems = []
    instead = (
        "Give growth per month (--growth LOW:MID:HIGH), or your own p10, p50 and p90 (--quantiles FILE)."
    )
    for at, key in enumerate(history.keys.itertuples(index=False)):
        name = (str(key.region), str(key.workload))
        where = f"region {name[0]}, workload {name[1]}"
        if name in own:
            absent = len(asked.months) - len(own[name])
            if absent:
                text = f"own quantiles for {len(own[name])} of {len(asked.months)} months"
                problems.append(Problem(file, where, "", text, "every month", "Add the rows."))
        elif faults[at]:
            problems.append(Problem(file, where, "", faults[at], "a series that can be carried on", instead))
        elif len(logs[at]) < LEAST_POINTS and asked.growth is None:
            found = f"{len(logs[at])} points"
            problems.append(Problem(file, where, "", found, f"at least {LEAST_POINTS} to fit", instead))
    if problems:
        raise InputError(problems)


def _monthly(
    name: tuple[str, str], band: Band, at: int, month_of: Dates, months: Dates, metric: str
) -> pd.DataFrame:
    """Mean of the points of each month, quantile by quantile.

    The uncertainty of growth is the same for all points of a month, so the quantile of their mean is taken as the mean
    of their quantiles; noise that days have of their own would make the band a little narrower.
    """
    labels = months.astype("datetime64[M]")
    inside = [np.flatnonzero(month_of == label) for label in labels]
    values = [
        [float(np.exp(part[at][days]).mean()) for days in inside] for part in (band.low, band.mid, band.high)
    ]
    return _frame(name, [str(label) for label in labels], metric, *values)


def _frame(
    name: tuple[str, str], periods: Sequence[str], metric: str, *quantiles: Sequence[float]
) -> pd.DataFrame:
    columns = dict(zip(_NAMES, (list(values) for values in quantiles), strict=True))
    head = {"period": list(periods), "region": name[0], "workload": name[1], "metric": metric}
    return pd.DataFrame({**head, **columns})


def _length_rows(history: History, ahead: int, month_of: Dates, months: Dates) -> list[pd.DataFrame]:
    rows = []
    for metric, lengths in ((PROMPT, history.input_length), (ANSWER, history.output_length)):
        low, mid, high = lengths_ahead(lengths, history, ahead)
        for at, key in enumerate(history.keys.itertuples(index=False)):
            if not np.isnan(mid[at]).any():
                band = Band(np.log(low), np.log(mid), np.log(high))
                name = (str(key.region), str(key.workload))
                rows.append(_monthly(name, band, at, month_of, months, metric))
    return rows


def _growth_of(path: Numbers) -> float:
    """Mean growth per month of a path of months."""
    if len(path) < 2 or path[0] <= 0 or path[-1] <= 0:
        return float("nan")
    return float((path[-1] / path[0]) ** (1.0 / (len(path) - 1)) - 1.0)
