"""Budgets in a database: SQLite by file, PostgreSQL by address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from planner.budget.budget import Budget
from planner.budget.export.sql.postgres import load_postgres, shown
from planner.budget.export.sql.sqlite import load_sqlite

__all__ = ["load"]
POSTGRES = ("postgresql://", "postgres://")


def load(target: str, budgets: Sequence[Budget]) -> tuple[str, int]:
    """Load budgets; returns the target as it may be shown, and the rows written.

    Parameters
    ----------
    target : ``postgresql://...``, or the path of an SQLite file
    """
    if target.startswith(POSTGRES):
        return shown(target), load_postgres(target, budgets)
    return target, load_sqlite(Path(target), budgets)
