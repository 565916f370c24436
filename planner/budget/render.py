"""A budget in plain text: what it comes to, by fiscal year, and how it ties to the plan."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from planner.budget.budget import Budget
from planner.budget.money import ZERO, total
from planner.budget.wide import years
from planner.plan.grid import grid, wrapped

TITLES = {
    ("capital", "cash"): "capital, cash paid",
    ("capital", "accrual"): "capital, assets put into use",
    ("running", "cash"): "running, cash paid",
    ("running", "accrual"): "running, cost of the period",
}


def render_budget(budget: Budget) -> str:
    """What ``capplan budget RUN`` prints."""
    run = budget.run
    head = f"{run.case}: budget of run {run.run_id}, amounts in {run.currency}, net of VAT that comes back."
    state = "Every check is 0." if budget.balanced else "CHECKS FAIL: see the table checks."
    settings = f"Finance settings: {budget.finance.file}."
    parts = [
        "\n".join([head, f"{state} {settings}"]),
        f"By fiscal year (cash and accrual are two views of the same money, never add them)\n{by_year(budget)}",
        f"From the plan to the budget\n{_bridge(budget)}",
        budget.explanation,
    ]
    return "\n\n".join(wrapped(part) for part in parts)


def by_year(budget: Budget) -> str:
    """A row per budget and basis, a column per fiscal year."""
    shown = years(budget.lines)
    rows = []
    for (kind, basis), title in TITLES.items():
        here = budget.lines[(budget.lines["budget"] == kind) & (budget.lines["basis"] == basis)]
        amounts = [total(here[here["fiscal_year"] == year]["amount_net"]) for year in shown]
        if any(amounts):
            rows.append([title, *map(_amount, amounts), _amount(total(amounts))])
    return grid(["", *(f"FY{year}" for year in shown), "all"], rows)


def _bridge(budget: Budget) -> str:
    names = ["plan_discounted", "discounting", "plan_undiscounted", "notional", "budget_cash"]
    header = ["term", "discounted", "discounting", "undiscounted", "no money", "budget"]
    bridge = budget.bridge
    columns = [bridge[name].tolist() for name in names]
    return grid(
        header,
        [
            [str(term), *(_amount(value) for value in row)]
            for term, row in zip(bridge["term"], zip(*columns, strict=True), strict=True)
        ],
    )


def _amount(value: Decimal) -> str:
    return f"{value:,.2f}" if value != ZERO else "-"


def budget_json(budget: Budget) -> dict[str, Any]:
    """The budget as JSON fields; amounts are text, so that no cent is lost."""
    run = budget.run
    return {
        "run_id": run.run_id,
        "case": run.case,
        "currency": run.currency,
        "balanced": budget.balanced,
        "explanation": budget.explanation,
        "totals": {f"{kind}_{basis}": str(budget.total(basis, kind)) for kind, basis in TITLES},
        "bridge": _texts(budget.bridge),
        "checks": _texts(budget.checks),
    }


def _texts(table: pd.DataFrame) -> list[dict[str, str]]:
    return [{str(name): str(value) for name, value in row.items()} for row in table.to_dict("records")]
