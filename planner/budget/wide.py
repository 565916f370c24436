"""Budget lines with a column per fiscal period, what people paste and most tools map."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from planner.budget.money import ZERO, total

KEYS = (
    "legal_entity",
    "cost_centre",
    "gl_account",
    "budget",
    "line_type",
    "basis",
    "fiscal_year",
    "currency",
)


def wide(lines: pd.DataFrame, basis: str, fiscal_year: int, periods: int) -> pd.DataFrame:
    """Net amounts of one basis and fiscal year: key columns, P01..., total; rows of zeros (VAT alone) are left out.

    One basis only, since cash and accrual must never be added up.
    """
    here = lines[(lines["basis"] == basis) & (lines["fiscal_year"] == fiscal_year)]
    amounts: dict[tuple[object, ...], list[Decimal]] = {}
    columns = [here[name].tolist() for name in (*KEYS, "fiscal_period", "amount_net")]
    for *key, period, amount in zip(*columns, strict=True):
        row = amounts.setdefault(tuple(key), [ZERO] * periods)
        row[int(period) - 1] += amount
    names = [*KEYS, *(f"P{period:02d}" for period in range(1, periods + 1)), "total"]
    order = sorted(amounts.items(), key=lambda item: tuple(map(str, item[0])))
    return pd.DataFrame([(*key, *row, total(row)) for key, row in order if any(row)], columns=names)


def years(lines: pd.DataFrame) -> list[int]:
    """Fiscal years of the lines, in order."""
    return sorted(int(year) for year in lines["fiscal_year"].unique())
