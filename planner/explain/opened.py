"""The program of a run again, and its relaxation as explanations read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import InfeasibleError, InputError, Problem, SolverError
from planner.optimization.build import Built, build
from planner.optimization.gather import gather
from planner.optimization.given import Given
from planner.optimization.matrix import FloatArray, Matrix, check_matrix
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions, solve_matrix

Tables = Mapping[str, pd.DataFrame]
TIME_LIMIT_S = 600.0  # of one relaxation; assumed: above this, explanations are not read any more
ROOM = 10.0  # times the largest bound of its kind: far from binding, near enough for the solver; assumed

# Decisions whose upper bounds only repeat what rows say (a quota, the demand, the need of cards). In an explanation the
# rows must carry the whole price, so these bounds are moved away; bounds of other decisions are limits and stay.
BOUNDED_BY_ROWS = ("order", "installed", "deploy", "starting", "load", "flow", "moved", "unmet", "placed")


@dataclass(frozen=True, eq=False)
class Opened:
    """A program rebuilt from given tables.

    Attributes
    ----------
    tables : the given tables it was built from
    given, built : what the program makes of them
    matrix : the arrays with bounds that repeat rows moved away; for relaxations only
    """

    tables: Tables
    given: Given
    built: Built
    matrix: Matrix

    @property
    def nodes(self) -> list[str]:
        """Node labels in order."""
        return [str(node) for node in self.given.nodes.sort_values("index")["node"]]

    @property
    def currency(self) -> str:
        """Of every amount."""
        return self.given.settings.currency


@dataclass(frozen=True, eq=False)
class Relaxation:
    """An optimum in fractions of servers and replicas.

    Attributes
    ----------
    cost : discounted [case currency]
    values : one per column
    duals : one per row, d cost / d right side [thousand of case currency per unit of the row]
    """

    cost: float
    values: FloatArray
    duals: FloatArray


def opened(tables: Tables) -> Opened:
    """Rebuild the program of a run or a case from its given tables.

    Raises
    ------
    InputError
        The tables lack what the program reads: another version wrote them.
    """
    try:
        given = gather(tables)
        built = build(given)
    except KeyError as error:
        lacks = Problem(
            "the run",
            "",
            "",
            f"lacks {error} in its tables",
            "what this version plans from",
            "Solve the case again.",
        )
        raise InputError([lacks]) from error
    return Opened(tables, given, built, unbounded_by_copies(built))


def unbounded_by_copies(built: Built) -> Matrix:
    """The matrix with the upper bounds of `BOUNDED_BY_ROWS` out of the way."""
    upper = built.matrix.upper.copy()
    cards = (
        built.program.decisions["installed"]["upper"].max() if "installed" in built.program.decisions else 1.0
    )
    for name in BOUNDED_BY_ROWS:
        table = built.program.decisions.get(name)
        if table is not None and len(table):
            most = float(table["upper"].max())
            upper[table["column"].to_numpy()] = ROOM * max(most, float(cards) if name == "order" else 1.0)
    return replace(built.matrix, upper=np.maximum(upper, built.matrix.upper))


def relaxation(matrix: Matrix) -> Relaxation | None:
    """Optimum of the relaxation, or None where even fractions keep not all the rules.

    Raises
    ------
    SolverError
        The solver stopped before it could tell, or failed.
    """
    outcome = solve_matrix(matrix, SolveOptions(time_limit_s=TIME_LIMIT_S), relax=True)
    if outcome.status == "infeasible":
        return None
    if outcome.status != "optimal" or outcome.values is None or outcome.duals is None:
        raise SolverError(
            f"The relaxation was not solved: {outcome.stop_reason}. {' '.join(outcome.messages[-2:])}"
        )
    return Relaxation(outcome.cost * MONEY, outcome.values, outcome.duals)


def relaxed(program: Opened) -> Relaxation:
    """As `relaxation`, for a program that is known to have a plan.

    Raises
    ------
    InfeasibleError
        It has none.
    """
    check_matrix(program.matrix)
    found = relaxation(program.matrix)
    if found is None:
        raise InfeasibleError(
            "No plan keeps all the rules, so nothing has a price; explain the case to see which rules conflict."
        )
    return found


def reduced_costs(matrix: Matrix, duals: FloatArray) -> FloatArray:
    """Cost of one unit of each column that the prices of its rows do not pay for [thousand of case currency].

    Formula: ``d[j] = cost[j] - sum_i A[i,j] * y[i]``.
    """
    paid = np.bincount(
        matrix.entry_columns,
        weights=matrix.entry_values * duals[matrix.entry_rows],
        minlength=matrix.columns,
    )
    return matrix.cost - paid
