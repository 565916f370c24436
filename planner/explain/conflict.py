"""Why no plan exists: the least that would have to give way, and a smallest set of limits that cannot all be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import NoPlanError
from planner.explain.binding import MOMENTS
from planner.explain.meanings import Meaning, meaning
from planner.explain.moved import share_of
from planner.explain.opened import TIME_LIMIT_S, Opened
from planner.explain.words import quantity, when
from planner.optimization.matrix import IntArray, Matrix, matrix_from_triplets
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions, solve_matrix

SEEN = 1e-6  # share of a limit's size below which it does not give way, and of a price below which it plays no part
MOST_SLACK = 1e9  # far beyond any limit of a case; finite, as the solver wants it

Fits = Callable[[Matrix], bool]


@dataclass(frozen=True)
class GivesWay:
    """One limit of the cheapest way out: its name, by how much it gives way, in words."""

    name: str
    amount: float
    text: str


@dataclass(frozen=True, eq=False)
class Conflict:
    """Limits that cannot all be kept.

    Attributes
    ----------
    rows : row numbers of a minimal set: without any one of them the others can be kept
    texts : each of them in words, with what it asks
    way_out : the smallest relaxation, each limit relative to its size, of all the case's limits
    """

    rows: tuple[int, ...]
    texts: tuple[str, ...]
    way_out: tuple[GivesWay, ...]


def conflict(program: Opened) -> Conflict | None:
    """The conflict of a case that has no plan, None where its limits can be kept in fractions of servers.

    Only limits that somebody sets give way: quotas, permits, power, racks, budgets, shares, rules. What is nature or
    book-keeping holds always.

    Raises
    ------
    NoPlanError
        The solver stopped before it could tell, or rules that cannot give way contradict each other.
    """
    rows = elastic_rows(program)
    if fits(program.matrix):
        return None
    way_out, suspects = _cheapest(program, rows)
    found = minimal(program.matrix, rows, suspects, fits)
    return Conflict(
        tuple(int(row) for row in found), tuple(row_in_words(program, int(row)) for row in found), way_out
    )


def elastic_rows(program: Opened) -> IntArray:
    """Rows of every family that is a limit somebody sets."""
    numbers = [
        rows.keys["row"].to_numpy(np.int64)
        for family, rows in program.built.program.families.items()
        if meaning(family).kind in ("limit", "share") and len(rows.keys)
    ]
    return np.concatenate(numbers) if numbers else np.array([], dtype=np.int64)


def fits(matrix: Matrix) -> bool:
    """Whether the relaxation has any plan.

    Raises
    ------
    NoPlanError
        The solver stopped before it could tell.
    """
    unmet = np.bincount(matrix.entry_rows, minlength=matrix.rows) == 0
    if bool((unmet & ((matrix.row_lower > 0) | (matrix.row_upper < 0))).any()):
        return (
            False  # a row that nothing meets and zero does not satisfy; the guards would refuse the program
        )
    any_plan = replace(matrix, cost=np.zeros(matrix.columns))
    outcome = solve_matrix(any_plan, SolveOptions(time_limit_s=TIME_LIMIT_S), relax=True)
    if outcome.status == "infeasible":
        return False
    if outcome.values is None:
        raise NoPlanError(f"The search for the reason stopped: {outcome.stop_reason}.")
    return True


def dropped(matrix: Matrix, rows: IntArray) -> Matrix:
    """The program with these rows saying nothing."""
    lower, upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    lower[rows], upper[rows] = -np.inf, np.inf
    return replace(matrix, row_lower=lower, row_upper=upper)


def minimal(matrix: Matrix, rows: IntArray, suspects: IntArray, can: Fits) -> IntArray:
    """A minimal set of rows that cannot all be kept (deletion filter).

    Blocks of rows are left out for good while the rest still conflicts: half of them, a quarter, ... one by one. What
    remains is minimal: with any one of its rows left out, the others can be kept.

    Parameters
    ----------
    rows : all rows that may give way
    suspects : those of them that the cheapest way out puts a price on; all are tried where these alone do not conflict
    can : whether a program has a plan
    """
    kept = suspects if len(suspects) and not can(dropped(matrix, np.setdiff1d(rows, suspects))) else rows
    size = max(1, len(kept) // 2)
    while True:
        at = 0
        while at < len(kept):
            rest = np.concatenate([kept[:at], kept[at + size :]])
            if can(dropped(matrix, np.setdiff1d(rows, rest))):
                at += size
            else:
                kept = rest
        if size == 1:
            return kept
        size //= 2


def _cheapest(program: Opened, rows: IntArray) -> tuple[tuple[GivesWay, ...], IntArray]:
    """The smallest relaxation of limits, and the rows that have a price in it.

    Formula: minimise ``sum_r slack[r] / size[r]`` with one slack per row, ``size[r] = max(1, |right side|)``.
    """
    matrix = program.matrix
    low, high = matrix.row_lower[rows], matrix.row_upper[rows]
    side = np.where(np.isfinite(low), low, high)
    size = np.maximum(1.0, np.abs(side))
    number = np.arange(len(rows))
    extended = matrix_from_triplets(
        np.concatenate([matrix.entry_rows, rows]),
        np.concatenate([matrix.entry_columns, matrix.columns + number]),
        np.concatenate([matrix.entry_values, np.where(np.isfinite(low), 1.0, -1.0)]),
        cost=np.concatenate([np.zeros(matrix.columns), 1.0 / size]),
        lower=np.concatenate([matrix.lower, np.zeros(len(rows))]),
        upper=np.concatenate([matrix.upper, np.full(len(rows), MOST_SLACK)]),
        integer=np.zeros(matrix.columns + len(rows), dtype=bool),
        row_lower=matrix.row_lower,
        row_upper=matrix.row_upper,
    )
    outcome = solve_matrix(extended, SolveOptions(time_limit_s=TIME_LIMIT_S), relax=True)
    if outcome.values is None or outcome.duals is None:
        raise NoPlanError(
            f"No plan exists, and no limit that could give way is the reason: {outcome.stop_reason}."
        )
    slack = outcome.values[matrix.columns :]
    order = [int(at) for at in np.argsort(-slack / size, kind="stable") if slack[at] > SEEN * size[at]]
    given = tuple(_gives_way(program, int(rows[at]), float(slack[at])) for at in order)
    return given, rows[np.abs(outcome.duals[rows]) * size > SEEN]


def _row(program: Opened, row: int) -> tuple[Meaning, dict[str, object], str, str]:
    """Meaning, keys without the moment, name and moment of a row."""
    for family, rows in program.built.program.families.items():
        own = rows.keys[rows.keys["row"] == row] if len(rows.keys) else rows.keys
        if len(own):
            line = own.iloc[0]
            keys = {key: line[key] for key in rows.key if key not in MOMENTS}
            node = next((str(line[key]) for key in MOMENTS[:3] if key in rows.key), "")
            what = meaning(family)
            return what, keys, what.name(keys), "" if node == "span" else node
    raise IndexError(f"no row {row}")


def row_in_words(program: Opened, row: int) -> str:
    """A limit with what it asks, such as ``quota few: at most 8 cards``."""
    what, keys, name, node = _row(program, row)
    least = np.isfinite(program.matrix.row_lower[row])
    side = float(program.matrix.row_lower[row] if least else program.matrix.row_upper[row])
    if what.kind == "share":
        asked = f"{100 * share_of(program, what, str(keys['policy'])):g} %"
    else:
        asked = quantity(side * what.per_unit, what) if side or least else "none"
    if asked != "none":
        asked = f"at {'least' if least else 'most'} {asked}"
    moment = when([node], program.nodes) if node else ""
    return f"{name}: {asked}{f' in {moment}' if moment else ''}"


def _gives_way(program: Opened, row: int, amount: float) -> GivesWay:
    what, _, name, node = _row(program, row)
    if what.kind == "share":
        text = f"{amount:,.4g} of what it counts"
    elif what.unit == "thousand":
        text = f"{amount * MONEY:,.0f} {program.currency}"
    else:
        text = quantity(float(f"{amount * what.per_unit:.4g}"), what)
    return GivesWay(f"{name}{f' in {node}' if node else ''}", amount * what.per_unit, text)


def give_way_table(found: Conflict) -> pd.DataFrame:
    """The cheapest way out as a table: limit, amount, text."""
    return pd.DataFrame([vars(item) for item in found.way_out], columns=["name", "amount", "text"])
