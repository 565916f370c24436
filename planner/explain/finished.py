"""A solver's answer as an audited plan of the same run."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import AuditError
from planner.explain.opened import Opened
from planner.optimization.matrix import FloatArray, IntArray, Matrix
from planner.optimization.repair import repaired
from planner.optimization.results import result_tables
from planner.optimization.solve import Cancel, SolveOptions, solve_matrix
from planner.plan import Plan, audit
from planner.prepare import unkept_promises

# Decisions that make the rest follow: a plan is complete once these are known.
DECIDED = {"order": ("orders", "servers"), "adopt": ("ports", ""), "begin": ("measures", "")}
START_GAP = 0.001  # of the replicas under given orders; assumed


@dataclass(frozen=True, eq=False)
class Finished:
    """A plan whose tables passed the audit: result tables, and what they cost [case currency]."""

    tables: dict[str, pd.DataFrame]
    cost: float


def finished(program: Opened, values: FloatArray) -> Finished:
    """Repair a solver's values, re-evaluate them, and audit the plan they make.

    Raises
    ------
    AuditError
        It breaks a rule; it must not be shown.
    """
    tables = result_tables(program.given, program.built, repaired(program.given, program.built, values))
    tables["promises"] = unkept_promises(program.tables)
    cost = float(tables["costs"]["discounted"].sum())
    report = audit(program.tables, tables, cost)
    if not report.clean:
        texts = "\n".join(f"  {finding.text}" for finding in report.findings[:10])
        raise AuditError(f"An alternative breaks the rules and is not shown; this is a bug.\n{texts}")
    return Finished(tables, cost)


def decided(program: Opened, plan: Plan) -> dict[int, float]:
    """Columns that the plan's tables decide, with their values: orders, ports begun, measures begun."""
    known: dict[int, float] = {}
    for name, (table_name, amount) in DECIDED.items():
        columns = program.built.program.decisions.get(name)
        table = plan.tables.get(table_name)
        if columns is None or table is None or columns.empty:
            continue
        table = table.rename(columns={"ordered": "node"}) if name == "order" else table
        if "begun" in table.columns:
            table = table[table["begun"].astype(bool)]
        keys = [
            key for key in columns.columns if key not in ("column", "upper", "whole") and key in table.columns
        ]
        chosen = table[keys].assign(value=table[amount].astype(float) if amount else 1.0)
        joined = columns[[*keys, "column"]].merge(chosen, on=keys, how="left").fillna({"value": 0.0})
        known.update(zip(joined["column"].astype(int), joined["value"].astype(float), strict=True))
    return known


def start_from(
    program: Opened, plan: Plan, options: SolveOptions, cancel: Cancel | None = None
) -> FloatArray | None:
    """The cheapest plan with the orders of a plan, one value per column; None where the solver finds none in time."""
    known = decided(program, plan)
    columns = np.array(sorted(known), dtype=np.int64)
    matrix = held(program.built.matrix, columns, np.array([known[int(column)] for column in columns]))
    limits = replace(options, gap=START_GAP)
    return solve_matrix(matrix, limits, cancel=cancel).values


def cheapest_with(program: Opened, values: FloatArray, options: SolveOptions) -> FloatArray | None:
    """The cheapest plan with the whole numbers of a plan: what a goal left undecided is decided by the cost."""
    whole = np.flatnonzero(program.built.matrix.integer)
    return solve_matrix(held(program.built.matrix, whole, np.round(values[whole])), options).values


def held(matrix: Matrix, columns: IntArray, values: FloatArray) -> Matrix:
    """The program with these columns at these values."""
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    lower[columns] = upper[columns] = values
    return replace(matrix, lower=lower, upper=upper)
