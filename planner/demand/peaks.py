"""How far the hour the fleet is sized for stands above the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd


def peak_to_mean(workloads: pd.DataFrame, shapes: pd.DataFrame) -> pd.Series[float]:
    """Load at the workload's quantile of the week over the mean load, at least 1.

    Formula: the ``peak_quantile`` of ``weight * window_peak`` over the 168 hours of the shape (linear between
    hours). Work that may wait is sized at its mean, and so is work without a shape.

    Parameters
    ----------
    workloads : workload, traffic_shape (None: flat), peak_quantile [share], deferrable
    shapes : shape, weight, window_peak [ratio], 168 rows per shape

    Returns
    -------
    series of ratios, indexed by workload

    Examples
    --------
    >>> shapes = pd.DataFrame({"shape": "s", "weight": [0.5] * 84 + [1.5] * 84, "window_peak": 1.2})
    >>> work = {"workload": "w", "traffic_shape": "s", "peak_quantile": 0.99, "deferrable": False}
    >>> float(peak_to_mean(pd.DataFrame([work]), shapes)["w"].round(6))
    1.8
    """
    load = shapes["weight"] * shapes["window_peak"]
    flat = workloads["deferrable"].astype(bool) | workloads["traffic_shape"].isna()
    ratios = pd.Series(1.0, index=workloads["workload"].to_list(), name="peak_to_mean")
    sized = workloads.loc[~flat, ["workload", "traffic_shape", "peak_quantile"]]
    for workload, shape, quantile in sized.to_numpy():
        ratios[workload] = max(1.0, float(np.quantile(load[shapes["shape"] == shape], quantile)))
    return ratios
