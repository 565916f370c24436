"""Plan against actual: every table of it together, and its text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from planner.budget.actuals import actuals_of
from planner.budget.branch import of_branch
from planner.budget.budget import budget_of
from planner.budget.fiscal import month_label, month_number
from planner.budget.token_variance import token_variance
from planner.budget.variance import PARTS, delays, last_month, spend_variance
from planner.errors import InputError, Problem
from planner.inputs.finance_records import Finance
from planner.plan import Plan
from planner.plan.grid import grid, wrapped


@dataclass(frozen=True, eq=False)
class Variance:
    """Plan against actual up to a month.

    Attributes
    ----------
    through : last month compared
    currency : of the amounts
    spend : see `planner.budget.variance.spend_variance`
    delays : see `planner.budget.variance.delays`
    tokens : see `planner.budget.token_variance.token_variance`; through ``tokens_through``, the last month of which
        tokens are told, and without rows where none is
    """

    case: str
    run_id: str
    through: str
    currency: str
    spend: pd.DataFrame
    delays: pd.DataFrame
    tokens: pd.DataFrame
    tokens_through: str | None


def plan_against_actual(
    whole: Plan,
    folder: Path | str,
    finance: Finance | None = None,
    *,
    through: str | None = None,
    branch: str | None = None,
) -> Variance:
    """Compare a run with what happened.

    Parameters
    ----------
    folder : deliveries, paid_prices and served
    through : last month compared; the last that the actuals name when absent

    Raises
    ------
    InputError : problems of the actuals, or a month before the plan begins
    """
    plan, actuals = of_branch(whole, branch), actuals_of(folder, whole, branch)
    budget = budget_of(whole, finance, branch)
    month = last_month(actuals, through)
    number = month_number(month)
    if number < budget.run.first_month:
        expected = f"{month_label(budget.run.first_month)}, the first month of the plan, or later"
        raise InputError([Problem(str(folder), "", "month", month, expected)])
    told = [month_number(label) for label in actuals.tables["served"]["month"]]
    served = max((at for at in told if at <= number), default=None)
    tokens = token_variance(plan, budget.run, actuals, served or number)
    return Variance(
        case=budget.run.case,
        run_id=budget.run.run_id,
        through=month_label(number),
        currency=budget.run.currency,
        spend=spend_variance(budget, actuals, number),
        delays=delays(budget, actuals, number),
        tokens=tokens if served is not None else tokens[:0],
        tokens_through=None if served is None else month_label(served),
    )


def render_variance(found: Variance) -> str:
    """What ``capplan actuals variance`` prints."""
    head = (
        f"{found.case}: plan {found.run_id} against actual, through {found.through}. Spend on cards before freight, "
        f"duty and tax, in {found.currency}."
    )
    spend = _grid(found.spend, ["offer", "planned_amount", "actual_amount", "difference", *PARTS])
    names = ["planned_cards", "actual_cards", "early_cards", "late_cards", "cancelled_cards", "extra_cards"]
    cards = _grid(found.spend, ["offer", *names])
    late = _grid(found.delays, list(found.delays.columns))
    parts = [head, f"Spend: difference = {' + '.join(PARTS)}\n{spend}", f"Cards\n{cards}", f"Delays\n{late}"]
    if found.tokens_through is not None:
        title = f"Tokens served through {found.tokens_through}: difference = volume + mix"
        parts.append(f"{title}\n{_grid(found.tokens, list(found.tokens.columns))}")
    return "\n\n".join(wrapped(part) for part in parts)


def _grid(table: pd.DataFrame, names: list[str]) -> str:
    rows = [[_cell(value) for value in row] for row in table[names].itertuples(index=False)]
    return grid([name.replace("_", " ") for name in names], rows)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "-"
    if isinstance(value, str):
        return value
    return (
        f"{value:,.2f}"
        if isinstance(value, Decimal)
        else f"{value:,.1f}"
        if isinstance(value, float)
        else f"{value:,}"
    )
