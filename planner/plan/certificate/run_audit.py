"""The audit of a whole run: its rules and cost from the tables, and its bound from the certificate."""

from __future__ import annotations

from dataclasses import dataclass

from planner.plan.audit import Audit, audit
from planner.plan.audit.reading import READING_RULES
from planner.plan.certificate.certify import CERTIFICATE_RULES, NOTHING, Certified, certified
from planner.plan.plan import Plan


@dataclass(frozen=True)
class RunAudit(Audit):
    """`Audit` with what could be proven of the bound, and what the solver claims of it (None if nothing)."""

    certified: Certified = NOTHING
    claimed_bound: float | None = None


def audit_plan(plan: Plan) -> RunAudit:
    """Every rule and the cost again, and the bound proven from the certificate where the tables can be read."""
    seen = audit(plan.given, plan.tables, plan.cost, plan.bound)
    readable = set(seen.rules_checked) != set(READING_RULES)
    proven = certified(plan, seen.cost) if readable else NOTHING
    rules = (*seen.rules_checked, *(CERTIFICATE_RULES if readable else ()))
    findings = (*seen.findings, *proven.findings)
    return RunAudit(findings, rules, seen.cost, seen.cost_by_term, seen.limits, proven, plan.claimed_bound)
