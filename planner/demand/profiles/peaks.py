"""How far busy windows stand above the mean, and how bursty arrivals are inside them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.profiles.windows import WindowCounts

QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999, 1.0)
BASE_WINDOW_S = 10.0
PEAK_WINDOWS_S = (10.0, 60.0, 600.0, 3600.0)
_HOUR_S = 3600.0
Floats = npt.NDArray[np.float64]


def peak_to_mean(rates: Floats, quantiles: tuple[float, ...] = QUANTILES) -> dict[float, float]:
    """Quantiles of the rates of equal windows over their mean (linear between windows); recording holes left out.

    Examples
    --------
    >>> peak_to_mean(np.array([1.0, 1.0, 4.0]), (0.5, 1.0))
    {0.5: 0.5, 1.0: 2.0}
    """
    if not len(rates) or rates.mean() <= 0:
        return {}
    return {q: float(np.quantile(rates, q) / rates.mean()) for q in quantiles}


def peak_table(arrivals: WindowCounts) -> pd.DataFrame:
    """Peak over mean by window and quantile: window_s, windows, p50, p90, p95, p99, p99.9, max.

    The first and the last window are left out, since the recording may begin or end inside them; windows with fewer
    than ten of their kind are not told.
    """
    rows = []
    for window_s in PEAK_WINDOWS_S:
        _, counts = arrivals.dense(round(window_s / arrivals.window_s))
        whole = counts[1:-1]
        ratios = peak_to_mean(whole)
        if len(whole) >= 10 and ratios:
            rows.append([window_s, len(whole), *ratios.values()])
    return pd.DataFrame(rows, columns=["window_s", "windows", "p50", "p90", "p95", "p99", "p99.9", "max"])


def dispersion(counts: Floats, per_hour: int) -> float:
    """Variance over mean of counts in equal windows: 1 for Poisson arrivals.

    Inside each whole hour and then averaged by its mean, so that the course of the day is no burst; over all windows
    when there are less than two whole hours.
    """
    hours = len(counts) // per_hour
    blocks = counts[: hours * per_hour].reshape(hours, per_hour) if hours >= 2 else counts[None, :]
    total = blocks.mean(axis=1).sum() if blocks.size else 0.0
    return float(blocks.var(axis=1).sum() / total) if total > 0 else float("nan")


def busy_slots(starts: WindowCounts, ends: WindowCounts) -> Floats:
    """Requests in progress at the end of each window: all that have started less all that have ended."""
    first, started = starts.dense()
    if not len(started):
        return np.zeros(0)
    last_index, last_count = ends.sparse()
    ended = np.zeros(len(started))
    inside = last_index < first + len(started)
    np.add.at(ended, np.maximum(last_index[inside] - first, 0), last_count[inside])
    return np.asarray(np.cumsum(started - ended))


def burst_z(starts: WindowCounts, ends: WindowCounts) -> float:
    """Variance over mean of busy slots, the z of staffing rule R + beta * sqrt(z * R) (demand reference, 3.3).

    The time in which the system fills, the longest request or a tenth of the recording, is left out.
    """
    busy = busy_slots(starts, ends)
    warm = busy[len(busy) // 10 :]
    return dispersion(warm, round(_HOUR_S / starts.window_s))
