"""The plan: result tables, run folder, audit, pages in plain text. Knows nothing of the solver or of the program."""

from __future__ import annotations

from planner.plan.audit import Audit, Finding, audit
from planner.plan.limits import limits_table

__all__ = ["Audit", "Finding", "audit", "limits_table"]
