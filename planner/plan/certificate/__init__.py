"""The certificate: a floor under the cost of every plan, shown from stored tables in exact arithmetic.

Knows neither the solver nor the rooms that made the program; see docs/decisions/0007-certificate.md.
"""

from __future__ import annotations

from planner.plan.certificate.certify import CERTIFICATE_RULES, Certified, certified
from planner.plan.certificate.refusal import Refusal, Refuted, refuted
from planner.plan.certificate.run_audit import RunAudit, audit_plan

__all__ = [
    "CERTIFICATE_RULES",
    "Certified",
    "Refusal",
    "Refuted",
    "RunAudit",
    "audit_plan",
    "certified",
    "refuted",
]
