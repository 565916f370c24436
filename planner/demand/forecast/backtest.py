"""What each method would have said in the past, from one origin after the other, and what believing it had cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import LEAST_POINTS, Band, Grain, Numbers
from planner.demand.forecast.history import History, without_holes
from planner.demand.forecast.methods import method_of
from planner.errors import InputError, Problem

MOST_ORIGINS = 6  # assumed: enough to see a method fail, few enough for the slow ones
SERVED = 0.995  # assumed: share of volume that every method must serve when costs are compared
LEAST_BAND = 0.01  # of p50: a method that is sure of itself can still buy reserve
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Trial:
    """One forecast against what came: logs of one shape, (points ahead,), the series and the origin."""

    series: int
    origin: int
    band: Band
    actual: Numbers


def trials(history: History, method: str, ahead: int, file: str) -> list[Trial]:
    """Forecasts of ``ahead`` points from up to six origins, evenly spread, of every series that is long enough.

    The first origin has as many points behind it as it looks ahead, and never fewer than 8.

    Raises
    ------
    InputError : no series is
    """
    found: list[Trial] = []
    run = method_of(method)
    for at, volume in enumerate(history.volume):
        logs, _, fault = without_holes(volume)
        first, last = max(LEAST_POINTS, ahead), len(logs) - ahead
        if fault or last < first:
            continue
        origins = np.unique(np.linspace(first, last, MOST_ORIGINS).astype(int))
        for origin in origins:
            band = run(logs[None, :origin], _shrunk(history.grain, int(origin)), ahead)
            found.append(Trial(at, int(origin), band, logs[origin : origin + ahead]))
    if not found:
        least = max(LEAST_POINTS, ahead) + ahead
        expected = f"a series of at least {least} points to look {ahead} ahead from the past"
        raise InputError(
            [Problem(file, "", "", "too short for a backtest", expected, "Ask for fewer months.")]
        )
    return found


def _shrunk(grain: Grain, points: int) -> Grain:
    """The grain as a history of so many points had it: no yearly season before there are three."""
    return Grain(grain.name, grain.days, 1, grain.window) if points < 3 * grain.season else grain


def scores(found: Sequence[Trial]) -> dict[str, float]:
    """Coverage, bias, error and pinball loss of a method; every forecast weighs the same, whatever its volume.

    Returns
    -------
    held (share of outcomes within p10 and p90), below_p10, above_p90, bias (sum of p50 over sum of outcomes, less 1),
    absolute_error (sum of absolute errors over sum of outcomes), pinball (mean of the three losses over outcomes); the
    last three for volumes over the mean outcome of their forecast
    """
    low, mid, high, actual = (np.concatenate(part) for part in zip(*(_levels(t) for t in found), strict=True))
    losses = [
        np.maximum(q * (actual - quantile), (q - 1.0) * (actual - quantile)).sum() / actual.sum()
        for q, quantile in zip(_QUANTILES, (low, mid, high), strict=True)
    ]
    return {
        "held": float(np.mean((low <= actual) & (actual <= high))),
        "below_p10": float(np.mean(actual < low)),
        "above_p90": float(np.mean(actual > high)),
        "bias": float(mid.sum() / actual.sum() - 1.0),
        "absolute_error": float(np.abs(mid - actual).sum() / actual.sum()),
        "pinball": float(np.mean(losses)),
    }


def _levels(trial: Trial) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """p10, p50, p90 and outcome over the mean outcome."""
    scale = np.exp(trial.actual).mean()
    logs = (trial.band.low[0], trial.band.mid[0], trial.band.high[0], trial.actual)
    low, mid, high, actual = (np.exp(part) / scale for part in logs)
    return low, mid, high, actual


def cost_at_equal_service(found: Sequence[Trial], unit_cost: Mapping[int, float]) -> tuple[float, float]:
    """What capacity cost that was bought by a method, for the same share of volume served by all of them.

    A case on paper: at each origin capacity is bought for every point ahead, as cards with a long lead time are::

        capacity = max(0, p50 + k (p90 - p50)),    cost = sum of unit cost * capacity

    with one reserve k for all series and origins, the least that serves 99.5 % of the volume. So a method pays for
    errors of its middle and for bands that are wide in the wrong places. Volumes are taken over the mean outcome of
    their forecast, so that every one weighs what its series costs.

    Parameters
    ----------
    unit_cost : money that a series costs, by its number

    Returns
    -------
    cost over that of knowing the future, and k
    """
    cost = np.concatenate([np.full(len(t.actual), unit_cost[t.series]) for t in found])
    _, mid, high, actual = (np.concatenate(part) for part in zip(*(_levels(t) for t in found), strict=True))
    up = np.maximum(high - mid, LEAST_BAND * mid)

    def capacity(k: float) -> Numbers:
        return np.asarray(np.maximum(mid + k * up, 0.0))

    def unserved(k: float) -> float:
        return float((cost * np.maximum(actual - capacity(k), 0.0)).sum() / (cost * actual).sum())

    least, most = -float((mid / up).max()), 1.0
    while unserved(most) > 1.0 - SERVED:
        most *= 2.0
    for _ in range(100):
        half = (least + most) / 2.0
        least, most = (least, half) if unserved(half) <= 1.0 - SERVED else (half, most)
    return float((cost * capacity(most)).sum() / (cost * actual).sum()), most


def backtest(
    history: History,
    methods: Sequence[str],
    ahead: int,
    file: str,
    unit_cost: Mapping[tuple[str, str], float] | None = None,
) -> pd.DataFrame:
    """Every method from the same origins.

    Parameters
    ----------
    ahead : points from each origin
    unit_cost : money per unit of volume by region and workload; without it all series weigh the same

    Returns
    -------
    method, forecasts [count], held, below_p10, above_p90, bias, absolute_error, pinball, cost_over_foresight,
    reserve_k; cheapest first
    """
    prices = dict.fromkeys(range(len(history.keys)), 1.0)
    if unit_cost is not None:
        for at, key in enumerate(history.keys.itertuples(index=False)):
            known = history.volume[at][np.nan_to_num(history.volume[at]) > 0]
            last = float(known[-1]) if len(known) else 0.0
            prices[at] = last * unit_cost.get((str(key.region), str(key.workload)), 0.0)
        if not any(prices.values()):
            raise InputError(
                [Problem(file, "", "", "no series that the case has", "regions and workloads of the case")]
            )
    rows = []
    for name in methods:
        found = trials(history, name, ahead, file)
        cost, reserve = cost_at_equal_service(found, prices)
        row = {"method": name, "forecasts": len(found), **scores(found)}
        rows.append({**row, "cost_over_foresight": cost, "reserve_k": reserve})
    return pd.DataFrame(rows).sort_values("cost_over_foresight", ignore_index=True)
