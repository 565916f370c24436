"""The plan: result tables, run folder, audit, pages in plain text. Knows nothing of the solver or of the program."""

from __future__ import annotations

from planner.plan.audit import Audit, Finding, audit
from planner.plan.certificate import Refusal, RunAudit, audit_plan
from planner.plan.plan import Plan
from planner.plan.store import is_refusal, read_refusal, read_run, write_refusal, write_run

__all__ = [
    "Audit",
    "Finding",
    "Plan",
    "Refusal",
    "RunAudit",
    "audit",
    "audit_plan",
    "is_refusal",
    "read_refusal",
    "read_run",
    "write_refusal",
    "write_run",
]
