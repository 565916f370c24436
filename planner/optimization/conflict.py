"""Why no plan exists: the cheapest set of limits to give way, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.errors import NoPlanError
from planner.optimization.build import Built
from planner.optimization.matrix import FloatArray, Matrix, matrix_from_triplets
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions, solve_matrix

SEEN = 1e-6  # share of a row's size below which it does not give way

# Families somebody can change, with what one unit of their row means.
ELASTIC = {
    "supply_limit": "cards more in the quota",
    "supply_window": "servers ordered outside the permit",
    "power_limit": "kW more",
    "rack_limit": "racks more",
    "budget_limit": "thousand of case currency more",
    "domestic_share": "of the measure more on domestic cards",
    "vendor_share": "of the measure less with this maker",
    "residency": "requests/s where the data may not be",
    "include_exclude": "of the selection less",
    "failure_cover": "requests/s less to serve in the failure",
}


@dataclass(frozen=True)
class Conflict:
    """One row that would have to give way: its name, by how much, and in which unit."""

    row: str
    amount: float
    unit: str

    def __str__(self) -> str:
        return f"{self.row}: would have to give way by {self.amount:,.6g} {self.unit}"


def impossible_rows(built: Built) -> list[str]:
    """Rows that no decision meets and that zero does not satisfy, by name: nothing can keep them."""
    matrix = built.matrix
    met = np.zeros(matrix.rows, dtype=bool)
    met[matrix.entry_rows] = True
    broken = ~met & ((matrix.row_lower > 0) | (matrix.row_upper < 0))
    return [built.program.row_name(int(row)) for row in np.flatnonzero(broken)]


def conflicts(built: Built, options: SolveOptions) -> list[Conflict]:
    """The smallest total relaxation of limits, each relative to its size, under which the relaxation has a plan.

    An empty list means that only whole servers and replicas make the case infeasible.

    Formula: minimise ``sum_r slack_r / size_r`` with one slack per elastic row, ``size_r = max(1, |right side|)``.

    Raises
    ------
    NoPlanError
        The solver stopped before it could tell.
    """
    rows, matrix = _elastic(built)
    outcome = solve_matrix(matrix, options, relax=True)
    if outcome.values is None:
        raise NoPlanError(f"No plan exists, and the search for the reason stopped: {outcome.stop_reason}.")
    slack = outcome.values[built.matrix.columns :]
    given_way = rows.assign(amount=slack)
    given_way = given_way[given_way["amount"] > SEEN * given_way["size"]].sort_values(
        "amount", ascending=False
    )
    return [
        Conflict(built.program.row_name(int(row)), float(amount), ELASTIC[family])
        for row, amount, family in given_way[["row", "amount", "family"]].to_numpy()
    ]


def elastic_prices(built: Built, options: SolveOptions) -> FloatArray:
    """Prices of the rows in `conflicts`' relaxation; they prove that there is no plan when its least slack is above 0.

    Raises
    ------
    NoPlanError
        The solver stopped before it could tell.
    """
    _, matrix = _elastic(built)
    outcome = solve_matrix(matrix, options, relax=True)
    if outcome.duals is None:
        raise NoPlanError(f"No plan exists, and the search for a proof stopped: {outcome.stop_reason}.")
    return outcome.duals


def _elastic(built: Built) -> tuple[pd.DataFrame, Matrix]:
    """The program with a slack column on every elastic row, and nothing but slack in the objective."""
    matrix = built.matrix
    parts = [
        built.program.families[family].keys[["row"]].assign(family=family)
        for family in ELASTIC
        if len(built.program.families[family].keys)
    ]
    empty = pd.DataFrame({"row": np.array([], dtype=int), "family": []})
    rows = pd.concat(parts, ignore_index=True) if parts else empty
    number = rows["row"].to_numpy(int)
    low, high = matrix.row_lower[number], matrix.row_upper[number]
    side = np.where(np.isfinite(low), low, high)
    size = np.maximum(1.0, np.abs(side))
    sign = np.where(np.isfinite(low), 1.0, -1.0)
    most = np.full(len(rows), 1e9 * MONEY)
    extended = matrix_from_triplets(
        np.concatenate([matrix.entry_rows, number]),
        np.concatenate([matrix.entry_columns, matrix.columns + np.arange(len(rows))]),
        np.concatenate([matrix.entry_values, sign]),
        cost=np.concatenate([np.zeros(matrix.columns), 1.0 / size]),
        lower=np.concatenate([matrix.lower, np.zeros(len(rows))]),
        upper=np.concatenate([matrix.upper, most]),
        integer=np.zeros(matrix.columns + len(rows), dtype=bool),
        row_lower=matrix.row_lower,
        row_upper=matrix.row_upper,
    )
    return rows.assign(size=size), extended
