"""Limits moved by a step: the right side of rows, or the share in a share rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.explain.meanings import Meaning
from planner.explain.opened import Opened
from planner.optimization.matrix import FloatArray, IntArray, Matrix

CRUMB = 1e-5  # of a limit: a hundred times the solver's tolerance, far below what anybody plans with; assumed
POINT = 0.01  # one percentage point, as a share


def eased(matrix: Matrix, rows: IntArray, step: float) -> Matrix:
    """The program with the right side of these rows moved out by a step (in for a negative one) [unit of the row]."""
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    finite = np.isfinite(upper[rows])
    upper[rows[finite]] += step
    lower[rows[~finite]] -= step
    return replace(matrix, row_lower=lower, row_upper=upper)


def all_eased(matrix: Matrix, rows: IntArray, values: FloatArray) -> Matrix:
    """The program with a crumb of room in each of these rows.

    Where several limits bind at one corner, or a limit of zero holds back what nobody wants, a dual may be anything
    between the price of one more and the price of one less. With a crumb of room the duals are the prices of one more.

    Parameters
    ----------
    values : of the relaxation; a row whose side is zero gets a crumb of the size of its terms
    """
    terms = np.abs(matrix.entry_values * values[matrix.entry_columns])
    size = np.bincount(matrix.entry_rows, weights=terms, minlength=matrix.rows)[rows]
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    finite = np.isfinite(upper[rows])
    size = np.maximum(size, np.abs(np.where(finite, upper[rows], lower[rows])))
    crumb = CRUMB * np.maximum(1.0, size)
    upper[rows[finite]] += crumb[finite]
    lower[rows[~finite]] -= crumb[~finite]
    return replace(matrix, row_lower=lower, row_upper=upper)


def measures(matrix: Matrix, row: int, share: float) -> tuple[IntArray, FloatArray]:
    """Entries of a share row, and what each of its columns counts for in the measure.

    A share row reads ``sum m(x) * (own(x) - share) * x``; so ``m = a / (1 - share)`` where a is positive and
    ``m = -a / share`` where it is negative. A share of 1 (of 0) leaves no trace of what is counted (of what is not).
    """
    places = np.flatnonzero(matrix.entry_rows == row)
    entries = matrix.entry_values[places]
    own = entries > 0
    found = np.zeros(len(places))
    if share < 1.0:
        found[own] = entries[own] / (1.0 - share)
    if share > 0.0:
        found[~own] = -entries[~own] / share
    return places, found


def share_of(program: Opened, what: Meaning, policy: str) -> float:
    """The share a policy asks for."""
    rules = program.given.rules[what.table].set_index("policy")
    return float(rules[what.column].to_dict()[policy])


def share_eased(matrix: Matrix, rows: IntArray, share: float, points: float) -> Matrix:
    """The program with a share rule eased by so many percentage points (made stricter by negative ones)."""
    entries = matrix.entry_values.copy()
    for row in rows:
        least = bool(np.isfinite(matrix.row_lower[row]))
        places, counts = measures(matrix, int(row), share)
        entries[places] += (1.0 if least else -1.0) * points * POINT * counts
    kept = entries != 0
    return replace(
        matrix,
        entry_rows=matrix.entry_rows[kept],
        entry_columns=matrix.entry_columns[kept],
        entry_values=entries[kept],
    )
