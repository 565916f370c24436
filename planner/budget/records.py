"""The records of a budget as tables, months as labels; what every export is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from planner.budget.assets import Asset, BookMonth
from planner.budget.budget import Budget
from planner.budget.fiscal import month_label
from planner.budget.payments import Balance, Payment
from planner.budget.purchases import Purchase

MONTHS = frozenset(("ordered", "put_into_use", "month", "starts", "disposed"))


def tables_of(budget: Budget) -> dict[str, pd.DataFrame]:
    """Every table of a budget, by name."""
    return {
        "budget_lines": budget.lines,
        "purchases": frame_of(Purchase, budget.purchases, ("cost", "vat_back")),
        "payments": frame_of(Payment, budget.payments, ("net", "gross")),
        "balances": frame_of(Balance, budget.balances),
        "assets": frame_of(Asset, budget.assets),
        "depreciation": frame_of(BookMonth, budget.months),
        "bridge": budget.bridge,
        "checks": budget.checks,
    }


def frame_of(kind: type[Any], records: Iterable[Any], also: Sequence[str] = ()) -> pd.DataFrame:
    """Records of a dataclass as a table; ``also`` names properties that follow its fields."""
    names = [*(field.name for field in fields(kind)), *also]
    rows = [[_value(name, getattr(record, name)) for name in names] for record in records]
    return pd.DataFrame(rows, columns=names, dtype=object)


def _value(name: str, value: Any) -> Any:
    if name in MONTHS and value is not None:
        return month_label(value)
    return float(value) if isinstance(value, Fraction) else value


def is_money(column: pd.Series) -> bool:
    """Whether a column holds decimals."""
    return any(isinstance(value, Decimal) for value in column)
