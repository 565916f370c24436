"""The program as plain arrays, the guards in front of any solver, and the bound behind it.

Nothing here knows a solver. Guards exist because solvers answer bad numbers wrongly rather than loudly: a NaN in
a right side is called infeasible, coefficients below 1e-9 are dropped, costs of 1e15 make bounded programs
unbounded (measured on OR-Tools 9.15; see docs/decisions on the solver route).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.errors import SolverError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Namer = Callable[[str, int], str]  # ("row" or "column", number) -> the name a planner knows it by

SMALLEST_COEFFICIENT = (
    1e-7  # HiGHS drops entries below 1e-9 without a word (measured); two orders of room, assumed
)
LARGEST_COEFFICIENT = 1e9  # HiGHS refuses 1e15 (its documentation); six orders of room, assumed
LARGEST_COST = 1e12  # SCIP calls costs of 1e15 unbounded (measured); three orders of room, assumed
LARGEST_BOUND = 1e12  # products with coefficients stay below 1e21; solvers take 1e20 for infinite; assumed
WHOLE_TOLERANCE = 1e-9  # a bound this near a whole number is that number; assumed, far above rounding of sums
CANCELLED_SHARE = 1e-12  # duplicates that sum to this share of their size have cancelled; assumed
NAMED_EXAMPLES = 5  # rows or columns named per kind of fault


class MatrixError(SolverError):
    """The program must not reach a solver: a number is missing, out of range or contradicts another."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """A mixed-integer linear program as arrays.

    Formulation::

        minimise    cost @ x + offset
        subject to  row_lower <= A x <= row_upper
                    lower <= x <= upper,   x[integer] whole

    Parameters
    ----------
    cost, lower, upper : float arrays of n columns; the bounds are finite
    integer : bool array of n columns
    row_lower, row_upper : float arrays of m rows; one side may be infinite
    entry_rows, entry_columns, entry_values : the non-zeros of A, sorted by (row, column), no position twice
    offset : constant part of the objective
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    row_lower: FloatArray
    row_upper: FloatArray
    entry_rows: IntArray
    entry_columns: IntArray
    entry_values: FloatArray
    offset: float = 0.0

    @property
    def columns(self) -> int:
        """Number of columns n."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Number of rows m."""
        return len(self.row_lower)


def matrix_from_triplets(
    rows: npt.ArrayLike,
    columns: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    cost: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    integer: npt.ArrayLike,
    row_lower: npt.ArrayLike,
    row_upper: npt.ArrayLike,
    offset: float = 0.0,
) -> Matrix:
    """Sort triplets, sum those that meet at the same position, drop the zeros.

    Summing is done here because solver interfaces disagree: some add duplicates, some keep the last.

    Raises
    ------
    MatrixError
        A row or column number lies outside the program, or the arrays differ in length.
    """
    program = Matrix(
        cost=np.asarray(cost, dtype=np.float64),
        lower=np.asarray(lower, dtype=np.float64),
        upper=np.asarray(upper, dtype=np.float64),
        integer=np.asarray(integer, dtype=np.bool_),
        row_lower=np.asarray(row_lower, dtype=np.float64),
        row_upper=np.asarray(row_upper, dtype=np.float64),
        entry_rows=np.asarray(rows, dtype=np.int64),
        entry_columns=np.asarray(columns, dtype=np.int64),
        entry_values=np.asarray(values, dtype=np.float64),
        offset=float(offset),
    )
    _raise(_shape_faults(program))
    key = program.entry_rows * max(program.columns, 1) + program.entry_columns
    entries = program.entry_values
    if key.size and not (np.diff(key) > 0).all():
        order = np.argsort(key, kind="stable")
        key, entries = key[order], entries[order]
        first = np.flatnonzero(np.concatenate(([True], np.diff(key) > 0)))
        size = np.add.reduceat(np.abs(entries), first)
        entries = np.add.reduceat(entries, first)
        entries = np.where(np.abs(entries) <= CANCELLED_SHARE * size, 0.0, entries)
        key = key[first]
    kept = entries != 0  # NaN stays, for the guard to name
    key, entries = key[kept], entries[kept]
    row, column = np.divmod(key, max(program.columns, 1))
    return replace(program, entry_rows=row, entry_columns=column, entry_values=entries)


def whole_integer_bounds(matrix: Matrix) -> Matrix:
    """Round the bounds of integer columns inward: 2.7 as an upper bound becomes 2.

    Solvers disagree here (an upper bound of 2.9999999 is 2 to one and 3 to another).
    """
    lower = np.where(matrix.integer, np.ceil(matrix.lower - WHOLE_TOLERANCE), matrix.lower)
    upper = np.where(matrix.integer, np.floor(matrix.upper + WHOLE_TOLERANCE), matrix.upper)
    return replace(matrix, lower=lower, upper=upper)


