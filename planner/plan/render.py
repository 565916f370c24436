"""A plan in plain text: the answer first, then what a planner asks next."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.audit import Audit
from planner.plan.evidence import evidence_line, evidence_section
from planner.plan.future_sections import futures_section, lever_section, objective_line
from planner.plan.grid import wrapped
from planner.plan.offer_sections import break_even_section, rental_section, token_section
from planner.plan.plan import Plan
from planner.plan.pool_section import failure_section, pool_section
from planner.plan.sections import (
    binding_section,
    cost_section,
    deployment_section,
    fleet_section,
    order_section,
    share_section,
    site_section,
    unmet_section,
)

MILLION = 1e6


def render_plan(plan: Plan) -> str:
    """What ``capplan solve`` prints."""
    parts = [
        headline(plan),
        unmet_section(plan),
        futures_section(plan),
        order_section(plan),
        rental_section(plan),
        token_section(plan),
        break_even_section(plan),
        lever_section(plan),
        fleet_section(plan),
        deployment_section(plan),
        site_section(plan),
        pool_section(plan),
        failure_section(plan),
        cost_section(plan),
        share_section(plan),
        binding_section(plan),
        evidence_section(plan),
    ]
    return "\n\n".join(wrapped(part) for part in parts if part)


def headline(plan: Plan) -> str:
    """Status, cost, bound and gap, in one or two sentences."""
    money = f"{amount(plan.cost)} {plan.currency}"
    floor = f"no plan costs less than {amount(plan.bound)}"
    gap = f"{100 * plan.gap:.2f} % apart"
    certified = (plan.cost - plan.certified_bound) / abs(plan.cost) if plan.cost else 0.0
    if f"{100 * certified:.2f} % apart" != gap:
        gap += f", as the solver claims; {100 * certified:.2f} % as certified without it"
    if plan.status == "optimal":
        first = f"{plan.case}: planned within {100 * plan.gap_asked:g} % of the proven optimum."
    elif plan.status == "interrupted":
        first = f"{plan.case}: STOPPED BY YOU; this is the best plan found until then."
    else:
        first = f"{plan.case}: NOT PROVEN, stopped: {plan.stop_reason}. A cheaper plan may exist."
    weighed = objective_line(plan)
    goal = f"Objective {money}" if weighed else f"Cost {money} (discounted)"
    lines = [first, f"{goal}; {floor} ({gap}).", *([weighed] if weighed else [])]
    weak = evidence_line(plan)
    return "\n".join([*lines, *(f"! {warning}" for warning in plan.warnings), *([weak] if weak else [])])


def amount(value: float) -> str:
    """Money as a person says it: millions from ten million on, whole units above ten thousand, else cents."""
    if abs(value) >= 10 * MILLION:
        return f"{value / MILLION:,.2f} million"
    return f"{value:,.0f}" if abs(value) >= 1e4 or float(value).is_integer() else f"{value:,.2f}"


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan's answer as JSON fields: facts apart, orders, costs by term, unmet, fleet at the end."""
    names = (
        "case",
        "currency",
        "status",
        "cost",
        "bound",
        "gap",
        "certified_bound",
        "claimed_bound",
        "stop_reason",
    )
    facts = {name: getattr(plan, name) for name in names}
    terms = plan.tables["costs"].groupby("term")["discounted"].sum()
    tables = {name: records(plan.tables[name]) for name in ("orders", "unmet", "promises")}
    return facts | {"costs": {str(term): float(value) for term, value in terms.items()}} | tables


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON objects; what is absent is null."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def render_audit(audit: Audit) -> str:
    """What ``capplan audit`` prints."""
    rules = f"{len(audit.rules_checked)} rules checked again without the solver"
    if audit.clean:
        return f"Clean: {rules}; cost {audit.cost:,.2f} adds up."
    count = len(audit.findings)
    lines = [f"{count} finding{'s' if count > 1 else ''}; {rules}; cost {audit.cost:,.2f}."]
    return wrapped("\n".join([*lines, *(f"  {finding.text}" for finding in audit.findings)]))
