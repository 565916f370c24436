"""Reads what really happened: a folder with deliveries, paid_prices and served, checked against what a run knows."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import InputError, UnreachableError
from planner.inputs.declarations.actuals import ACTUALS_TABLES
from planner.inputs.draft import Draft
from planner.inputs.files import FileHash
from planner.inputs.folder import TABULAR
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.problems import Ledger, Place
from planner.inputs.rows import Row, Source, rows_of
from planner.inputs.table_reader import raw_of
from planner.tables import Table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ActualTables:
    """Tables by name, every column declared in `ACTUALS_TABLES`; those that were not there are empty."""

    tables: Mapping[str, pd.DataFrame]
    sources: tuple[FileHash, ...]


def read_actuals(folder: Path | str, known: Mapping[str, Collection[str]]) -> ActualTables:
    """Read the folder.

    Parameters
    ----------
    known : ids by what a column refers to: ``offers``, ``sites``, ``workloads``

    Raises
    ------
    UnreachableError : there is no such folder
    InputError : with every problem of every file
    """
    from planner.inputs.frames import frame_of

    place, ledger = Path(folder), Ledger()
    draft = Draft(str(place), ledger)
    files = _files(place, ledger)
    frames = {}
    for table in ACTUALS_TABLES:
        rows = _rows(table, files[table.name], draft) if table.name in files else []
        _check(table, rows, known, ledger)
        frames[table.name] = rows
    if not files:
        names = listing([f"{table.name}.csv" for table in ACTUALS_TABLES])
        ledger.error(Place(str(place)), "no actuals", f"any of {names}")
    if errors := ledger.sorted_errors():
        raise InputError(errors)
    tables = {
        table.name: frame_of(
            table, [tuple(row.values[name] for name in table.names) for row in frames[table.name]]
        )
        for table in ACTUALS_TABLES
    }
    return ActualTables(tables, tuple(sorted(draft.hashes)))


def _files(folder: Path, ledger: Ledger) -> dict[str, Path]:
    """File of each table; what is no table is noted, except hidden files and texts."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise UnreachableError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    tables = [table.name for table in ACTUALS_TABLES]
    found: dict[str, Path] = {}
    for name in names:
        path = folder / name
        if name.startswith(".") or path.suffix.lower() in (".md", ".txt", ".json"):
            continue
        if path.stem not in tables or path.suffix.lower() not in TABULAR:
            expected = f"{', '.join(tables)} as CSV, Excel or Parquet"
            ledger.error(Place(str(path)), "no table of actuals", expected, nearest_mend(path.stem, tables))
        elif path.stem in found:
            ledger.error(
                Place(str(path)), f"also {found[path.stem].name}", "each table in one file", "Keep one."
            )
        else:
            found[path.stem] = path
    return found


def _rows(table: Table, path: Path, draft: Draft) -> list[Row]:
    raw = raw_of(path, table, draft)
    return [] if raw is None else rows_of(table, raw, Source(str(path), draft.ledger, 1))


def _check(table: Table, rows: list[Row], known: Mapping[str, Collection[str]], ledger: Ledger) -> None:
    """Ids that the run knows, and no row twice."""
    seen: dict[tuple[str, ...], str] = {}
    for row in rows:
        for column in table.columns:
            value = row.text(column.name)
            if column.refers and row.ok(column.name) and value not in known[column.refers]:
                found = f"'{value}' is not in the run"
                mend = nearest_mend(value, known[column.refers])
                ledger.error(row.at(column.name), found, f"one of its {column.refers}", mend)
        if row.ok(*table.key):
            key = tuple(row.text(name) for name in table.key)
            if key in seen:
                shown = " ".join(key)
                ledger.error(row.in_row(table.key[0]), f"'{shown}' again; first in {seen[key]}", "each once")
            seen.setdefault(key, row.where)
