"""Sheets Lines, Opex and Budget: every line, running cost by month, and the budget by fiscal period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from planner.budget.budget import Budget
from planner.budget.canonical import COLUMNS
from planner.budget.export.workbook.book import FIRST, HEADER, Book, column_name
from planner.budget.export.workbook.register import GRIDS, REGISTER, Grid
from planner.budget.fiscal import month_number
from planner.budget.money import ZERO, total
from planner.units import MONTHS_PER_YEAR

LINES, OPEX, BUDGET = "Lines", "Opex", "Budget"
KEYS = ("basis", "budget", "cost_centre", "gl_account", "line_type", "fiscal_year")


@dataclass(frozen=True)
class LinesPlace:
    """Where the columns of the lines stand."""

    rows: int

    def block(self, name: str) -> str:
        """All cells of a column."""
        letters = column_name(COLUMNS.index(name))
        return f"'{LINES}'!${letters}${FIRST + 1}:${letters}${FIRST + max(self.rows, 1)}"

    def sum_if(self, amount: str, **criteria: str) -> str:
        """Sum of an amount where columns equal the given expressions."""
        pairs = ",".join(f"{self.block(name)},{value}" for name, value in criteria.items())
        return f"SUMIFS({self.block(amount)},{pairs})"


def write_lines(book: Book, budget: Budget) -> LinesPlace:
    """Write the canonical lines as they are exported."""
    page = book.page(LINES, f"Budget lines, {budget.run.currency}", "The long table; other sheets add it up.")
    page.header(COLUMNS)
    styles = [
        "money" if "amount" in name else "count" if name in ("quantity",) else "text" for name in COLUMNS
    ]
    table = budget.lines.astype(object).where(budget.lines.notna(), None)
    plain = ("fiscal_year", "fiscal_period")
    for at, name in enumerate(COLUMNS):
        for row, value in enumerate(table[name], start=FIRST):
            page.put(row, at, int(value) if name in plain else value, styles[at])
    page.close(filtered=(FIRST + len(table) - 1, len(COLUMNS) - 1))
    return LinesPlace(len(table))


def write_opex(book: Book, budget: Budget) -> int:
    """Write running cost by month of use, without depreciation; returns the row of the total."""
    note = "Recognised in the month of use; what is paid later is on Payments and Lines."
    page = book.page(OPEX, f"Running cost, {budget.run.currency}", note)
    keys = ["line_type", "cost_centre", "site", "card_profile"]
    here = budget.lines[(budget.lines["basis"] == "accrual") & (budget.lines["budget"] == "running")]
    here = here[~here["line_type"].isin(["depreciation"])]
    months = sorted({month_number(label) for label in here["month"]})
    page.header([*(key.replace("_", " ") for key in keys), "total"])
    for at, month in enumerate(months, start=len(keys) + 1):
        page.month(HEADER, at, month, "month_header")
    sums = _sums(here, keys, "month")
    for row, (key, cells) in enumerate(sorted(sums.items()), start=FIRST):
        for at, text in enumerate(key):
            page.put(row, at, text)
        amounts = [cells.get(month, ZERO) for month in months]
        for at, amount in enumerate(amounts, start=len(keys) + 1):
            page.put(row, at, amount)
        block = f"{column_name(len(keys) + 1)}{row + 1}:{column_name(len(keys) + len(months))}{row + 1}"
        page.formula(row, len(keys), f"ROUND(SUM({block}),2)", total(amounts))
    last = FIRST + len(sums)
    page.put(last, 0, "total", "bold")
    for at in range(len(keys), len(keys) + 1 + len(months)):
        letters = column_name(at)
        only = None if at == len(keys) else months[at - len(keys) - 1]
        amount = total(
            value for cells in sums.values() for number, value in cells.items() if only in (None, number)
        )
        text = f"ROUND(SUM({letters}{FIRST + 1}:{letters}{last}),2)" if sums else "0"
        page.formula(last, at, text, amount, "total")
    page.close(len(keys) + 1)
    return last


def _sums(lines: pd.DataFrame, keys: Sequence[str], over: str) -> dict[tuple[str, ...], dict[int, Decimal]]:
    found: dict[tuple[str, ...], dict[int, Decimal]] = {}
    columns = [lines[name].tolist() for name in (*keys, over, "amount_net")]
    for *key, when, amount in zip(*columns, strict=True):
        cells = found.setdefault(tuple(map(str, key)), {})
        number = month_number(when) if over == "month" else int(when)
        cells[number] = cells.get(number, ZERO) + amount
    return found


def write_budget(book: Book, budget: Budget, lines: LinesPlace, grid: Grid) -> int:
    """Write the budget by fiscal period; returns the row of the last line.

    Cells add up Lines; with twelve periods depreciation follows the sheet Depreciation instead, so that it moves with
    the assumptions.
    """
    periods = budget.finance.head.fiscal_periods
    note = "Net of VAT that comes back. Cash and accrual are two views of the same money: never add them."
    page = book.page(BUDGET, f"Budget by fiscal period, {budget.run.currency}", note)
    page.header(
        [*(key.replace("_", " ") for key in KEYS), *(f"P{i:02d}" for i in range(1, periods + 1)), "total"]
    )
    months = _months(budget)
    sums = _sums(budget.lines, KEYS, "fiscal_period")
    kept = sorted((key, cells) for key, cells in sums.items() if any(cells.values()))
    for row, (key, cells) in enumerate(kept, start=FIRST):
        for at, text in enumerate(key):
            page.put(row, at, int(text) if KEYS[at] == "fiscal_year" else text, "text")
        for period in range(1, periods + 1):
            column = len(KEYS) + period - 1
            month = months.get((int(key[-1]), period))
            if key[0] == "accrual" and key[4] == "depreciation" and periods == MONTHS_PER_YEAR:
                text = _depreciation(row, month, grid)
            else:
                criteria = {name: f"${column_name(i)}{row + 1}" for i, name in enumerate(KEYS)}
                text = f"ROUND({lines.sum_if('amount_net', **criteria, fiscal_period=str(period))},2)"
            page.formula(row, column, text, cells.get(period, ZERO))
        block = f"{column_name(len(KEYS))}{row + 1}:{column_name(len(KEYS) + periods - 1)}{row + 1}"
        page.formula(row, len(KEYS) + periods, f"ROUND(SUM({block}),2)", total(cells.values()), "total")
    last = FIRST + len(kept) - 1
    page.close(len(KEYS), filtered=(last, len(KEYS) + periods))
    return last


def _months(budget: Budget) -> dict[tuple[int, int], int]:
    """Month of each fiscal period, where periods are months."""
    columns = (budget.lines[name] for name in ("fiscal_year", "fiscal_period", "month"))
    return {
        (int(year), int(period)): month_number(label) for year, period, label in zip(*columns, strict=True)
    }


def _depreciation(row: int, month: int | None, grid: Grid) -> str:
    """Charges of a month of the assets of the row's cost centre."""
    if month is None or not grid.first_month <= month < grid.first_month + grid.months:
        return "0"
    charges = grid.block(GRIDS["book"], grid.column(month))
    return f"ROUND(SUMIF({grid.block(REGISTER, 6)},$C{row + 1},{charges}),2)"
