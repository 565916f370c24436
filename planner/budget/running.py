"""Running terms of the plan as lines: recognised in the month they are for, paid when their terms say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from planner.budget.attribution import WHOLE, shares_by_node
from planner.budget.lines import OUTSIDE, About, Line
from planner.budget.money import ZERO, evenly, exact, money, shared
from planner.budget.run_money import RunMoney, rows_of
from planner.budget.terms import TERM_OF
from planner.inputs.finance_records import LineType
from planner.plan import Plan


def running_lines(
    plan: Plan, run: RunMoney, line_types: Mapping[str, LineType], recovery_months: int
) -> list[Line]:
    """Accrual and cash of every running term; over all months, each basis adds up to the term."""
    spreads = {term.spread for term in TERM_OF.values() if term.kind == "running"}
    shares = {spread: shares_by_node(plan, spread) for spread in sorted(spreads)}
    lines = []
    for row in rows_of(plan.tables["costs"]):
        term = TERM_OF[str(row["term"])]
        if term.kind != "running":
            continue
        node = str(row["node"])
        first, amount = run.months[node], run.money(row["amount"])
        bearers = shares[term.spread].get(node, WHOLE)
        parts = shared(amount, [bearer.weight for bearer in bearers])
        months = run.period_months if term.timing == "monthly" else 1
        for bearer, part in zip(bearers, parts, strict=True):
            about = About("", bearer.site, bearer.accelerator, bearer.origin, bearer.vendor)
            for offset, share in enumerate(evenly(part, months)):
                if share:
                    kind = line_types[term.line_type]
                    lines += _month(term.term, kind, first + offset, share, recovery_months, about)
    return lines


def _month(
    term: str, kind: LineType, month: int, net: Decimal, recovery_months: int, about: About
) -> list[Line]:
    """Lines of one month: the cost, its payment, and the VAT that comes back.

    VAT that does not come back is part of the plan's amount already: amounts of a case are what things cost.
    """
    vat = money(Fraction(net) * exact(kind.vat_share)) if kind.vat_recoverable else ZERO
    cost = Line(month, "accrual", "running", kind.line_type, term, net, ZERO, about, used=month)
    paid = replace(cost, basis="cash", month=month + kind.payment_delay_months, vat=vat)
    back = replace(paid, month=paid.month + recovery_months, line_type="vat_recovery", term=OUTSIDE, net=ZERO,
                   vat=-vat, note=f"VAT of {kind.line_type}")  # fmt: skip
    return [cost, paid, back] if vat else [cost, paid]
