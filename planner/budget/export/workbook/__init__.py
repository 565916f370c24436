"""A budget as a workbook that finance can follow: live formulas, named assumptions, checks that are zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from planner.budget.budget import Budget
from planner.budget.export.workbook.assumptions import write_assumptions
from planner.budget.export.workbook.book import Book
from planner.budget.export.workbook.checks import Written, write_checks
from planner.budget.export.workbook.compare import write_bridge, write_compare
from planner.budget.export.workbook.cover import COVER, write_cover
from planner.budget.export.workbook.lines import write_budget, write_lines, write_opex
from planner.budget.export.workbook.orders import write_payments, write_purchases
from planner.budget.export.workbook.register import write_depreciation, write_nbv, write_register
from planner.budget.fiscal import first_day

__all__ = ["workbook_bytes"]


def workbook_bytes(budgets: Sequence[Budget]) -> bytes:
    """The workbook of the first budget; further ones appear side by side on Compare.

    The same budgets give the same bytes: the date in the file is the first day of the plan.

    Raises
    ------
    UnreachableError : xlsxwriter is not installed
    """
    budget = budgets[0]
    day = first_day(budget.run.first_month)
    book = Book(datetime(day.year, day.month, 1))
    cover = book.page(COVER, f"Budget of {budget.run.case}", _reading(budget))
    places = write_assumptions(book, budget)
    orders = write_purchases(book, budget)
    payments = write_payments(book, budget, orders, places)
    grid = write_register(book, budget, orders, places)
    for name in ("book", "tax"):
        write_depreciation(book, budget, grid, name)
    roll_forward = write_nbv(book, budget, grid)
    write_opex(book, budget)
    lines = write_lines(book, budget)
    rows = write_budget(book, budget, lines, grid)
    bridge = write_bridge(book, budget, lines)
    if len(budgets) > 1:
        write_compare(book, budgets)
    written = Written(payments, rows, roll_forward, bridge)
    verdict = write_checks(book, budget, lines, grid, written)
    write_cover(book, cover, budget, verdict, lines)
    return book.finished()


def _reading(budget: Budget) -> str:
    return (
        "A plan, not actuals. Changing a blue cell on Assumptions recalculates money; it does not plan again. "
        f"Amounts in {budget.run.currency}, rounded half away from zero to the cent."
    )
