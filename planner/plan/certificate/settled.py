"""Decisions that no table shows because the best value for them follows: starts, least fleets, the tail of risk."""

from __future__ import annotations

import numpy as np

from planner.plan.certificate.stored import FloatArray, Stored

STARTING, TAIL, EXCESS = "starting", "tail", "excess"


def settled(stored: Stored, values: FloatArray) -> FloatArray:
    """A point with the least values its rows allow for what starts, and the cheapest for the tail and its excesses.

    ``starting`` stands with -1 in its row ``switching``, so it is at least what the rest of the row exceeds its side.
    ``joined`` is 1 where anything else in its rows ``fleet_minimum`` is above zero. ``tail`` and ``excess`` stand with
    -1 in the rows ``path_risk``; the cheapest tail is among what these exceed.
    """
    filled = _with_joined(stored, _least(stored, values, STARTING))
    names = stored.columns_table["decision"]
    tail, excess = np.flatnonzero(names == TAIL), np.flatnonzero(names == EXCESS)
    if not tail.size:
        return filled
    over = np.maximum(0.0, _over(stored, filled))
    candidates = np.unique(over[(stored.rows_table["family"] == "path_risk").to_numpy()])
    best, least = filled, np.inf
    for amount in candidates if excess.size else candidates[-1:]:
        point = filled.copy()
        point[tail] = amount
        point = _least(stored, point, EXCESS)
        cost = float(stored.cost @ point)
        if cost < least:
            best, least = point, cost
    return best


def _with_joined(stored: Stored, values: FloatArray) -> FloatArray:
    """The point with 1 for every least fleet of which anything is ordered."""
    own = (stored.columns_table["decision"] == "joined").to_numpy()[stored.entry_columns]
    used = np.zeros(stored.rows, dtype=bool)
    used[stored.entry_rows[~own & (values[stored.entry_columns] > 0)]] = True
    filled = values.copy()
    filled[stored.entry_columns[own]] = used[stored.entry_rows[own]]
    return filled


def _least(stored: Stored, values: FloatArray, decision: str) -> FloatArray:
    """The point with the least amounts of a decision that stands alone, with -1, in its rows."""
    columns = (stored.columns_table["decision"] == decision).to_numpy()
    family = "switching" if decision == STARTING else "path_risk"
    rows = (stored.rows_table["family"] == family).to_numpy()
    own = columns[stored.entry_columns] & rows[stored.entry_rows]
    filled = np.where(columns, 0.0, values)
    needed = np.maximum(0.0, _over(stored, filled))
    filled[stored.entry_columns[own]] = needed[stored.entry_rows[own]]
    return filled


def _over(stored: Stored, values: FloatArray) -> FloatArray:
    """What each row exceeds its upper side by; minus infinity where it has none."""
    return np.asarray(stored.activity(values) - stored.row_upper, dtype=np.float64)
