"""A frame as aligned text, numbers to the right."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planner.plan.grid import cells_wide, to_left, to_right


def shown(value: Any) -> str:
    """A value as a person reads it: five significant digits, nothing for what is absent."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.5g}"
    return str(value)


def text_table(table: pd.DataFrame) -> str:
    """Header, rows; every column as wide as its longest cell."""
    cells = [list(table.columns), *([shown(value) for value in row] for row in table.itertuples(index=False))]
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    widths = [max(cells_wide(row[at]) for row in cells) for at in range(len(numeric))]
    lines = (
        "  ".join(
            to_right(cell, width) if number else to_left(cell, width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    )
    return "\n".join(lines)
