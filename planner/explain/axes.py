"""What a frontier runs along: a domestic share, capital or power, each as rows on top of the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import InputError, NoPlanError, Problem
from planner.explain.conflict import fits
from planner.explain.goals import capital_of
from planner.explain.moved import POINT
from planner.explain.opened import Opened, opened, relaxed
from planner.optimization.families.shares import measured
from planner.optimization.matrix import FloatArray, IntArray, Matrix, matrix_from_triplets
from planner.optimization.scale import MONEY

MEASURES = ("cards", "compute", "spend", "tokens")
WHATS = (
    "domestic-share",
    *(f"domestic-share:{measure}" for measure in MEASURES),
    "capital",
    "power",
    "latency",
)
LOWEST_SHARE = 0.5  # of the plan's own capital or power, where the tightest point begins unless said; assumed
SEARCH_STEPS = 7  # halvings of the range in which the tightest point that can be kept lies
SEEN = 1e-9


@dataclass(frozen=True, eq=False)
class Axis:
    """One quantity held to a value.

    Attributes
    ----------
    title, unit : in words
    program : the program without rules of the same kind
    rows : adds the rows that hold it to a value [unit of the axis] to a program's arrays
    reached : what a plan has of it, from one value per column
    loosest, tightest : ends of the frontier
    note : what was left out of the case for it
    """

    title: str
    unit: str
    program: Opened
    rows: Callable[[Matrix, float], Matrix]
    reached: Callable[[FloatArray], float]
    loosest: float
    tightest: float
    note: str = ""


def axis_of(
    program: Opened,
    what: str,
    ends: tuple[float | None, float | None] = (None, None),
    planned: FloatArray | None = None,
) -> Axis:
    """The axis of that name, with its ends: the looser of the cheapest relaxation and the plan, and the tightest kept.

    Parameters
    ----------
    planned : the run's plan, one value per column of the program
    ends : loosest and tightest, where the user says so [unit of the axis]

    Raises
    ------
    InputError
        There is no such axis, or the ends are the wrong way round.
    NoPlanError
        Nothing of the kind can be held.
    """
    if what == "capital":
        axis = _summed(program, capital_of(program)[0][None, :], "capital, not discounted", program.currency)
    elif what == "power":
        axis = _summed(program, _power(program), "power at the meter, all sites, highest period", "kW")
    elif what.partition(":")[0] == "domestic-share" and (what.partition(":")[2] or "cards") in MEASURES:
        axis = _share(program, what.partition(":")[2] or "cards")
    else:
        raise InputError([Problem("frontier", "", "what", what, f"one of {', '.join(WHATS)}")])
    loosest = _loosest(axis, planned) if ends[0] is None else ends[0]
    tightest = _tightest(axis, loosest) if ends[1] is None else ends[1]
    if (tightest - loosest) * (axis.tightest - axis.loosest) <= 0:
        found = f"from {loosest:g} to {tightest:g} {axis.unit}"
        raise InputError(
            [Problem("frontier", "", "ends", found, "the loose end first, and room between the ends")]
        )
    return replace(axis, loosest=loosest, tightest=tightest)


def _summed(program: Opened, weights: FloatArray, title: str, unit: str) -> Axis:
    """An axis that holds every one of some weighted sums to at most a value."""

    def rows(matrix: Matrix, value: float) -> Matrix:
        scale = MONEY if unit == program.currency else 1.0
        line, column = np.nonzero(weights)
        return with_rows(
            matrix, line, column, weights[line, column] / scale, np.full(len(weights), value / scale)
        )

    def reached(values: FloatArray) -> float:
        return float((weights @ values).max())

    return Axis(title, unit, program, rows, reached, 1.0, 0.0)


def _power(program: Opened) -> FloatArray:
    """Power at the meter of one card in service, by node [kW]."""
    table = program.built.decide.installed.merge(
        program.given.cards[["accelerator", "power_kw"]], on="accelerator"
    )
    table = table.merge(program.given.sites[["site", "pue"]], on="site")
    place = {node: at for at, node in enumerate(program.nodes)}
    weights = np.zeros((len(place), program.matrix.columns))
    weights[table["node"].map(place).to_numpy(int), table["column"].to_numpy(int)] = (
        table["power_kw"] * table["pue"]
    )
    return weights


def _share(program: Opened, measure: str) -> Axis:
    """An axis that holds the domestic share of a measure to at least a value, in the last period (spend: over all)."""
    tables = {**program.tables, "domestic_share": program.tables["domestic_share"].iloc[:0]}
    free = opened(tables)
    terms = measured(free.given, free.built.decide)
    terms = terms[terms["measure"] == measure]
    if measure != "spend":
        nodes = free.given.nodes
        terms = terms[terms["node"].isin(set(nodes.loc[nodes["index"] == nodes["index"].max(), "node"]))]
    line = np.zeros(len(terms), int) if measure == "spend" else pd.factorize(terms["node"], sort=True)[0]
    column, counts = terms["column"].to_numpy(int), terms["coefficient"].to_numpy(float)
    own = (terms["origin"] == "domestic").to_numpy(float)
    count = int(line.max(initial=-1)) + 1

    def rows(matrix: Matrix, value: float) -> Matrix:
        return with_rows(matrix, line, column, counts * (value * POINT - own), np.zeros(count))

    def reached(values: FloatArray) -> float:
        of_own = np.bincount(line, counts * own * values[column], count)
        of_all = np.bincount(line, counts * values[column], count)
        return float((of_own / np.maximum(of_all, SEEN)).min()) / POINT

    when = "over the horizon" if measure == "spend" else "in the last period"
    note = "the case's own domestic shares are left out" if len(program.tables["domestic_share"]) else ""
    return Axis(f"domestic share of {measure} {when}", "%", free, rows, reached, 0.0, 1.0, note)


def with_rows(
    matrix: Matrix, line: IntArray, column: IntArray, values: FloatArray, most: FloatArray
) -> Matrix:
    """The program with rows ``sum values * x <= most`` more."""
    return matrix_from_triplets(
        np.concatenate([matrix.entry_rows, matrix.rows + np.asarray(line)]),
        np.concatenate([matrix.entry_columns, column]),
        np.concatenate([matrix.entry_values, values]),
        cost=matrix.cost,
        lower=matrix.lower,
        upper=matrix.upper,
        integer=matrix.integer,
        row_lower=np.concatenate([matrix.row_lower, np.full(len(most), -np.inf)]),
        row_upper=np.concatenate([matrix.row_upper, most]),
        offset=matrix.offset,
    )


def _loosest(axis: Axis, planned: FloatArray | None) -> float:
    """What the relaxation has of it, or the plan where that is looser."""
    found = [axis.reached(relaxed(axis.program).values)]
    found += [] if planned is None else [axis.reached(planned)]
    return max(found) if axis.loosest > axis.tightest else min(found)


def _tightest(axis: Axis, loosest: float) -> float:
    """The tightest value the relaxation can keep: all domestic, half of the capital or power, or what lies between."""
    best = 1.0 / POINT if axis.unit == "%" else LOWEST_SHARE * loosest
    matrix = axis.program.matrix
    if fits(axis.rows(matrix, best)):
        return best
    if not fits(axis.rows(matrix, loosest)):
        raise NoPlanError(f"Nothing can hold the {axis.title} to {loosest:g} {axis.unit}.")
    kept, broken = loosest, best
    for _ in range(SEARCH_STEPS):
        middle = (kept + broken) / 2.0
        kept, broken = (middle, broken) if fits(axis.rows(matrix, middle)) else (kept, middle)
    return kept
