"""Takes the tables in: are they all there, with every column, filled, finite, one row per key?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import joined
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
    columns: dict[str, pd.Series] = {}
    found = []
    for column in (*wanted.text, *wanted.numbers, *wanted.flags):
        read = _numbers if column in wanted.numbers else _flags if column in wanted.flags else _texts
        cells, absent, bad = read(frame[column])
        columns[column] = pd.Series(cells, dtype="object" if cells.dtype == object else None)
        bad = bad if column in wanted.blank else bad | absent
        for at in np.flatnonzero(bad)[:SHOWN_PER_COLUMN]:
            place, shown = f"{name}.{column}, row {int(at) + 1}", repr(frame[column].iloc[at])
            found.append(finding("cells", place, shown, "a value of its kind, finite"))
    table = pd.DataFrame(columns)
    if name in ("settings", "periods") and table.empty:
        found.append(finding("tables", name, "no rows", "at least one"))
    if wanted.key:
        keys = list(zip(*(table[column].to_list() for column in wanted.key), strict=True))
        twice = sorted({joined(key) for key, count in Counter(keys).items() if count > 1})[:SHOWN_PER_COLUMN]
        found += [
            finding("one_row_per_key", f"{name},{key}", "several rows of this key", "one row")
            for key in twice
        ]
    elif len(table) > 1:
        found.append(finding("one_row_per_key", name, f"{len(table)} rows", "one row"))
    return table, found


Cells = tuple[np.ndarray, np.ndarray, np.ndarray]  # cells, which are absent, which are wrong


def _texts(column: pd.Series) -> Cells:
    """Text as objects, None where absent."""
    cells = np.array(column, dtype=object)
    absent = np.asarray(pd.isna(cells), dtype=bool) | (cells == "")
    cells[absent] = None
    return cells, absent, np.zeros(len(cells), dtype=bool)


def _numbers(column: pd.Series) -> Cells:
    """Numbers as floats, NaN where absent or wrong."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        cells = np.asarray(column, dtype=float)
        return cells, np.isnan(cells), np.isinf(cells)
    cells = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=float)
    absent = np.asarray(pd.isna(column), dtype=bool) | (np.asarray(column, dtype=object) == "")
    return cells, absent, ~absent & ~np.isfinite(cells)


def _flags(column: pd.Series) -> Cells:
    """True and false."""
    raw = column.to_list()
    wrong = np.array([not isinstance(cell, (bool, np.bool_)) for cell in raw], dtype=bool)
    return np.array([bool(cell) for cell in raw], dtype=bool), np.zeros(len(raw), dtype=bool), wrong
