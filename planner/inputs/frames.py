"""Typed rows as a pandas table; pandas is imported here and only here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.tables import Column, Required, Table, Value


def dtype_of(column: Column) -> str:
    """Type of the column in a frame: whole numbers that may be absent are floats."""
    if column.kind in ("number", "share"):
        return "float64"
    if column.kind == "whole":
        may_be_absent = not isinstance(column.default, Required) and column.default is None
        return "float64" if may_be_absent else "int64"
    return "bool" if column.kind == "flag" else "object"


def frame_of(table: Table, rows: Sequence[tuple[Value, ...]]) -> pd.DataFrame:
    """Rows, each in the order of the declared columns, as a frame."""
    data: dict[str, Any] = {}
    for at, column in enumerate(table.columns):
        values = [row[at] for row in rows]
        dtype = dtype_of(column)
        data[column.name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(data, columns=list(table.names))
