"""The gate behind the solver: its claims are compared with the matrix before anyone sees them.

A status is not a solution, and a solver's "optimal" has been seen with a bound above a known plan: so values are
checked against bounds, rows and integrality, the cost is computed here, and a bound above the cost of any plan in
hand is called what it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.optimization.matrix import FloatArray, Matrix, plan_cost, row_activity
from planner.optimization.solve.outcome import Status, relative_gap

VALUE_TOLERANCE = (
    1e-6  # HiGHS's own for bounds and whole numbers of a MIP (mip_feasibility_tolerance, its docs)
)
ROW_TOLERANCE_SHARE = 1e-5  # of the size of a row's terms, at least of 1; ten times HiGHS's, assumed
BOUND_TOLERANCE_SHARE = 1e-6  # by which a bound may exceed a cost: rounding of the solver's sums, assumed

CLAIMS_PLAN = ("OPTIMAL", "FEASIBLE")
CLAIMS_INFEASIBLE = (
    "INFEASIBLE",
    "INFEASIBLE_OR_UNBOUNDED",
)  # every column is bounded: the latter is the former


@dataclass(frozen=True, eq=False)
class Verdict:
    """Status, the plan that stands (clipped to its bounds), the claimed bound, and what was found."""

    status: Status
    values: FloatArray | None
    cost: float
    bound: float
    stop_reason: str
    messages: tuple[str, ...] = ()


def fault_of_values(matrix: Matrix, values: FloatArray) -> str | None:
    """Why these values are not a plan, or None if they are one within the solver's tolerances."""
    if values.shape != matrix.cost.shape:
        return f"{values.size} values for {matrix.columns} columns"
    if not np.isfinite(values).all():
        return "a value is not a finite number"
    room = VALUE_TOLERANCE * np.maximum(1.0, np.maximum(np.abs(matrix.lower), np.abs(matrix.upper)))
    outside = np.maximum(matrix.lower - values, values - matrix.upper) > room
    if outside.any():
        return f"column {int(np.flatnonzero(outside)[0])} is outside its bounds"
    broken = matrix.integer & (np.abs(values - np.round(values)) > VALUE_TOLERANCE)
    if broken.any():
        return f"column {int(np.flatnonzero(broken)[0])} is not whole"
    activity = row_activity(matrix, values)
    terms = np.abs(matrix.entry_values * values[matrix.entry_columns])
    size = np.maximum(1.0, np.bincount(matrix.entry_rows, weights=terms, minlength=matrix.rows))
    missed = np.maximum(matrix.row_lower - activity, activity - matrix.row_upper) > ROW_TOLERANCE_SHARE * size
    if missed.any():
        return f"row {int(np.flatnonzero(missed)[0])} is broken"
    return None


def best_plan(matrix: Matrix, candidates: Iterable[FloatArray | None]) -> tuple[FloatArray | None, float]:
    """The cheapest candidate that is a plan, clipped to its bounds, and its cost; (None, inf) if there is none."""
    best: FloatArray | None = None
    best_cost = math.inf
    for candidate in candidates:
        if candidate is None or fault_of_values(matrix, candidate) is not None:
            continue
        clipped = np.clip(candidate, matrix.lower, matrix.upper) + 0.0  # and no minus zero
        cost = plan_cost(matrix, clipped)
        if cost < best_cost:
            best, best_cost = clipped, cost
    return best, best_cost


def judge(
    matrix: Matrix,
    answer: dict[str, Any],
    values: FloatArray | None,
    others: Iterable[FloatArray | None],
    gap: float,
) -> Verdict:
    """Turn the child's answer into a verdict.

    Parameters
    ----------
    matrix : the program that was solved (for a relaxation: without integrality)
    answer : reason, limit, detail and bound as MathOpt names them
    values : the solver's plan, or None
    others : further candidates (the caller's start, plans written on the way)
    gap : relative gap asked for [share]
    """
    reason, detail = answer["reason"], str(answer.get("detail", ""))
    notes = (detail,) if detail else ()
    bound = float(answer.get("bound", -math.inf))
    plan, cost = best_plan(matrix, [values, *others])
    failure = _failure(matrix, answer, values, plan is not None)
    if not failure and reason in CLAIMS_INFEASIBLE:
        return Verdict("infeasible", None, math.inf, math.inf, "proven that no plan exists", notes)
    if not failure and not _below(bound, cost):
        failure = (
            f"the solver answered nonsense: its bound {bound!r} is above the cost {cost!r} of a plan in hand"
        )
    if failure:
        status: Status = "unbounded" if reason == "UNBOUNDED" else "crashed"
        return Verdict(status, plan, cost, -math.inf, failure, notes)

    limit = answer.get("limit", "UNSPECIFIED")
    stop = f"{limit.lower().replace('_', ' ')} limit" if limit != "UNSPECIFIED" else reason.lower()
    if plan is None:
        return Verdict("no_plan", None, math.inf, bound, stop, notes)
    close = abs(cost - bound) <= BOUND_TOLERANCE_SHARE
    if close or relative_gap(cost, bound) <= gap + BOUND_TOLERANCE_SHARE:
        return Verdict("optimal", plan, cost, bound, "proven within the gap asked for", notes)
    if reason == "OPTIMAL":
        stop = "the solver says optimal, its own bound does not"
    return Verdict("feasible", plan, cost, bound, stop, notes)


def _failure(matrix: Matrix, answer: dict[str, Any], values: FloatArray | None, plan_in_hand: bool) -> str:
    """What makes the answer no answer, or ''."""
    reason = answer["reason"]
    if reason in CLAIMS_PLAN:
        fault = "it gave no values" if values is None else fault_of_values(matrix, values)
        return f"the solver answered nonsense: it claims a plan, but {fault}" if fault else ""
    if reason in CLAIMS_INFEASIBLE:
        return (
            "the solver answered nonsense: no plan exists, it says, but one is in hand"
            if plan_in_hand
            else ""
        )
    if reason == "UNBOUNDED":
        return "the solver calls a bounded program unbounded"
    return "" if reason == "NO_SOLUTION_FOUND" else f"the solver failed: {answer.get('detail') or reason}"


def _below(bound: float, cost: float) -> bool:
    """A bound is a bound: a number, not above the cost by more than rounding."""
    slack = BOUND_TOLERANCE_SHARE * max(1.0, abs(cost)) if math.isfinite(cost) else 0.0
    return bound < math.inf and bound <= cost + slack
