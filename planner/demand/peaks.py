"""How far the load a slice of the week is sized for stands above the mean of the week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.slices import local_hours, slice_hours

WEEK = "week"  # the one slice of a case that names none
HOURS_PER_WEEK = 168


def slice_table(slices: pd.DataFrame) -> pd.DataFrame:
    """The slices in the order of the week: slice, days, from_hour, to_hour, share (of the week).

    Parameters
    ----------
    slices : slice, days, from_hour, to_hour; without rows the whole week is one slice
    """
    columns = ["slice", "days", "from_hour", "to_hour"]
    if slices.empty:
        return pd.DataFrame([(WEEK, "all", 0, 24, 1.0)], columns=[*columns, "share"])
    table = slices[columns].sort_values(["days", "from_hour"], ignore_index=True)
    return table.assign(share=[len(hours) / HOURS_PER_WEEK for hours in _hours(table).values()])


def _hours(slices: pd.DataFrame) -> dict[str, list[int]]:
    """Hours of the week of every slice, in the reference time zone."""
    rows = slices[["slice", "days", "from_hour", "to_hour"]].itertuples(index=False)
    return {name: slice_hours(days, int(first), int(last)) for name, days, first, last in rows}


def slice_loads(
    workloads: pd.DataFrame, shapes: pd.DataFrame, slices: pd.DataFrame, shifts: dict[str, int]
) -> pd.DataFrame:
    """Mean and peak load of every slice over the mean of the week, by workload and region.

    Formulas, over the hours of the slice in the local time of the region::

        mean = mean of weight
        peak = max(mean, min(quantile of weight * window_peak, the same quantile over the whole week))

    so that no slice is sized above what the week asks for, and the busiest one is sized as a week without slices.
    Work that may wait is sized at its mean; work without a shape is flat.

    Parameters
    ----------
    workloads : workload, traffic_shape (None: flat), peak_quantile [share], deferrable
    shapes : shape, weight, window_peak [ratio], 168 rows per shape in the order of the week
    slices : of `slice_table`
    shifts : region -> hours its local time is ahead of the reference time

    Returns
    -------
    workload, region, slice, mean_ratio, peak_ratio, week_peak (the ratio of the whole week)

    Examples
    --------
    >>> shapes = pd.DataFrame({"shape": "s", "weight": [0.5] * 84 + [1.5] * 84, "window_peak": 1.2})
    >>> work = {"workload": "w", "traffic_shape": "s", "peak_quantile": 0.99, "deferrable": False}
    >>> week = slice_table(pd.DataFrame(columns=["slice", "days", "from_hour", "to_hour"]))
    >>> slice_loads(pd.DataFrame([work]), shapes, week, {"r": 0})["peak_ratio"].round(6).to_list()
    [1.8]
    """
    by_shape = {
        shape: (rows["weight"].to_numpy(float), (rows["weight"] * rows["window_peak"]).to_numpy(float))
        for shape, rows in shapes.groupby("shape")
    }
    flat = np.ones(HOURS_PER_WEEK), np.ones(HOURS_PER_WEEK)
    spans = _hours(slices)
    rows = []
    for workload, shape, quantile, waits in workloads[
        ["workload", "traffic_shape", "peak_quantile", "deferrable"]
    ].itertuples(index=False):
        mean, busy = by_shape.get(shape, flat)
        week = mean.mean() if waits else max(1.0, float(np.quantile(busy, quantile)))
        for region, shift in shifts.items():
            for name, hours in spans.items():
                at = local_hours(hours, shift)
                low, high = _mean_and_peak(mean, busy, at, quantile, week)
                rows.append((workload, region, name, low, low if waits else high, week))
    columns = ["workload", "region", "slice", "mean_ratio", "peak_ratio", "week_peak"]
    return pd.DataFrame(rows, columns=columns)


def _mean_and_peak(
    mean: npt.NDArray[np.float64],
    busy: npt.NDArray[np.float64],
    at: Sequence[int],
    quantile: float,
    week: float,
) -> tuple[float, float]:
    if len(at) == HOURS_PER_WEEK:
        return 1.0, week  # weights have the mean 1
    low = float(mean[at].mean())
    return low, max(low, min(float(np.quantile(busy[at], quantile)), week))
