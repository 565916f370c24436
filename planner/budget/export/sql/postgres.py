"""Loads budgets into PostgreSQL: COPY, one transaction each, the same budget again replaces itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from planner.budget.budget import Budget
from planner.budget.export.sql.schema import BUDGET_KEY, SCHEMA_VERSION, Filled, filled_tables, statements
from planner.errors import UnreachableError

SCHEMA = "capplan"
MAKING_LOCK = 0x63617070  # "capp": who makes the tables, alone


def load_postgres(address: str, budgets: Sequence[Budget]) -> int:
    """Load budgets into schema ``capplan`` of a database; returns the rows written.

    A password comes best from PGPASSWORD or a password file; in an address it is shown to other users of the machine.

    Raises
    ------
    UnreachableError : psycopg is not installed, the server cannot be reached, or refuses
    """
    try:
        import psycopg
    except ImportError as error:
        raise UnreachableError("PostgreSQL needs psycopg: install capplan[postgres].") from error
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            rows = 0
            for budget in budgets:
                with connection.transaction():
                    rows += _load(connection, filled_tables(budget), address)
            return rows
    except psycopg.Error as error:
        told = " ".join(str(error).split())
        raise UnreachableError(f"{shown(address)} cannot be written: {told}.") from error


def shown(address: str) -> str:
    """The address without a password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", re.sub(r"password=\S+", "password=***", address))


def _load(connection: Any, tables: Sequence[Filled], address: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING_LOCK,))
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        cursor.execute(f"SET LOCAL search_path TO {SCHEMA}")
        cursor.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.capplan_schema",))
        if cursor.fetchone()[0] is None:
            for statement in statements(tables, "postgresql"):
                cursor.execute(statement)
            cursor.execute("INSERT INTO capplan_schema VALUES (%s)", (SCHEMA_VERSION,))
        cursor.execute("SELECT version FROM capplan_schema")
        found = [row[0] for row in cursor.fetchall()]
        if found != [SCHEMA_VERSION]:
            raise UnreachableError(
                f"{shown(address)} holds tables of version {found}; expected {SCHEMA_VERSION}."
            )
        own = tables[0].rows[0][: len(BUDGET_KEY)]
        where = " AND ".join(f"{name} = %s" for name in BUDGET_KEY)
        cursor.execute(f"DELETE FROM budget WHERE {where}", own)
        for table in tables:
            with cursor.copy(f"COPY {table.name} ({', '.join(table.names)}) FROM STDIN") as copy:
                for row in table.rows:
                    copy.write_row(row)
    return sum(len(table.rows) for table in tables)
