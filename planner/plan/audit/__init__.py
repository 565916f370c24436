"""The audit: every rule and the whole cost again, from the tables alone, without the solver and without its code."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.audit.evaluate import FAMILIES, RULES, evaluate
from planner.plan.audit.findings import Audit, Finding
from planner.plan.audit.reading import READING_RULES

__all__ = ["FAMILIES", "RULES", "Audit", "Finding", "audit"]


def audit(
    given: Mapping[str, pd.DataFrame],
    result: Mapping[str, pd.DataFrame],
    claimed_cost: float,
    bound: float | None = None,
) -> Audit:
    """Hold a plan against every rule, and its cost against the formulas.

    Parameters
    ----------
    given : the tables the plan was made from, see `planner.plan.audit.spec.GIVEN`
    result : the result tables, see `planner.plan.tables`; ``limits`` and ``promises`` are checked where present
    claimed_cost : what the plan says it costs, discounted [case currency]
    bound : what no plan costs less than, where known [case currency]

    Returns
    -------
    Audit
        Without findings when the plan is clean. A table or column that is missing, or a cell that cannot be read, is
        a finding, and then only the rules about reading are in ``rules_checked``.
    """
    seen = evaluate(given, result, claimed_cost, bound)
    cost = float(seen.costs["discounted"].sum())
    return Audit(seen.broken, RULES if seen.complete else READING_RULES, cost, seen.costs, seen.limits)
