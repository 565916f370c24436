"""Futures one by one: what the best plan would cost if each were known to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.demand.tree import path_tables
from planner.errors import NoPlanError
from planner.optimization.build import build
from planner.optimization.gather import gather
from planner.optimization.matrix import Matrix
from planner.optimization.paths import paths_of
from planner.optimization.scale import MONEY
from planner.optimization.selectors import branched
from planner.optimization.solve import SolveOptions, solve_matrix
from planner.optimization.strategy import solve_program
from planner.plan import Plan


def best_of_paths(given: Mapping[str, pd.DataFrame], options: SolveOptions) -> pd.DataFrame:
    """The best plan of every path alone (wait and see): path (its last node), cost, bound [case currency].

    Raises
    ------
    NoPlanError
        A path alone has no plan, or none was found in time.
    """
    rows = []
    for path in paths_of(given["periods"]):
        built = build(gather(path_tables(given, path[-1])))
        solved = solve_program(built.matrix, built.structure, options)
        if solved.outcome.values is None:
            raise NoPlanError(
                f"No plan was found for the future {path[-1]} alone: {solved.outcome.stop_reason}."
            )
        rows.append((path[-1], solved.outcome.cost * MONEY, solved.bound * MONEY))
    return pd.DataFrame(rows, columns=["path", "cost", "bound"])


def with_best(given: dict[str, pd.DataFrame], options: SolveOptions) -> dict[str, pd.DataFrame]:
    """The given tables with the best of each path, where the objective is the largest regret."""
    asked = str(given["settings"]["objective"].iloc[0])
    if asked != "regret" or not branched(given["periods"]):
        return given
    return given | {"best": best_of_paths(given, options)[["path", "cost"]]}


@dataclass(frozen=True)
class WorthOfKnowing:
    """What it is worth to know the future, and to plan for several; every amount in case currency, discounted.

    Attributes
    ----------
    planned : expected cost of the plan
    known : expected cost if the future were known before the first order (wait and see), and its floor
    averaged : expected cost when the first orders are those of the average future, the rest decided as futures part;
        infinite where those orders leave some future without any plan
    paths : path, probability, cost, bound of each future known in advance
    """

    planned: float
    known: float
    known_floor: float
    averaged: float
    paths: pd.DataFrame

    @property
    def perfect_information(self) -> float:
        """Expected value of perfect information: at most what a better forecast can be worth."""
        return self.planned - self.known

    @property
    def stochastic_solution(self) -> float:
        """Value of the stochastic solution: what planning for several futures saves against planning for the mean."""
        return self.averaged - self.planned


def worth_of_knowing(plan: Plan, options: SolveOptions) -> WorthOfKnowing:
    """Compare a plan with knowing the future and with planning for the average one.

    Formulas, with p the probability of each path (Birge and Louveaux, Introduction to Stochastic Programming, 2011,
    chapter 4)::

        known     sum p * best cost of the path alone
        averaged  best cost over the tree with the orders of the shared nodes fixed to those of the mean future

    The mean future has the mean demand, price and quota of each period, is closed to an offer where most futures are,
    and has the mean delay.

    Raises
    ------
    NoPlanError
        A future alone, or the mean one, has no plan.
    """
    given = {**plan.given, "settings": plan.given["settings"].assign(objective="expected")}
    costs = plan.tables["costs"]
    planned = float(costs.loc[costs["term"] != "risk_premium", "discounted"].sum())
    alone = best_of_paths(given, options)
    chance = given["periods"].set_index("node")["probability"]
    alone["probability"] = alone["path"].map(chance)
    known, floor = (float((alone["probability"] * alone[name]).sum()) for name in ("cost", "bound"))
    tree = build(gather(given))
    fixed = _with_orders(tree.matrix, tree.program.decisions["order"], _first_orders(given, options))
    solved = solve_matrix(fixed, options)
    averaged = float("inf") if solved.values is None else solved.cost * MONEY
    return WorthOfKnowing(planned, known, floor, averaged, alone)


def _first_orders(given: Mapping[str, pd.DataFrame], options: SolveOptions) -> pd.DataFrame:
    """Orders that the mean future asks for in the nodes all futures share: offer, site, node, value."""
    mean = mean_tables(given)
    built = build(gather(mean))
    solved = solve_program(built.matrix, built.structure, options)
    if solved.outcome.values is None:
        raise NoPlanError(f"No plan was found for the mean future: {solved.outcome.stop_reason}.")
    order = built.program.decisions["order"]
    value = np.round(solved.outcome.values[order["column"].to_numpy()])
    shared = set(given["periods"].loc[given["periods"]["probability"] > 1.0 - 1e-9, "node"])
    orders = order[["offer", "site", "node"]].assign(value=value)
    return orders[orders["node"].isin(shared)]


def _with_orders(matrix: Matrix, columns: pd.DataFrame, orders: pd.DataFrame) -> Matrix:
    """The program with these orders as they are."""
    held = columns[["offer", "site", "node", "column"]].merge(orders, on=["offer", "site", "node"])
    at, value = held["column"].to_numpy(np.int64), held["value"].to_numpy(float)
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    lower[at] = upper[at] = np.minimum(value, upper[at])
    return replace(matrix, lower=lower, upper=upper)


def mean_tables(given: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The given tables of the mean future: one path, with means over the nodes of each period."""
    nodes = given["periods"]
    first = nodes.drop_duplicates("period").sort_values("index", ignore_index=True)
    path = first.assign(node=first["period"], parent=first["period"].shift(1), probability=1.0)
    path["parent"] = path["parent"].astype(object).where(path["parent"].notna(), None)
    facts = nodes[["node", "period", "probability"]]

    def mean(name: str, key: list[str], amounts: list[str], otherwise: float) -> pd.DataFrame:
        if name not in given or given[name].empty:
            return given.get(name, pd.DataFrame(columns=[*key, "node", *amounts]))
        table = given[name]
        grid = table[key].drop_duplicates().merge(facts, how="cross")
        full = grid.merge(table, on=[*key, "node"], how="left").fillna(dict.fromkeys(amounts, otherwise))
        full[amounts] = full[amounts].astype(float).mul(full["probability"], axis=0)
        sums = full.groupby([*key, "period"], as_index=False)[amounts].sum()
        return sums.rename(columns={"period": "node"})

    rates = ["requests_per_s", "mean_requests_per_s"]
    return {
        **given,
        "periods": path,
        "requests": mean("requests", ["workload", "bucket", "region", "slice"], rates, 0.0),
        "price_factors": mean("price_factors", ["offer"], ["factor"], 1.0),
        "supply_factors": mean("supply_factors", ["limit"], ["factor"], 1.0),
        "delays": mean("delays", ["offer"], ["months"], 0.0),
        "closures": _mostly(given["closures"], facts),
    }


def _mostly(closed: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Offers and periods closed in futures of more than half of the probability."""
    joined = closed.merge(facts, on="node")
    sums = joined.groupby(["offer", "period"], as_index=False)[["probability"]].sum()
    return sums.loc[sums["probability"] > 0.5, ["offer", "period"]].rename(columns={"period": "node"})
