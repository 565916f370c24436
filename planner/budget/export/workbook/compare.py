"""Sheets PlanToBudget and Compare: how the budget ties to the plan, and runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from planner.budget.bridge import COLUMNS as BRIDGE_COLUMNS
from planner.budget.budget import Budget
from planner.budget.export.workbook.book import FIRST, Book, column_name
from planner.budget.export.workbook.lines import LinesPlace
from planner.budget.money import ZERO
from planner.budget.render import TITLES

BRIDGE, COMPARE = "PlanToBudget", "Compare"


def write_bridge(book: Book, budget: Budget, lines: LinesPlace) -> int:
    """Write the way from the plan's cost to the budget; returns the row of the total."""
    page = book.page(BRIDGE, f"From the plan's cost to the budget, {budget.run.currency}", budget.explanation)
    page.header([name.replace("_", " ") for name in BRIDGE_COLUMNS])
    table = budget.bridge
    last = FIRST + len(table) - 1
    for row, values in enumerate(table.itertuples(index=False), start=FIRST):
        at = row + 1
        page.put(row, 0, values.term)
        page.put(row, 1, values.kind)
        if values.term == "total":
            for column in range(2, len(BRIDGE_COLUMNS)):
                letters = column_name(column)
                block = f"ROUND(SUM({letters}{FIRST + 1}:{letters}{row}),2)" if row > FIRST else "0"
                page.formula(row, column, block, values[column], "total")
            continue
        page.put(row, 2, values.plan_discounted)
        page.formula(row, 3, f"ROUND(E{at}-C{at},2)", values.discounting)
        page.put(row, 4, values.plan_undiscounted)
        page.put(row, 5, values.notional)
        for column, basis, amount in ((6, "cash", values.budget_cash), (7, "accrual", values.budget_accrual)):
            text = lines.sum_if("amount_net", term=f"$A{at}", basis=f'"{basis}"', budget=f"$B{at}")
            page.formula(row, column, f"ROUND({text},2)", amount)
        page.formula(row, 8, f"ROUND(ABS(E{at}-F{at}-G{at})+ABS(E{at}-F{at}-H{at}),2)", values.difference)
    page.close()
    return last


def write_compare(book: Book, budgets: Sequence[Budget]) -> None:
    """Write runs side by side, with the difference of each from the first."""
    base = budgets[0]
    page = book.page(
        COMPARE, f"Runs side by side, {base.run.currency}", "Differences are from the first run."
    )
    names = ["", *(f"{b.run.case} {b.run.run_id}" for b in budgets)]
    for other in budgets[1:]:
        names += [f"{other.run.case} {other.run.run_id}: difference", "in %"]
    page.header(names)
    rows = _compared(budgets)
    for row, (name, values) in enumerate(rows, start=FIRST):
        page.put(row, 0, name)
        for at, value in enumerate(values, start=1):
            page.put(row, at, value)
        for i, value in enumerate(values[1:]):
            column, own = 1 + len(budgets) + 2 * i, f"{column_name(2 + i)}{row + 1}"
            change = value - values[0]
            page.formula(row, column, f"ROUND({own}-$B{row + 1},2)", change)
            share = float(change / abs(values[0])) if values[0] else 0.0
            delta = f"{column_name(column)}{row + 1}"
            page.formula(row, column + 1, f"IF($B{row + 1}=0,0,{delta}/ABS($B{row + 1}))", share, "share")
    page.close()


def _compared(budgets: Sequence[Budget]) -> list[tuple[str, list[Decimal]]]:
    terms = sorted(
        {str(term) for budget in budgets for term in budget.bridge["term"]} - {"total", "rounding"}
    )
    rows: list[tuple[str, list[Decimal]]] = [
        ("plan's cost, discounted", [_amount(budget, "total", "plan_discounted") for budget in budgets])
    ]
    for term in terms:
        rows.append(
            (f"{term}, as it falls due", [_amount(budget, term, "plan_undiscounted") for budget in budgets])
        )
    for (kind, basis), title in TITLES.items():
        rows.append((title, [budget.total(basis, kind) for budget in budgets]))
    rows.append(("cards ordered", [Decimal(sum(p.cards for p in budget.purchases)) for budget in budgets]))
    return rows


def _amount(budget: Budget, term: str, column: str) -> Decimal:
    """Amount of a term in a column of the bridge; of a term the run lacks, 0."""
    rows = zip(budget.bridge["term"], budget.bridge[column], strict=True)
    return next((amount for name, amount in rows if name == term), ZERO)
