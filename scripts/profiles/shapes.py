"""The traffic shapes of the catalogue: measured and assumed ones in one table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from profiles.assumed_shapes import assumed_shapes
from profiles.measured_shapes import measured_shapes

COLUMNS = ["shape", "hour_of_week", "weight", "window_peak", "source"]
WEIGHT_DIGITS = 10
PEAK_DIGITS = 6


def traffic_shapes(folder: Path) -> pd.DataFrame:
    """All shapes, 168 rows each, sorted by shape and hour.

    Weights are rounded to 10 digits; the largest takes up what rounding left over, so the mean stays 1.
    """
    tables = [_rounded(table) for table in [*measured_shapes(folder), *assumed_shapes(folder)]]
    return pd.concat(tables)[COLUMNS].sort_values(["shape", "hour_of_week"], ignore_index=True)


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    table = table.reset_index(drop=True)
    table["weight"] = table["weight"].round(WEIGHT_DIGITS)
    table["window_peak"] = table["window_peak"].round(PEAK_DIGITS)
    largest = table["weight"].idxmax()
    rest = table["weight"].drop(largest).sum()
    table.loc[largest, "weight"] = round(len(table) - rest, WEIGHT_DIGITS)
    return table
