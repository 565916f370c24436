"""capplan: which accelerators to order, when, for which site.

The verbs of the command line as functions: `check`, `load`, `serving_table`, `solve`, `write`, `read`, `audit_run`,
`cards`, `solve_verified`, `verify_run`, `accuracy`,
`budget_run`, `export_budget`, `write_finance_template`, `import_actuals`, `plan_against_actual`,
`fleet_of_today`, `explain_run`, `why`, `conflict_of`,
`alternatives`, `frontier`, `measure_usage`, `demand_look`.
Names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.api import (
        Limits,
        accuracy,
        alternatives,
        audit_run,
        budget_run,
        cards,
        check,
        compare,
        conflict_of,
        demand_look,
        explain_run,
        export_budget,
        fleet_of_today,
        frontier,
        import_actuals,
        load,
        measure_usage,
        plan_against_actual,
        read,
        serving_table,
        solve,
        solve_verified,
        valley_of,
        verify_run,
        why,
        worth_of_futures,
        write,
        write_finance_template,
    )
    from planner.errors import PlannerError
    from planner.inputs import Case
    from planner.plan import Plan

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Limits",
    "Plan",
    "PlannerError",
    "accuracy",
    "alternatives",
    "audit_run",
    "budget_run",
    "cards",
    "check",
    "compare",
    "conflict_of",
    "demand_look",
    "explain_run",
    "export_budget",
    "fleet_of_today",
    "frontier",
    "import_actuals",
    "load",
    "measure_usage",
    "plan_against_actual",
    "read",
    "serving_table",
    "solve",
    "solve_verified",
    "valley_of",
    "verify_run",
    "why",
    "worth_of_futures",
    "write",
    "write_finance_template",
]

_HOMES = {"Case": "planner.inputs", "Plan": "planner.plan", "PlannerError": "planner.errors"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'planner' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES.get(name, "planner.api")), name)
