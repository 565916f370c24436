"""The plan: result tables, run folder, audit, pages in plain text. Knows nothing of the solver or of the program."""

from __future__ import annotations

from planner.plan.audit import Audit, Finding, audit
from planner.plan.plan import Plan
from planner.plan.store import read_run, write_run

__all__ = ["Audit", "Finding", "Plan", "audit", "read_run", "write_run"]
