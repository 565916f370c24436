"""Quantiles of a forecast, for the band of a look."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.demand.forecast.forecast import VOLUME
from planner.demand.forecast.given import QUANTILES
from planner.inputs.plain_table import read_plain_table
from planner.tables import Column, Table

OUTCOME = Table(
    "demand_quantiles",
    "quantiles of a forecast",
    ("period", "region", "workload", "metric"),
    (Column("metric", "text", "what the quantiles are of", default=VOLUME), *QUANTILES.columns),
)


def volume_quantiles(path: Path) -> pd.DataFrame:
    """period, region, workload, p10, p50, p90 of the volume, as `capplan forecast` writes them.

    Raises
    ------
    UnreachableError, InputError : the file is not there or holds something else
    """
    table = read_plain_table(OUTCOME, path, 0)
    return table[table["metric"] == VOLUME]