def check_matrix(matrix: Matrix, names: Namer | None = None) -> None:
    """Refuse a program that a solver could answer wrongly; every kind of fault is reported at once.

    Checked: shapes; order and uniqueness of entries; finite numbers; ranges of coefficients, costs, bounds and
    right sides; lower <= upper (for integer columns after rounding inward); every column bounded; a row without
    entries that asks for something other than zero.

    Parameters
    ----------
    names : turns ("row" or "column", number) into the name to print beside the number

    Raises
    ------
    MatrixError
        With one line per kind of fault, naming rows and columns.
    """
    faults = _shape_faults(matrix)
    _raise(faults)

    def say(kind: str, wrong: BoolArray, text: str) -> None:
        found = np.flatnonzero(wrong)
        if found.size:
            faults.append(_fault(kind, found, text, names))

    def say_entries(wrong: BoolArray, text: str) -> None:
        found = np.flatnonzero(wrong)
        if found.size:
            e = found[0]
            row, column = int(matrix.entry_rows[e]), int(matrix.entry_columns[e])
            value, place = (
                float(matrix.entry_values[e]),
                f"{_name('row', row, names)}, {_name('column', column, names)}",
            )
            example = f"{value!r} in {place}"
            faults.append(f"{text}: {example} ({found.size} such)")

    key = matrix.entry_rows * max(matrix.columns, 1) + matrix.entry_columns
    say_entries(
        np.concatenate(([False], np.diff(key) <= 0))[: key.size], "entries not sorted, or one place twice"
    )
    size = np.abs(matrix.entry_values)
    say_entries(~np.isfinite(matrix.entry_values), "coefficient is not a finite number")
    say_entries(size < SMALLEST_COEFFICIENT, f"coefficient nearer to zero than {SMALLEST_COEFFICIENT:g}")
    say_entries(
        np.isfinite(size) & (size > LARGEST_COEFFICIENT), f"coefficient beyond {LARGEST_COEFFICIENT:g}"
    )

    if not math.isfinite(matrix.offset):
        faults.append(f"the constant of the objective is {matrix.offset!r}")
    say("column", ~np.isfinite(matrix.cost), "cost is not a finite number")
    say(
        "column",
        np.isfinite(matrix.cost) & (np.abs(matrix.cost) > LARGEST_COST),
        f"cost beyond {LARGEST_COST:g}",
    )
    bounded = np.isfinite(matrix.lower) & np.isfinite(matrix.upper)
    say("column", ~bounded, "no finite bounds")
    far = np.maximum(np.abs(matrix.lower), np.abs(matrix.upper)) > LARGEST_BOUND
    say("column", bounded & far, f"bound beyond {LARGEST_BOUND:g}")
    whole = whole_integer_bounds(matrix)
    say("column", whole.lower > whole.upper, "lower bound above upper bound")

    say("row", np.isnan(matrix.row_lower) | np.isnan(matrix.row_upper), "right side is not a number")
    say(
        "row",
        (matrix.row_lower == np.inf) | (matrix.row_upper == -np.inf),
        "right side infinite on the wrong side",
    )
    sides = np.stack([matrix.row_lower, matrix.row_upper])
    beyond = np.isfinite(sides) & (np.abs(sides) > LARGEST_BOUND)
    say("row", beyond[0] | beyond[1], f"side beyond {LARGEST_BOUND:g}")
    say("row", matrix.row_lower > matrix.row_upper, "lower side above upper side")
    empty = np.bincount(matrix.entry_rows, minlength=matrix.rows) == 0
    say(
        "row",
        empty & ((matrix.row_lower > 0) | (matrix.row_upper < 0)),
        "no entries, yet zero is not allowed",
    )
    _raise(faults)


def row_activity(matrix: Matrix, x: FloatArray) -> FloatArray:
    """A x, one value per row."""
    products = matrix.entry_values * x[matrix.entry_columns]
    return np.bincount(matrix.entry_rows, weights=products, minlength=matrix.rows).astype(np.float64)


def plan_cost(matrix: Matrix, x: FloatArray) -> float:
    """Objective of x, summed without loss (``math.fsum``), so that it does not depend on the order of columns."""
    return math.fsum([*(matrix.cost * x).tolist(), matrix.offset])


