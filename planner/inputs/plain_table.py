"""One declared table from a file of its own, outside a case folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import InputError
from planner.inputs.draft import Draft
from planner.inputs.frames import frame_of
from planner.inputs.problems import Ledger, Place
from planner.inputs.rows import Row, Source, rows_of
from planner.inputs.table_reader import raw_of
from planner.tables import Table

if TYPE_CHECKING:
    import pandas as pd


def read_plain_table(table: Table, path: Path, period_months: int = 1) -> pd.DataFrame:
    """Rows of a CSV, Excel or Parquet file in the columns of ``table``, blanks filled with declared defaults.

    Parameters
    ----------
    period_months : 1 where months are wanted, 3 for quarters, 0 for either

    Raises
    ------
    InputError : every fault of the file, a key twice and a file without rows among them
    """
    ledger = Ledger()
    draft = Draft(str(path), ledger)
    raw = raw_of(path, table, draft)
    rows = [] if raw is None else rows_of(table, raw, Source(str(path), ledger, period_months))
    _check_keys(table, rows, draft)
    if not rows and not ledger.errors:
        ledger.error(Place(str(path)), "no rows", f"at least one row of {table.name}")
    if ledger.errors:
        raise InputError(ledger.sorted_errors())
    return frame_of(table, [tuple(row.values[name] for name in table.names) for row in rows])


def _check_keys(table: Table, rows: list[Row], draft: Draft) -> None:
    """No key twice."""
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        if not row.ok(*table.key):
            continue
        key = tuple(row.text(name) for name in table.key)
        if key in seen:
            found = f"{', '.join(part for part in key if part)} again, after {seen[key]}"
            draft.ledger.error(
                row.in_row(table.key[0]), found, f"each {' and '.join(table.key)} once", "Remove one."
            )
        seen.setdefault(key, row.where)
