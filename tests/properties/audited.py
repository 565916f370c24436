"""What the audit says of a plan made here."""

from __future__ import annotations

from planner.plan.audit import audit
from tests.properties.in_process import Planned
from tests.properties.tiny import Tables


def faults(tables: Tables, planned: Planned) -> list[str]:
    """Texts of the findings; none for a plan that keeps its rules and whose figures agree."""
    return [finding.text for finding in audit(tables, planned.tables, planned.cost).findings]
