"""The public API is ``planner.__all__``, each name documented, and importing it costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import planner

EXPECTED = {
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
    "frontier",
    "fleet_of_today",
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
}


def test_the_public_names() -> None:
    assert set(planner.__all__) == EXPECTED


def test_every_public_name_is_there_and_documented() -> None:
    for name in planner.__all__:
        assert getattr(planner, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(planner, "no_such_name")


def test_importing_the_package_imports_no_heavy_library() -> None:
    code = "import planner, sys; print(sorted({'pandas', 'numpy', 'ortools', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
