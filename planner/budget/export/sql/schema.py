"""The tables of the database, the same in SQLite and PostgreSQL: money in whole cents, so that sums are exact.

Every table's key begins with run_id, version and scenario: a budget of a run. Views named ``<table>_amounts`` show
cents as amounts. Columns come from the records of `planner.budget.records.tables_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

from planner.budget.budget import Budget
from planner.budget.money import cents
from planner.budget.records import tables_of

SCHEMA_VERSION = 1
BUDGET_KEY = ("run_id", "version", "scenario")
Kind = Literal["text", "integer", "cents", "real"]
_TYPES: dict[str, dict[Kind, str]] = {
    "sqlite": {"text": "TEXT", "integer": "INTEGER", "cents": "INTEGER", "real": "REAL"},
    "postgresql": {"text": "TEXT", "integer": "BIGINT", "cents": "BIGINT", "real": "DOUBLE PRECISION"},
}
_INTEGERS = frozenset(("line_number", "fiscal_year", "fiscal_period", "quantity", "servers", "cards", "life_months",
                       "book_life_months", "tax_life_months", "vat_recoverable", "opening_asset"))  # fmt: skip
_REALS = frozenset(("vat_share", "gap", "discount_rate"))
_CENTS = frozenset((
    "amount_net", "vat_amount", "amount_gross", "price", "freight", "duty", "vat", "vat_in_cost", "vat_back", "cost",
    "net", "gross", "fx_difference", "residual", "proceeds", "opening", "additions", "depreciation", "disposals",
    "closing", "prepayments", "construction", "payable", "plan_discounted", "discounting", "plan_undiscounted",
    "notional", "budget_cash", "budget_accrual", "difference", "left_side", "right_side", "quote_price_per_card",
))  # fmt: skip
_RENAMED = {
    "left": "left_side",
    "right": "right_side",
    "order": "order_id",
    "check": "check_name",
}  # words of SQL
# name of the table, name of the records, what keys a row within its budget
_TABLES = (
    ("budget_line", "budget_lines", ("line_number",)),
    ("purchase", "purchases", ("order_id",)),
    ("payment", "payments", ("order_id", "milestone")),
    ("balance", "balances", ("order_id", "month")),
    ("asset", "assets", ("asset",)),
    ("asset_month", "depreciation", ("asset", "book", "month")),
    ("cost_term", "bridge", ("term",)),
    ("budget_check", "checks", ("check_name",)),
)


@dataclass(frozen=True)
class Filled:
    """A table with its columns, key and rows, values as a database takes them."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    key: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name for name, _ in self.columns)


def filled_tables(budget: Budget) -> list[Filled]:
    """The budget's own row, then every table."""
    head, run = budget.finance.head, budget.run
    own = {"run_id": run.run_id, "version": head.version, "scenario": head.scenario}
    about = own | {
        "case_name": run.case, "legal_entity": head.legal_entity, "currency": run.currency, "status": run.status,
        "gap": run.gap, "discount_rate": run.discount_rate, "explanation": budget.explanation,
    }  # fmt: skip
    first = Filled(
        "budget", tuple((name, _kind(name)) for name in about), BUDGET_KEY, (tuple(about.values()),)
    )
    records = tables_of(budget)
    return [first, *(_filled(name, records[source], key, own) for name, source, key in _TABLES)]


def _filled(name: str, table: pd.DataFrame, key: tuple[str, ...], own: dict[str, str]) -> Filled:
    table = table.rename(columns=_RENAMED)
    if "opening" in table.columns and name == "asset":
        table = table.rename(columns={"opening": "opening_asset"})
    if "line_number" in key:
        table = table.assign(line_number=range(1, len(table) + 1))
    names = [str(column) for column in table.columns if column not in own]
    kinds: list[tuple[str, Kind]] = [(column, _kind(column)) for column in names]
    columns = [[_value(value, kind) for value in table[column]] for column, kind in kinds]
    rows = tuple((*own.values(), *values) for values in zip(*columns, strict=True))
    shown = [(f"{column}_cents" if kind == "cents" else column, kind) for column, kind in kinds]
    fixed: list[tuple[str, Kind]] = [(column, "text") for column in own]
    return Filled(name, (*fixed, *shown), (*BUDGET_KEY, *key), rows)


def _kind(column: str) -> Kind:
    if column in _CENTS:
        return "cents"
    return "integer" if column in _INTEGERS else "real" if column in _REALS else "text"


def _value(value: Any, kind: Kind) -> Any:
    if value is None or value is pd.NA:
        return None
    if kind == "cents":
        return cents(Decimal(value))
    if kind == "integer":
        return int(value)
    return float(value) if kind == "real" else str(value)


def statements(tables: Sequence[Filled], dialect: str) -> list[str]:
    """Statements that make the tables and views where they are not there."""
    types = _TYPES[dialect]
    made = [f"CREATE TABLE IF NOT EXISTS capplan_schema (version {types['integer']} PRIMARY KEY)"]
    for table in tables:
        columns = [
            f"{name} {types[kind]}{' NOT NULL' if name in table.key else ''}" for name, kind in table.columns
        ]
        rules = [f"PRIMARY KEY ({', '.join(table.key)})"]
        if table.name != "budget":
            own = ", ".join(BUDGET_KEY)
            rules.append(f"FOREIGN KEY ({own}) REFERENCES budget ({own}) ON DELETE CASCADE")
        made.append(f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join([*columns, *rules])})")
        if any(kind == "cents" for _, kind in table.columns):
            made.append(_view(table, dialect))
    return made


def _view(table: Filled, dialect: str) -> str:
    """A view with amounts for cents."""
    shown = [
        f"{name} / 100.0 AS {name.removesuffix('_cents')}" if kind == "cents" else name
        for name, kind in table.columns
    ]
    begin = "CREATE OR REPLACE VIEW" if dialect == "postgresql" else "CREATE VIEW IF NOT EXISTS"
    return f"{begin} {table.name}_amounts AS SELECT {', '.join(shown)} FROM {table.name}"
