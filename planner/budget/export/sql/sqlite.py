"""Loads budgets into an SQLite file: one transaction each, the same budget again replaces itself."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from planner.budget.budget import Budget
from planner.budget.export.sql.schema import BUDGET_KEY, SCHEMA_VERSION, Filled, filled_tables, statements
from planner.errors import UnreachableError

WAIT_S = 120.0  # assumed: how long a writer waits for the others


def load_sqlite(path: Path, budgets: Sequence[Budget]) -> int:
    """Load budgets into a file, made where it is not there; returns the rows written.

    Raises
    ------
    UnreachableError : the file is no SQLite database, is of another version, or cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            return sum(_load(connection, filled_tables(budget), path) for budget in budgets)
    except (sqlite3.Error, OSError) as error:
        raise UnreachableError(f"{path} cannot be written as a database: {error}.") from error


def _load(connection: sqlite3.Connection, tables: Sequence[Filled], path: Path) -> int:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(tables, "sqlite"):
            connection.execute(statement)
        found = [row[0] for row in connection.execute("SELECT version FROM capplan_schema")]
        if found not in ([], [SCHEMA_VERSION]):
            raise UnreachableError(f"{path} holds tables of version {found[0]}; expected {SCHEMA_VERSION}.")
        connection.execute("INSERT OR IGNORE INTO capplan_schema VALUES (?)", (SCHEMA_VERSION,))
        own = tables[0].rows[0][: len(BUDGET_KEY)]
        where = " AND ".join(f"{name} = ?" for name in BUDGET_KEY)
        connection.execute(f"DELETE FROM budget WHERE {where}", own)
        for table in tables:
            marks = ", ".join("?" for _ in table.columns)
            connection.executemany(
                f"INSERT INTO {table.name} ({', '.join(table.names)}) VALUES ({marks})", table.rows
            )
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # it did not come to its end
            connection.execute("ROLLBACK")
    return sum(len(table.rows) for table in tables)
