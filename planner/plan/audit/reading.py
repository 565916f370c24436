"""Takes the tables in: are they all there, with every column, filled, finite, one row per key?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.spec import Wanted

SHOWN_PER_COLUMN = 20
READING_RULES = ("tables", "cells", "one_row_per_key")


def read_tables(
    frames: Mapping[str, pd.DataFrame], specs: Mapping[str, Wanted], absent_ok: tuple[str, ...] = ()
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Tables with plain types (text as objects with None, numbers as floats), and what is wrong with them.

    ``absent_ok`` names tables that may be missing; an optional one that is missing comes out empty.
    """
    tables: dict[str, pd.DataFrame] = {}
    found: list[Finding] = []
    for name, wanted in specs.items():
        if name not in frames:
            if wanted.optional:
                tables[name] = _empty(wanted)
            elif name not in absent_ok:
                found.append(finding("tables", name, "no such table", "the table"))
            continue
        columns = (*wanted.text, *wanted.numbers, *wanted.flags)
        missing = [column for column in columns if column not in frames[name].columns]
        if missing:
            found += [
                finding("tables", f"{name}.{column}", "no such column", "the column") for column in missing
            ]
            continue
        tables[name], faults = _typed(name, frames[name], wanted)
        found += faults
    return tables, found


def _empty(wanted: Wanted) -> pd.DataFrame:
    types = {**dict.fromkeys(wanted.text, "object"), **dict.fromkeys(wanted.numbers, "float64")}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})


def _typed(name: str, frame: pd.DataFrame, wanted: Wanted) -> tuple[pd.DataFrame, list[Finding]]:
    columns: dict[str, np.ndarray] = {}
    found = []
    for column in (*wanted.text, *wanted.numbers, *wanted.flags):
        raw = np.asarray(frame[column], dtype=object)
        absent = np.asarray(pd.isna(raw), dtype=bool) | (raw == "")
        if column in wanted.text:
            columns[column] = raw.copy()
            columns[column][absent] = None
            bad = np.zeros(len(raw), dtype=bool)
        elif column in wanted.numbers:
            columns[column] = _numbers(frame[column])
            bad = ~absent & ~np.isfinite(columns[column])
        else:
            columns[column] = np.array([bool(cell) for cell in raw], dtype=bool)
            bad = ~absent & ~np.isin(raw, [True, False])
        bad = bad if column in wanted.blank else bad | absent
        for at in np.flatnonzero(bad)[:SHOWN_PER_COLUMN]:
            place = f"{name}.{column}, row {int(at) + 1}"
            found.append(finding("cells", place, repr(raw[at]), "a value of its kind, finite"))
    table = pd.DataFrame({column: pd.Series(cells, dtype=_dtype(cells)) for column, cells in columns.items()})
    if name in ("settings", "periods") and table.empty:
        found.append(finding("tables", name, "no rows", "at least one"))
    repeated = table.duplicated(list(wanted.key), keep="first") if wanted.key else table.index > 0
    for row in table[repeated].head(20).itertuples():
        key = ",".join(str(getattr(row, column)) for column in wanted.key)
        found.append(finding("one_row_per_key", f"{name},{key}", "a second row of this key", "one row"))
    return table, found


def _numbers(column: pd.Series) -> np.ndarray:
    """Cells as floats, NaN where they are none."""
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column, dtype=float)
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=float)


def _dtype(cells: np.ndarray) -> str:
    return "object" if cells.dtype == object else str(cells.dtype)
