"""Whole runs of tiny instances, with their certificates, made in this process."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from planner.optimization.build import Built
from planner.optimization.certificate import certificate_tables
from planner.optimization.matrix import FloatArray, Matrix, dual_bound
from planner.optimization.scale import MONEY
from planner.optimization.solve.child import read_doubles, solve_or_say_why
from planner.optimization.solve.wire import model_bytes
from planner.plan import Plan, RunAudit, audit, audit_plan
from planner.planning import LIGHT_STRINGS
from tests.properties.in_process import LIMIT_S, Planned, plan
from tests.properties.tiny import Tables


def relaxed_prices(matrix: Matrix) -> FloatArray:
    """Duals of the relaxation, by the product's own child code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        relaxed = replace(matrix, integer=np.zeros_like(matrix.integer))
        (folder / "model.bin").write_bytes(b"".join(model_bytes(relaxed)))
        request = {"solver": "highs", "gap": 0.0, "node_limit": None, "seed": 0, "threads": 1}
        answer = solve_or_say_why(
            request | {"keep_incumbents": False, "deadline": time.monotonic() + LIMIT_S}, name
        )
        assert answer["reason"] == "OPTIMAL"
        return np.asarray(read_doubles(str(folder / "duals.bin")))


def run_of(tables: Tables) -> Plan | None:
    """A plan as ``capplan solve`` makes it, None where there is none."""
    with pd.option_context(*LIGHT_STRINGS):
        planned = plan(tables)
        return None if planned is None else run_from(tables, planned)


def audited(run: Plan) -> RunAudit:
    """The audit of a run, with the strings that ``capplan audit`` uses: they take half the time."""
    with pd.option_context(*LIGHT_STRINGS):
        return audit_plan(run)


def run_from(tables: Tables, planned: Planned, built: Built | None = None) -> Plan:
    """The run of a plan; with a program of its own for the certificate, where one is given."""
    program = planned.built if built is None else built
    prices = relaxed_prices(program.matrix)
    certified = dual_bound(program.matrix, prices) * MONEY
    result = dict(planned.tables)
    result["limits"] = audit(tables, result, planned.cost).limits
    bound = min(max(certified, planned.bound), planned.cost)
    return Plan(
        case="tiny", currency=str(tables["settings"]["currency"].iloc[0]), status="optimal", cost=planned.cost,
        bound=bound, certified_bound=certified, claimed_bound=planned.bound, gap_asked=1e-6,
        stop_reason="proven within the gap asked for", facts={}, warnings=(), tables=result, given=tables,
        certificate=certificate_tables(program, prices),
    )  # fmt: skip


def with_table(run: Plan, kind: str, name: str, table: pd.DataFrame) -> Plan:
    """The run with one table of ``tables``, ``given`` or ``certificate`` replaced."""
    return replace(run, **{kind: {**getattr(run, kind), name: table}})  # type: ignore[arg-type]
