"""The whole certificate of a plan: what it proves, and everything that could make it worth less."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.plan.audit.evaluate import read_facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import number_text
from planner.plan.certificate.agreement import Agreement, agreement
from planner.plan.certificate.at_plan import bounds_kept, cost_kept, rows_kept
from planner.plan.certificate.decisions import DERIVED, SETTLED, SHOWN, point_of
from planner.plan.certificate.exact import lower_bound
from planner.plan.certificate.implied import assumed_part
from planner.plan.certificate.missing import missing_decisions
from planner.plan.certificate.stored import Stored, read_program
from planner.plan.plan import Plan

CERTIFICATE_RULES = (
    "program_tables", "program_decisions", "program_rows", "program_bounds", "program_cost", "program_agrees",
    "program_complete", "certified_bound", "claims",
)  # fmt: skip
SAME_BOUND = 1e-9  # relative to the cost: the solving side evaluates the same prices in rounded arithmetic
CLAIM_ROOM = 1e-6  # relative: a solver's bound may pass the cost by its own tolerances


@dataclass(frozen=True)
class Certified:
    """What the audit could prove of a plan's cost.

    Attributes
    ----------
    findings : rules of `CERTIFICATE_RULES` that are broken
    bound : no plan costs less, proven here; minus infinity without a certificate [case currency]
    checked_bound : the same from the rows alone that agree with the given tables [case currency]
    unchecked : family -> rows with a price that could not be compared with the given tables
    unshown : decisions of the program that no result table shows
    assumed : how much of the bound rests on upper bounds that no rule implies [case currency]
    rows, entries : size of the stored program; 0 without a certificate
    """

    findings: tuple[Finding, ...]
    bound: float
    checked_bound: float
    unchecked: Mapping[str, int]
    unshown: tuple[str, ...]
    assumed: float
    rows: int
    entries: int

    @property
    def there(self) -> bool:
        """Whether the run has a certificate at all."""
        return self.rows > 0

    def gap(self, cost: float) -> float:
        """Distance of a cost from the bound proven over the cost [share]."""
        return (cost - self.bound) / abs(cost) if cost else 0.0


NOTHING = Certified((), -math.inf, -math.inf, {}, (), 0.0, 0, 0)


def certified(plan: Plan, cost: float) -> Certified:
    """Prove the plan's bound from its certificate.

    Parameters
    ----------
    cost : the plan's cost as the audit evaluates it [case currency]
    """
    claims = _claims(plan)
    if not plan.certificate:
        return replace(NOTHING, findings=tuple(claims))
    facts, unread = read_facts(plan.given, plan.tables)
    stored, faults = read_program(plan.certificate)
    if stored is None or facts is None:
        return replace(NOTHING, findings=(*faults, *unread, *claims), rows=len(plan.certificate))
    point, found = point_of(stored, facts.result)
    found += [*rows_kept(stored, point), *bounds_kept(stored, point)]
    if point.known.all():
        found += cost_kept(stored, point, cost)
    found += missing_decisions(stored, facts.given)
    agreed = agreement(stored, facts.given)
    proven = lower_bound(stored, stored.dual)
    bound = stored.money * proven.rounded_down
    found += [*agreed.findings, *_bound(plan, bound, cost), *claims]
    names = stored.columns_table["decision"].unique()
    return Certified(
        findings=tuple(found),
        bound=bound,
        checked_bound=_checked_bound(stored, agreed, bound),
        unchecked=_unchecked(stored, agreed),
        unshown=tuple(str(name) for name in names if name not in (*SHOWN, *DERIVED, *SETTLED)),
        assumed=stored.money * assumed_part(stored, agreed.checked, proven.reduced),
        rows=stored.rows,
        entries=len(stored.entry_values),
    )


def _checked_bound(stored: Stored, agreed: Agreement, bound: float) -> float:
    """The bound from rows that agree with the given tables; a row left out has the price zero."""
    if agreed.checked[stored.dual != 0].all():
        return bound
    return stored.money * lower_bound(stored, np.where(agreed.checked, stored.dual, 0.0)).rounded_down


def _unchecked(stored: Stored, agreed: Agreement) -> dict[str, int]:
    """Rows with a price that could not be compared, by family."""
    rows: pd.Series[int] = stored.rows_table.loc[
        ~agreed.checked & (stored.dual != 0), "family"
    ].value_counts()
    return {str(family): int(count) for family, count in sorted(rows.items())}


def _bound(plan: Plan, bound: float, cost: float) -> list[Finding]:
    """Rule ``certified_bound``: the plan's own figure is what its prices prove, and not above its cost."""
    room = SAME_BOUND * max(1.0, abs(cost))
    found = []
    if not abs(bound - plan.certified_bound) <= room:
        text = f"{number_text(bound)}, as the stored prices prove"
        found.append(finding("certified_bound", "", number_text(plan.certified_bound), text))
    if bound > cost + room:
        found.append(
            finding("certified_bound", "", number_text(bound), f"at most the cost, {number_text(cost)}")
        )
    return found


def _claims(plan: Plan) -> list[Finding]:
    """Rule ``claims``: the bound is the better of the two floors, and a plan called optimal is within its gap."""
    best = max(plan.certified_bound, -math.inf if plan.claimed_bound is None else plan.claimed_bound)
    room = CLAIM_ROOM * max(1.0, abs(plan.cost))
    found = []
    if not abs(plan.bound - min(best, plan.cost)) <= room:
        found.append(finding("claims", "bound", number_text(plan.bound), number_text(min(best, plan.cost))))
    if plan.status == "optimal" and plan.gap > plan.gap_asked + CLAIM_ROOM:
        found.append(
            finding("claims", "status", f"optimal at a gap of {plan.gap:.6f}", f"at most {plan.gap_asked:g}")
        )
    return found
