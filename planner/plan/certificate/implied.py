"""Upper bounds of decisions that follow from rows, so that a bound nobody gave is not taken for a rule."""

from __future__ import annotations

import numpy as np

from planner.plan.certificate.stored import FloatArray, Stored

ROUNDS = 4  # demand -> flow -> load; power -> cards in service -> orders, replicas
ROOM = 1e-9  # relative: a bound this far below what follows is rounding


def free_of_assumption(stored: Stored, rows: np.ndarray) -> np.ndarray:
    """Columns whose stored upper bound is no lower than what the rows named imply; one truth value per column.

    Formula, for a row ``sum a x <= b`` over decisions from zero up::

        x[j] <= (b - sum over the others of min(a x)) / a[j]        where a[j] > 0

    repeated, starting from no upper bounds at all. The stored upper bounds of whole numbers may be rounded down.
    """
    upper = np.full(stored.columns, np.inf)
    row, column, value = stored.entry_rows, stored.entry_columns, stored.entry_values
    use = rows[row]
    row, column, value = row[use], column[use], value[use]
    for _ in range(ROUNDS):
        for side, sign in ((stored.row_upper, 1.0), (-stored.row_lower, -1.0)):
            upper = np.minimum(upper, _round(stored, upper, (row, column, sign * value), side))
    whole = stored.columns_table["whole"].to_numpy(bool)
    upper = np.where(whole & np.isfinite(upper), np.floor(upper * (1 + ROOM) + ROOM), upper)
    return np.asarray(stored.upper >= upper * (1 - ROOM))


def assumed_part(stored: Stored, rows: np.ndarray, reduced: FloatArray) -> float:
    """How much of a bound with these reduced costs rests on upper bounds that the rows named do not imply [as cost]."""
    used = (reduced < 0) & ~free_of_assumption(stored, rows)
    return float(-(reduced[used] * stored.upper[used]).sum()) + 0.0


def _round(
    stored: Stored, upper: FloatArray, entries: tuple[np.ndarray, np.ndarray, FloatArray], side: FloatArray
) -> FloatArray:
    """Upper bounds that rows ``A x <= side`` imply, given those known so far."""
    row, column, value = entries
    with np.errstate(invalid="ignore"):
        least = np.where(value > 0, value * stored.lower[column], value * upper[column])
    endless = np.isinf(least)
    known = np.bincount(row, weights=np.where(endless, 0.0, least), minlength=stored.rows)
    open_terms = np.bincount(row, weights=endless, minlength=stored.rows)
    finite = (value > 0) & np.isfinite(side[row]) & (open_terms[row] == 0)
    room = side[row] - (known[row] - np.where(endless, 0.0, least))
    implied = np.where(finite, room / np.where(finite, value, 1.0), np.inf)
    best = np.full(stored.columns, np.inf)
    np.minimum.at(best, column, implied)
    return np.asarray(np.maximum(best, stored.lower), dtype=np.float64)
