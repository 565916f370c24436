"""A plan in whole numbers from the relaxation: orders with room to round replicas, then replicas, then the rest."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from planner.optimization.matrix import FloatArray, Matrix, row_activity
from planner.optimization.solve import Cancel, Outcome, SolveOptions, solve_matrix
from planner.optimization.structure import Structure

WHOLE = 1e-6  # distance from a whole number that still is one
MOST_ROOM = 0.5  # share of the relaxation's cards of a kind that may be kept for rounding; assumed
ORDERS_GAP = 0.002  # the orders are a start, not the answer; assumed


def rounded_plan(
    matrix: Matrix,
    structure: Structure,
    relaxed: FloatArray,
    options: SolveOptions,
    cancel: Cancel | None = None,
) -> Outcome | None:
    """A plan of the program by rounding, or None when there is none this way.

    Three steps: whole orders with fractional replicas, while `card_use` keeps room to round up the replicas that the
    relaxation runs; replicas rounded down, then up where a card is free, largest fraction first; then everything
    continuous, with the whole numbers held.
    """
    ends = time.monotonic() + options.time_limit_s
    whole = matrix.integer.copy()
    whole[structure.replicas] = False
    orders = None
    for room in (_room_to_round(matrix, structure, relaxed), np.zeros_like(matrix.row_upper)):
        part = replace(matrix, integer=whole, row_upper=matrix.row_upper - room)
        limits = replace(
            options, gap=max(options.gap, ORDERS_GAP), time_limit_s=max(1.0, 0.6 * (ends - time.monotonic()))
        )
        orders = solve_matrix(part, limits, cancel=cancel)
        if orders.values is not None or orders.status == "interrupted":
            break
    if orders is None or orders.values is None or orders.status == "interrupted":
        return None
    values = np.where(whole, np.round(orders.values), orders.values)
    values[structure.replicas] = _rounded_replicas(matrix, structure, values)
    lower = np.where(matrix.integer, values, matrix.lower)
    upper = np.where(matrix.integer, values, matrix.upper)
    held = replace(matrix, lower=lower, upper=upper, integer=np.zeros_like(matrix.integer))
    left = replace(options, time_limit_s=max(1.0, ends - time.monotonic()))
    outcome = solve_matrix(held, left, cancel=cancel)
    return outcome if outcome.values is not None else None


def _room_to_round(matrix: Matrix, structure: Structure, relaxed: FloatArray) -> FloatArray:
    """Cards to keep free in each row of `card_use`, so that its replicas can be rounded up; 0 for other rows."""
    running = relaxed[structure.replicas]
    missing = np.ceil(running - WHOLE) - running
    room = np.zeros_like(matrix.row_upper)
    np.add.at(room, structure.replica_rows, np.maximum(missing, 0.0) * structure.replica_cards)
    used = np.zeros_like(room)
    np.add.at(used, structure.replica_rows, running * structure.replica_cards)
    return np.minimum(room, MOST_ROOM * used)


def _rounded_replicas(matrix: Matrix, structure: Structure, values: FloatArray) -> FloatArray:
    """Replicas rounded down, then up one by one where cards are free, largest fraction first."""
    running = values[structure.replicas]
    down = np.floor(running + WHOLE)
    floored = values.copy()
    floored[structure.replicas] = down
    free = matrix.row_upper - row_activity(matrix, floored)
    fraction = running - down
    for at in np.argsort(-fraction, kind="stable"):
        if fraction[at] <= WHOLE:
            break
        row, cards = structure.replica_rows[at], structure.replica_cards[at]
        if cards <= free[row] + WHOLE and down[at] + 1 <= matrix.upper[structure.replicas[at]]:
            down[at] += 1
            free[row] -= cards
    return down
