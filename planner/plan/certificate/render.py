"""What the audit could prove of a bound, in words."""

from __future__ import annotations

import math
from typing import Any

from planner.plan.audit.rows import number_text
from planner.plan.certificate.refusal import Refuted
from planner.plan.certificate.run_audit import RunAudit

SHARE_SHOWN = 1e-6  # of the cost: less than this resting on bounds that no rule gives is rounding
MOST_ROWS = 10


def render_certified(audit: RunAudit) -> str:
    """The certified gap beside the claimed one, and what it rests on."""
    found, cost = audit.certified, audit.cost
    claim = _claim(audit)
    if not found.there:
        return f"Not certified: the run has no certificate. {claim}"
    if math.isinf(found.bound):
        return f"Not certified: the certificate proves no bound. {claim}"
    lines = [
        f"Certified: no plan costs less than {found.bound:,.2f} ({_percent(found.gap(cost))} apart), in exact "
        f"arithmetic from the prices of the relaxation ({found.rows:,} rows, {found.entries:,} coefficients). {claim}"
    ]
    if found.unchecked:
        count, names = sum(found.unchecked.values()), ", ".join(found.unchecked)
        apart = _percent((cost - found.checked_bound) / abs(cost) if cost else 0.0)
        lines.append(
            f"  {count} rows with a price are taken as stored, for the given tables could not be asked for them "
            f"({names}); without them {found.checked_bound:,.2f} ({apart} apart)."
        )
    if found.unshown:
        lines.append(
            f"  Decisions that no table shows, so their rows were not checked: {', '.join(found.unshown)}."
        )
    if found.assumed > SHARE_SHOWN * abs(cost):
        lines.append(f"  {found.assumed:,.2f} of it rests on upper bounds that no rule gives.")
    return "\n".join(lines)


def _claim(audit: RunAudit) -> str:
    if audit.claimed_bound is None:
        return "The solver claims no bound."
    apart = (audit.cost - audit.claimed_bound) / abs(audit.cost) if audit.cost else 0.0
    return f"The solver claims {audit.claimed_bound:,.2f} ({_percent(apart)} apart)."


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def certified_json(audit: RunAudit) -> dict[str, Any]:
    """The same as JSON fields."""
    found = audit.certified
    proven = found.there and not math.isinf(found.bound)
    return {
        "certified_bound": found.bound if proven else None,
        "certified_gap": found.gap(audit.cost) if proven else None,
        "claimed_bound": audit.claimed_bound,
        "rows_taken_as_stored": dict(found.unchecked),
    }


def render_proof(proof: Refuted) -> str:
    """Whether it is proven that a case has no plan, and by which rows."""
    if proof.findings:
        count = len(proof.findings)
        lines = [f"NOT PROVEN that there is no plan: {count} finding{'s' if count > 1 else ''}."]
        return "\n".join([*lines, *(f"  {finding.text}" for finding in proof.findings)])
    lines = [
        "Proven without the solver, in exact arithmetic: there is no plan. These rows cannot be kept together:"
    ]
    lines += [f"  {name}" for name in proof.rows[:MOST_ROWS]]
    rest = len(proof.rows) - MOST_ROWS
    return "\n".join([*lines, *([f"  ... and {rest} more"] if rest > 0 else [])])


def proof_json(proof: Refuted) -> dict[str, Any]:
    """The same as JSON fields."""
    return {"proven": not proof.findings, "excess": number_text(proof.excess), "rows": list(proof.rows)}
