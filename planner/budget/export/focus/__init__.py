"""Budgets as FOCUS Cost and Usage rows, marked as forecast, checked before they are written."""

from __future__ import annotations

from planner.budget.budget import Budget
from planner.budget.export.columnar import parquet_of
from planner.budget.export.focus.check import focus_faults
from planner.budget.export.focus.columns import VERSIONS
from planner.budget.export.focus.currencies import CURRENCIES
from planner.budget.export.focus.rows import focus_table
from planner.budget.export.text import csv_of
from planner.errors import AuditError, InputError, Problem

__all__ = ["VERSIONS", "focus_bytes", "focus_faults", "focus_table"]


def focus_bytes(
    budget: Budget, version: str, *, parquet: bool = False, raw: bool = False, bom: bool = False
) -> bytes:
    """The file of a version, CSV unless Parquet is asked for.

    Raises
    ------
    InputError : the currency is no code of ISO 4217
    AuditError : our own checker finds a fault; nothing is returned
    """
    if budget.run.currency not in CURRENCIES:
        expected = "a code of ISO 4217, such as CNY (RMB is none)"
        raise InputError([Problem(budget.run.case, "", "currency", f"'{budget.run.currency}'", expected)])
    table = focus_table(budget, version)
    if faults := focus_faults(table, version):
        raise AuditError(f"The rows are not FOCUS {version}: {'; '.join(faults)}.")
    return parquet_of(table) if parquet else csv_of(table, raw=raw, bom=bom)
