"""Quantiles of a forecast, for the band of a look."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.demand.forecast.given import QUANTILES
from planner.inputs.plain_table import read_plain_table

VOLUME = "volume_per_day"  # the metric that is the volume, as the forecast writes it


def volume_quantiles(path: Path) -> pd.DataFrame:
    """period, region, workload, p10, p50, p90 of the volume, as `capplan forecast` writes them.

    Raises
    ------
    UnreachableError, InputError : the file is not there or holds something else
    """
    table = read_plain_table(QUANTILES, path, 0)
    return table[table["metric"] == VOLUME]
