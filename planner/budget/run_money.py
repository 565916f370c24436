"""What a budget takes from a run: its dates, its currency and the rate to the currency of the budget."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from planner.budget.fiscal import month_number
from planner.budget.money import exact, money
from planner.inputs.finance_records import FinanceHead
from planner.plan import Plan

ID_LETTERS = 12


@dataclass(frozen=True)
class RunMoney:
    """Dates and currencies of a run.

    Attributes
    ----------
    run_id : first letters of the hash of what the run was made from and what it costs
    case, status : of the plan
    currency, case_currency : of the budget, and of the plan
    rate : budget currency per unit of case currency
    months : first month of each node, as a number
    period_months : months of a node
    discount_rate : share per year
    gap : distance of the plan from the proven optimum [share]
    inputs : file and hash of everything the run was made from
    """

    run_id: str
    case: str
    status: str
    currency: str
    case_currency: str
    rate: Fraction
    months: Mapping[str, int]
    period_months: int
    discount_rate: float
    gap: float
    inputs: tuple[tuple[str, str], ...]

    def money(self, amount: float) -> Decimal:
        """An amount of the plan in the currency of the budget, to the cent."""
        return money(amount, self.rate)

    def month_of(self, label: str) -> int:
        """First month of a node, or of a period by its label."""
        return self.months[label] if label in self.months else month_number(label)

    @property
    def first_month(self) -> int:
        """Number of the first month."""
        return min(self.months.values())

    @property
    def end_month(self) -> int:
        """Number of the month after the last."""
        return max(self.months.values()) + self.period_months


def run_money(plan: Plan, head: FinanceHead) -> RunMoney:
    """Dates and currencies of a plan without branches, see `planner.budget.branch`."""
    settings = plan.given["settings"].iloc[0]
    start, length = month_number(str(settings["start"])), int(settings["period_months"])
    periods = plan.given["periods"]
    months = {
        str(node): start + length * int(index)
        for node, index in zip(periods["node"], periods["index"], strict=True)
    }
    return RunMoney(
        run_id=run_id(plan),
        case=plan.case,
        status=plan.status,
        currency=head.display_currency or plan.currency,
        case_currency=plan.currency,
        rate=Fraction(1) if head.display_rate is None else exact(head.display_rate),
        months=months,
        period_months=length,
        discount_rate=float(settings["discount_rate_per_year"]),
        gap=plan.gap,
        inputs=_inputs(plan),
    )


def _inputs(plan: Plan) -> tuple[tuple[str, str], ...]:
    given = plan.facts.get("inputs", {})
    return (
        tuple(sorted((str(name), str(value)) for name, value in given.items()))
        if isinstance(given, dict)
        else ()
    )


def run_id(plan: Plan) -> str:
    """Short name of a run: the same for the same plan of the same inputs.

    It hashes the inputs, the cost and the orders; times, machines and folders do not enter.
    """
    orders = plan.tables["orders"].sort_values(["offer", "site", "ordered"])
    facts = {
        "case": plan.case,
        "cost": repr(plan.cost),
        "inputs": plan.facts.get("inputs", {}),
        "orders": [[str(value) for value in row] for row in orders.itertuples(index=False)],
    }
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LETTERS]


def budget_rate(plan: Plan, currency: str | None, node: str) -> Fraction:
    """Case currency per unit of a currency in a node, as the plan has it; a row for ``*`` where the node has none."""
    if currency is None or currency == plan.currency:
        return Fraction(1)
    rates = {(str(row["currency"]), str(row["period"])): row["rate"] for row in rows_of(plan.given["fx"])}
    periods = rows_of(plan.given["periods"])
    period = next((str(row.get("period") or node) for row in periods if str(row["node"]) == node), node)
    return exact(rates.get((currency, period), rates.get((currency, "*"), 1.0)))


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as records, in order; what is absent is None."""
    whole = table.astype(object)
    return [
        {str(name): None if _absent(value) else value for name, value in row.items()}
        for row in whole.to_dict("records")
    ]


def _absent(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))
