"""Ways to forecast a series of logs: the built-in drift, two of statsmodels, and two to measure them against."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import NORMAL_P90, Band, Grain, Numbers, drift, fitting
from planner.errors import UnreachableError

Method = Callable[[Numbers, Grain, int], Band]
OUTSIDE = 0.2  # share of outcomes outside p10 to p90


def last_season(logs: Numbers, grain: Grain, ahead: int) -> Band:
    """The last season again, its band as the drift's: what a forecast must beat."""
    season, window = fitting(grain, logs.shape[1])
    steps = np.arange(1, ahead + 1, dtype=float)
    mid = logs[:, -season:][:, np.arange(ahead) % season]
    changes = logs[:, season:] - logs[:, :-season]
    sd = changes[:, -window:].std(axis=1, ddof=1) / np.sqrt(season)
    half = NORMAL_P90 * sd[:, None] * np.sqrt(steps)
    return Band(mid - half, mid, mid + half)


def exponential_smoothing(logs: Numbers, grain: Grain, ahead: int) -> Band:
    """ETS(A,A,A) of statsmodels in logs, never damped: damped trends under-forecast growth by 12 % (section 4)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season, _ = fitting(grain, logs.shape[1])

    def one(series: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        model = ETSModel(
            pd.Series(series),
            trend="add",
            seasonal="add" if season > 1 else None,
            seasonal_periods=max(season, 2),
        )
        frame = model.fit(disp=False).get_prediction(len(series), len(series) + ahead - 1)
        table = frame.summary_frame(alpha=OUTSIDE)
        return table["pi_lower"].to_numpy(), table["mean"].to_numpy(), table["pi_upper"].to_numpy()

    return _each(logs, one)


def local_trend(logs: Numbers, grain: Grain, ahead: int) -> Band:
    """Local linear trend (unobserved components) of statsmodels in logs."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    season, _ = fitting(grain, logs.shape[1])

    def one(series: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        model = UnobservedComponents(series, level="lltrend", seasonal=season if season > 1 else None)
        table = model.fit(disp=0).get_forecast(ahead).summary_frame(alpha=OUTSIDE)
        return table["mean_ci_lower"].to_numpy(), table["mean"].to_numpy(), table["mean_ci_upper"].to_numpy()

    return _each(logs, one)


def _each(logs: Numbers, one: Callable[[Numbers], tuple[Numbers, Numbers, Numbers]]) -> Band:
    """Fit each series by itself; its warnings about convergence are for its authors, the backtest judges the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [one(series) for series in logs]
    low, mid, high = (np.array([part[at] for part in found]) for at in range(3))
    return Band(np.minimum(low, mid), mid, np.maximum(high, mid))


METHODS: dict[str, Method] = {
    "drift": drift,
    "last-season": last_season,
    "ets": exponential_smoothing,
    "local-trend": local_trend,
}
FROM_STATSMODELS = ("ets", "local-trend")


def method_of(name: str) -> Method:
    """The method of that name.

    Raises
    ------
    UnreachableError : it needs statsmodels, which is not installed
    """
    if name in FROM_STATSMODELS and not has_statsmodels():
        raise UnreachableError(
            f"Method {name} needs statsmodels: pip install 'capplan[forecast]'. Method drift needs nothing."
        )
    return METHODS[name]


def has_statsmodels() -> bool:
    """Whether the extra is installed; asks without importing, which takes seconds."""
    from importlib.util import find_spec

    return find_spec("statsmodels") is not None


def available() -> list[str]:
    """Names of the methods that can run here."""
    return [name for name in METHODS if name not in FROM_STATSMODELS or has_statsmodels()]
