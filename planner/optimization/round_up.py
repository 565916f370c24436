"""A plan in whole numbers: whole orders first, with a little to spare, then whole replicas node by node."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from planner.optimization.matrix import FloatArray, Matrix, row_activity
from planner.optimization.solve import Cancel, SolveOptions, solve_matrix
from planner.optimization.structure import NONE, IntArray, Structure

# Share of each replica kept free while orders are made whole, to leave room for rounding replicas. Measured on the
# starter case with whole replicas, cost above the bound of the relaxation: 0.05 6.5 %, 0.02 2.8 %, 0.01 2.2 %.
PAD = 0.02
ORDERS_SHARE = 0.4  # of the time, for the orders; the rest is for the replicas; assumed
NODE_GAP = 0.03  # of what one node still costs once the orders are paid: energy and unmet work; assumed
LEAST_S = 0.5  # for one node: enough to start the solver and hear of a first plan; assumed
MOST_OF_FAIR = 2.0  # times its fair share of the time left may a node take; assumed
FINISH_S = (
    10.0  # for what is left when the search is stopped; a linear program takes a second or two; assumed
)
WHOLE = 1e-6  # so near to a whole number is one, as for the solver
ORDERS_GAP = 0.003  # the orders are a start, not the answer; assumed


@dataclass(frozen=True, eq=False)
class Rounded:
    """What rounding came to: values of a plan, or None when there is none in time; whether the user stopped it."""

    values: FloatArray | None
    interrupted: bool = False


def rounded_plan(
    matrix: Matrix, structure: Structure, options: SolveOptions, cancel: Cancel | None = None
) -> Rounded:
    """A plan of the program by rounding.

    Two steps. Whole orders with fractional replicas, each replica taking a little less than it could. Then, with
    orders and fleet held, the replicas of one node after the other become whole, while the other nodes keep what
    they have; demand that no longer fits is unmet, so every step has an answer.
    """
    ends = time.monotonic() + options.time_limit_s
    orders = _whole_orders(matrix, structure, options, cancel)
    values = orders.values
    if values is None:
        return orders
    if orders.interrupted:
        return Rounded(_rounded_down(matrix, structure, options, values, 0), interrupted=True)
    nodes = range(int(structure.moment.max(initial=NONE)) + 1)
    for node in nodes:
        free = np.flatnonzero(structure.moment == node)
        part = _part(matrix, free, values)
        fair = (ends - time.monotonic()) / (len(nodes) - node)
        limits = replace(options, gap=NODE_GAP, time_limit_s=max(LEAST_S, MOST_OF_FAIR * fair))
        outcome = solve_matrix(part, limits, cancel=cancel)
        if outcome.values is None or outcome.status == "interrupted":
            return Rounded(
                _rounded_down(matrix, structure, options, values, node), outcome.status == "interrupted"
            )
        values[free] = np.where(part.integer, np.round(outcome.values), outcome.values)
    return Rounded(values)


def _whole_orders(
    matrix: Matrix, structure: Structure, options: SolveOptions, cancel: Cancel | None
) -> Rounded:
    """A plan with whole orders and fractional replicas, which are rated a little below what they take."""
    whole = matrix.integer.copy()
    whole[structure.replicas] = False
    entries = matrix.entry_values.copy()
    capacity = np.isin(matrix.entry_rows, structure.capacity_rows)
    entries[capacity & np.isin(matrix.entry_columns, structure.replicas)] *= 1.0 - PAD
    padded = replace(matrix, integer=whole, entry_values=entries)
    limits = replace(
        options,
        gap=max(options.gap / 2, ORDERS_GAP),
        time_limit_s=max(1.0, ORDERS_SHARE * options.time_limit_s),
    )
    outcome = solve_matrix(padded, limits, cancel=cancel)
    if outcome.values is None:
        return Rounded(None, outcome.status == "interrupted")
    values = np.where(whole, np.round(outcome.values), outcome.values)
    return Rounded(values, outcome.status == "interrupted")


def _rounded_down(
    matrix: Matrix, structure: Structure, options: SolveOptions, values: FloatArray, first: int
) -> FloatArray | None:
    """Replicas of the nodes from ``first`` on rounded down, and what they serve of the demand by one linear program."""
    later = structure.moment >= first
    running = np.zeros(matrix.columns, dtype=bool)
    running[structure.replicas] = True
    held = np.where(later & running & matrix.integer, np.floor(values + WHOLE), values)
    free = np.flatnonzero(later & ~matrix.integer)
    outcome = solve_matrix(_part(matrix, free, held), replace(options, time_limit_s=FINISH_S))
    if outcome.values is None:
        return None
    held[free] = outcome.values
    return held


def _part(matrix: Matrix, free: IntArray, values: FloatArray) -> Matrix:
    """The program over some columns, with the others held at their values; rows without these columns are left out."""
    place = np.full(matrix.columns, NONE, dtype=np.int64)
    place[free] = np.arange(len(free))
    inside = place[matrix.entry_columns] != NONE
    rows, renumbered = np.unique(matrix.entry_rows[inside], return_inverse=True)
    others = values.copy()
    others[free] = 0.0
    fixed = row_activity(matrix, others)[rows]
    return Matrix(
        cost=matrix.cost[free],
        lower=matrix.lower[free],
        upper=matrix.upper[free],
        integer=matrix.integer[free],
        row_lower=matrix.row_lower[rows] - fixed,
        row_upper=matrix.row_upper[rows] - fixed,
        entry_rows=renumbered,
        entry_columns=place[matrix.entry_columns[inside]],
        entry_values=matrix.entry_values[inside],
    )