def violation(matrix: Matrix, x: FloatArray) -> float:
    """Largest amount by which x misses a row, a bound or a whole number; 0 for a plan that keeps them all."""
    activity = row_activity(matrix, x)
    parts = [
        matrix.row_lower - activity,
        activity - matrix.row_upper,
        matrix.lower - x,
        x - matrix.upper,
        np.abs(x - np.round(x))[matrix.integer],
    ]
    return max(0.0, *(float(part.max()) for part in parts if part.size)) if x.size + activity.size else 0.0


def dual_bound(matrix: Matrix, duals: FloatArray) -> float:
    """Lower bound on the cost of every plan, from any row prices; no solver has to be trusted.

    Formula, for any y (one value per row)::

        bound = offset + sum over rows    of  y[i] * (row_lower[i] if y[i] > 0 else row_upper[i])
                       + sum over columns of  min(d[j] * lower[j], d[j] * upper[j]),   d = cost - A' y

    A part of y that would meet an infinite side is dropped (set to zero): the bound stays valid, only weaker.
    At the duals of the relaxation the bound equals its optimum (strong duality). Sign: a price is positive where
    the row's lower side binds, that is d cost / d right side.

    Rounding: A' y is accumulated in extended precision, its rounding error is bounded by
    ``(entries + 3) * eps * (|cost| + |A|' |y|)`` (Higham, Accuracy and Stability, 2nd ed., section 3.1) and charged
    against the bound, and each term is rounded down before ``math.fsum``; so the result errs to the safe side.

    Raises
    ------
    ValueError
        A dual is not finite, or their number is not the number of rows.
    """
    y = np.array(duals, dtype=np.float64)
    if y.shape != matrix.row_lower.shape or not np.isfinite(y).all():
        raise ValueError("duals: one finite number per row is needed")
    y[(y > 0) & np.isinf(matrix.row_lower)] = 0.0
    y[(y < 0) & np.isinf(matrix.row_upper)] = 0.0
    side = np.where(y > 0, matrix.row_lower, matrix.row_upper)
    row_terms = y[y != 0].astype(np.longdouble) * side[y != 0]

    products = matrix.entry_values.astype(np.longdouble) * y[matrix.entry_rows]
    reduced = matrix.cost.astype(np.longdouble)
    np.subtract.at(reduced, matrix.entry_columns, products)
    size = np.abs(matrix.cost) + np.bincount(
        matrix.entry_columns, weights=np.abs(products).astype(np.float64), minlength=matrix.columns
    )
    entries = np.bincount(matrix.entry_columns, minlength=matrix.columns)
    error = (entries + 3) * np.finfo(np.longdouble).eps * size
    reach = np.maximum(np.abs(matrix.lower), np.abs(matrix.upper))
    column_terms = np.minimum(reduced * matrix.lower, reduced * matrix.upper) - error * reach

    terms = np.concatenate([row_terms, column_terms]).astype(np.float64)
    return math.nextafter(math.fsum([*np.nextafter(terms, -np.inf).tolist(), matrix.offset]), -math.inf)


def _shape_faults(matrix: Matrix) -> list[str]:
    """Arrays of one kind have one length, and entries point into the program."""
    faults = []
    if len({len(part) for part in (matrix.cost, matrix.lower, matrix.upper, matrix.integer)}) > 1:
        faults.append("cost, lower, upper and integer differ in length")
    if len(matrix.row_lower) != len(matrix.row_upper):
        faults.append("row_lower and row_upper differ in length")
    if len({len(part) for part in (matrix.entry_rows, matrix.entry_columns, matrix.entry_values)}) > 1:
        faults.append("entry_rows, entry_columns and entry_values differ in length")
    for kind, numbers, count in (
        ("row", matrix.entry_rows, matrix.rows),
        ("column", matrix.entry_columns, matrix.columns),
    ):
        if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
            faults.append(
                f"entries name {kind} {numbers.min()} to {numbers.max()}; there are {count}, from 0"
            )
    return faults


def _fault(kind: str, found: IntArray, text: str, names: Namer | None) -> str:
    """One line: which rows or columns, and how many more."""
    shown = ", ".join(_name(kind, int(number), names) for number in found[:NAMED_EXAMPLES])
    more = f" and {found.size - NAMED_EXAMPLES} more" if found.size > NAMED_EXAMPLES else ""
    return f"{text}: {shown}{more}"


def _name(kind: str, number: int, names: Namer | None) -> str:
    return f"{kind} {number}" if names is None else f"{kind} {number} ({names(kind, number)})"


def _raise(faults: list[str]) -> None:
    if faults:
        raise MatrixError(
            "The program cannot be sent to a solver:\n" + "\n".join(f"  {line}" for line in faults)
        )
