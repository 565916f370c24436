"""Weekly traffic shapes out of rates by window, recording holes masked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

HOUR_S = 3_600
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
WINDOW_S = 600.0  # demand reference, section 3.2: peaks are taken over ten minutes
WINDOW_QUANTILE = 0.95  # window_peak: p95 of the ten-minute windows of the hour over the hour's mean
# A run of empty windows is a hole of the recording when it lasts an hour and the mean rate would have brought this
# many requests (assumed: a night at a fiftieth of the mean would still have brought four).
HOLE_REQUESTS, HOLE_WINDOWS = 200.0, 6
MONDAY_EPOCH_DAYS = 4  # 1970-01-05 was a Monday


def hour_shape(windows: pd.DataFrame) -> pd.DataFrame:
    """Weights and window peaks of the 168 hours of the week.

    Formula, for every hour of the week h, with the weeks k that have an unmasked window in it::

        weight[h]      = mean over k of (mean rate of hour h in week k) / mean of the same over all h
        window_peak[h] = max(1, p95 of (rate of the windows in h, all weeks) / their mean)

    Parameters
    ----------
    windows : windows of one length, in the order of time
        t_s [s from the start, which is taken as Monday 00, or local seconds since a Monday 00], rate_rps [requests/s],
        is_gap [1 = hole]. A series of less than a week counts as one day that is the same on all seven.

    Returns
    -------
    hour_of_week, weight [ratio, mean 1], window_peak [ratio, at least 1]; 168 rows

    Raises
    ------
    ValueError
        An hour of the week has no unmasked window.
    """
    seen = windows[windows["is_gap"] == 0]
    hour = seen["t_s"] // HOUR_S
    first_hour, last_hour = int(windows["t_s"].min() // HOUR_S), int(windows["t_s"].max() // HOUR_S)
    cycle_hours = HOURS_PER_WEEK if last_hour - first_hour + 1 >= HOURS_PER_WEEK else HOURS_PER_DAY
    hourly = seen["rate_rps"].groupby([hour % cycle_hours, hour // cycle_hours]).mean()
    level = hourly.groupby(level=0).mean()
    if len(level) != cycle_hours:
        raise ValueError(f"{cycle_hours - len(level)} hours of the cycle have no unmasked window")
    in_hour = seen["rate_rps"].groupby(hour % cycle_hours)
    mean = in_hour.mean()
    peak = (in_hour.quantile(WINDOW_QUANTILE) / mean.where(mean > 0)).fillna(1.0).clip(lower=1.0)
    hours_of_week = pd.RangeIndex(HOURS_PER_WEEK)
    return pd.DataFrame(
        {
            "hour_of_week": hours_of_week,
            "weight": (level / level.mean()).to_numpy()[hours_of_week % cycle_hours],
            "window_peak": peak.to_numpy()[hours_of_week % cycle_hours],
        }
    )


def local_week_seconds(times_s: npt.NDArray[np.float64], zone: ZoneInfo) -> npt.NDArray[np.float64]:
    """Seconds on the local clock since a Monday 00:00, for times in seconds since 1970 (UTC)."""
    stamps = (
        pd.DatetimeIndex(np.asarray(times_s * 1e3, dtype="datetime64[ms]"))
        .tz_localize("UTC")
        .tz_convert(zone)
    )
    local = stamps.tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64) / 1e3
    return np.asarray(local - MONDAY_EPOCH_DAYS * HOURS_PER_DAY * HOUR_S, dtype=float)


def holes(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Windows that lie in a hole of the recording: empty for an hour or more while the mean would have brought many.

    Examples
    --------
    >>> holes(np.array([50.0] * 6 + [0.0] * 6 + [50.0] * 6)).sum()
    np.int64(6)
    """
    mask = np.zeros(len(counts), dtype=bool)
    least = max(
        HOLE_WINDOWS, int(np.ceil(HOLE_REQUESTS / counts.mean())) if counts.sum() else len(counts) + 1
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (counts == 0).astype(int), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start >= least:
            mask[start:end] = True
    return mask
