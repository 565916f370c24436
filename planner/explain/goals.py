"""What else one may want of a plan that costs about as much: each as weights on the decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.explain.opened import Opened
from planner.optimization.matrix import FloatArray, Matrix, matrix_from_triplets
from planner.optimization.scale import MONEY

CAPITAL = ("purchase", "freight_duty", "vat")  # the terms a capex budget counts


@dataclass(frozen=True, eq=False)
class Goal:
    """Something to have less of.

    Attributes
    ----------
    name : on the command line and in tables
    title : in words, with the unit of its measure
    weights : of the program's columns
    groups : per column a number: the goal counts groups of which anything is ordered; None: it sums weights
    target : orders to stay near to, per column, None: the goal sums weights
    """

    name: str
    title: str
    weights: FloatArray
    groups: npt.NDArray[np.int64] | None = None
    target: FloatArray | None = None

    def measure(self, values: FloatArray) -> float:
        """How much of it a plan has."""
        if self.groups is not None:
            used = np.unique(self.groups[(self.groups >= 0) & (values > 0.5)])
            return float(len(used))
        if self.target is not None:
            return float((self.weights * np.abs(values - self.target)).sum())
        return float((self.weights * values).sum())


def goals(program: Opened, against: Mapping[int, float] | None = None) -> list[Goal]:
    """Every goal: fewest vendors, fewest imported cards, latest orders, least capital, least change.

    Parameters
    ----------
    against : orders of another plan by column, for least change; without it that goal is left out
    """
    order = program.built.decide.order.merge(
        program.given.offers[["offer", "vendor", "origin", "cards_per_server"]], on="offer"
    )
    column = order["column"].to_numpy(np.int64)
    boxes = order["cards_per_server"].to_numpy(float)
    capital, years = capital_of(program)
    vendors = np.full(program.matrix.columns, -1, dtype=np.int64)
    vendors[column] = pd.factorize(order["vendor"], sort=True)[0]
    nothing = np.zeros(program.matrix.columns)
    imported = _on(program, column, boxes * (order["origin"] != "domestic"))
    money = program.currency
    found = [
        Goal("fewest-vendors", "makers ordered from", nothing, groups=vendors),
        Goal("fewest-imported", "imported cards ordered", imported),
        Goal("latest-orders", f"{money} x years between payment and the last period", years),
        Goal("least-capital", f"{money} of capital, not discounted", capital),
    ]
    if against is not None:
        target = np.zeros(program.matrix.columns)
        for at, value in against.items():
            target[at] = value
        cards = _on(program, column, boxes)
        found.append(Goal("least-change", "cards ordered otherwise than in that plan", cards, target=target))
    return found


def _on(program: Opened, columns: npt.NDArray[np.int64], weights: object) -> FloatArray:
    full = np.zeros(program.matrix.columns)
    full[columns] = np.asarray(weights, dtype=float)
    return full


def capital_of(program: Opened) -> tuple[FloatArray, FloatArray]:
    """Money paid for a unit of each column, expected and not discounted; and the same times the years left after it."""
    nodes = program.given.nodes.set_index("node")
    chance = nodes["probability"] if "probability" in nodes else pd.Series(1.0, index=nodes.index)
    left = nodes["years"].max() - nodes["years"]
    capital, years = np.zeros(program.matrix.columns), np.zeros(program.matrix.columns)
    for term in CAPITAL:
        table = program.built.decide.costs[term]
        money = (table["amount"] * table["node"].map(chance)).to_numpy(float)
        np.add.at(capital, table["column"].to_numpy(), money)
        np.add.at(years, table["column"].to_numpy(), money * table["node"].map(left).to_numpy(float))
    return capital, years


@dataclass(frozen=True, eq=False)
class Wanted:
    """The program of a goal: the base's columns first, then helpers; its rows, then the cost and the helpers' rows."""

    matrix: Matrix
    start: FloatArray | None


GOAL_WEIGHT = (
    1000.0  # against 1 for the cost: of plans as good in the goal within a thousandth, the cheapest; assumed
)


def wanted(base: Matrix, goal: Goal, most_cost: float, plan_cost: float, start: FloatArray | None) -> Wanted:
    """Minimise a goal, with the cost as a row, and the cost again as what decides between equals.

    Formulation::

        minimise    1000 * goal(x) / goal(start) + cost(x) / plan_cost
        subject to  cost @ x + offset <= most_cost,  and every row and bound of the program
        vendors     sum_{x of v} x <= most[v] * used[v]      used[v] is 0 or 1; the goal is sum_v used[v]
        change      x - more + less = target                 the goal is sum cards * (more + less)

    Parameters
    ----------
    most_cost, plan_cost : [case currency]
    start : a plan, one value per column of the base
    """
    n = base.columns
    before = goal.measure(start) if start is not None else 0.0
    scale = GOAL_WEIGHT / max(1.0, before)
    tie = base.cost * MONEY / max(1.0, abs(plan_cost))
    costing = np.flatnonzero(base.cost)
    rows, columns, values = [np.full(len(costing), base.rows)], [costing], [base.cost[costing]]
    row_lower, row_upper = [-np.inf], [most_cost / MONEY - base.offset]
    helper_cost: list[float] = []
    helper_upper: list[float] = []
    helper_start: list[float] = []
    whole: list[bool] = []
    if goal.groups is not None:
        for group in range(int(goal.groups.max(initial=-1)) + 1):
            own = np.flatnonzero(goal.groups == group)
            most = float(base.upper[own].sum())
            row, helper = base.rows + len(row_upper), n + len(helper_cost)
            rows += [np.full(len(own) + 1, row)]
            columns += [np.append(own, helper)]
            values += [np.append(np.ones(len(own)), -max(most, 1.0))]
            row_lower, row_upper = [*row_lower, -np.inf], [*row_upper, 0.0]
            helper_cost, helper_upper, whole = [*helper_cost, scale], [*helper_upper, 1.0], [*whole, True]
            helper_start.append(0.0 if start is None else float((start[own] > 0.5).any()))
    elif goal.target is not None:
        own = np.flatnonzero(goal.weights)
        number = np.arange(len(own))
        for sign, at in ((-1.0, n), (1.0, n + len(own))):
            rows += [base.rows + 1 + number]
            columns += [at + number]
            values += [np.full(len(own), sign)]
            helper_cost += (scale * goal.weights[own]).tolist()
            helper_upper += (base.upper[own] + goal.target[own]).tolist()
            gap = np.zeros(len(own)) if start is None else (start[own] - goal.target[own]) * -sign
            helper_start += np.maximum(0.0, gap).tolist()
            whole += [False] * len(own)
        rows, columns, values = [*rows, base.rows + 1 + number], [*columns, own], [*values, np.ones(len(own))]
        row_lower, row_upper = [*row_lower, *goal.target[own]], [*row_upper, *goal.target[own]]
    summed = scale * goal.weights if goal.groups is None and goal.target is None else np.zeros(n)
    matrix = matrix_from_triplets(
        np.concatenate([base.entry_rows, *rows]),
        np.concatenate([base.entry_columns, *columns]),
        np.concatenate([base.entry_values, *values]),
        cost=np.concatenate([summed + tie, helper_cost]),
        lower=np.concatenate([base.lower, np.zeros(len(helper_cost))]),
        upper=np.concatenate([base.upper, helper_upper]),
        integer=np.concatenate([base.integer, np.array(whole, dtype=bool)]),
        row_lower=np.concatenate([base.row_lower, row_lower]),
        row_upper=np.concatenate([base.row_upper, row_upper]),
    )
    return Wanted(matrix, None if start is None else np.concatenate([start, helper_start]))
