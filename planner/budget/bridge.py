"""From the plan's cost to the budget, term by term: discounting, rounding, what moves no money, what is outside."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from planner.budget.lines import Line
from planner.budget.money import ZERO, total
from planner.budget.run_money import RunMoney, rows_of
from planner.budget.terms import TERMS
from planner.plan import Plan

COLUMNS = (
    "term",
    "kind",
    "plan_discounted",
    "discounting",
    "plan_undiscounted",
    "notional",
    "budget_cash",
    "budget_accrual",
    "difference",
)


def bridge_of(plan: Plan, run: RunMoney, lines: list[Line]) -> pd.DataFrame:
    """One row per cost term of the plan, one for the rounding of the cost, and a last row ``total``.

    Formula::

        plan_discounted + discounting = plan_undiscounted = notional + budget_cash = notional + budget_accrual

    ``plan_undiscounted`` is the sum of the term's rows, each rounded to the cent. Cash and accrual are net of VAT that
    comes back, over all months, also those after the horizon. Accrual of capital terms is the assets' cost.
    """
    costs = rows_of(plan.tables["costs"])
    rows: list[tuple[str, str, tuple[Decimal, ...]]] = []
    for term in TERMS:
        here = [row for row in costs if row["term"] == term.term]
        if not here:
            continue
        worth = total(run.money(row["discounted"]) for row in here)
        amount = total(run.money(row["amount"]) for row in here)
        notional = amount if term.kind == "notional" else ZERO
        cash, accrual = (
            total(
                line.net
                for line in lines
                if line.term == term.term and line.basis == basis and line.budget == term.kind
            )
            for basis in ("cash", "accrual")
        )
        difference = abs(amount - notional - cash) + abs(amount - notional - accrual)
        amounts = (worth, amount - worth, amount, notional, cash, accrual, difference)
        rows.append((term.term, term.kind, amounts))
    worth_of_all = total(amounts[0] for _, _, amounts in rows)
    rounded = run.money(plan.cost) - worth_of_all  # the cost is rounded once, its terms each
    if rounded:
        rows.append(("rounding", "", (rounded, -rounded, ZERO, ZERO, ZERO, ZERO, ZERO)))
    sums = tuple(total(amounts[at] for _, _, amounts in rows) for at in range(len(COLUMNS) - 2))
    table = [(term, kind, *amounts) for term, kind, amounts in [*rows, ("total", "", sums)]]
    return pd.DataFrame(table, columns=list(COLUMNS))


def discounting_line(bridge: pd.DataFrame, run: RunMoney, first: str) -> str:
    """One sentence on why the plan's cost is not the budget's sum."""
    last = bridge.iloc[-1]
    due, worth, notional = last["plan_undiscounted"], last["plan_discounted"], last["notional"]
    return (
        f"The plan costs {worth:,} {run.currency} discounted at {100 * run.discount_rate:g} % a year to {first}, and "
        f"{due:,} as it falls due, {last['discounting']:+,} without discounting; {notional:,} of that (residual value, "
        f"penalties) moves no money, which leaves a budget of {last['budget_cash']:,}."
    )
