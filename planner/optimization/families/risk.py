"""Constraint family: what each future costs, for objectives that look beyond the mean."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.paths import paths_of
from planner.optimization.program import Program, Rows
from planner.optimization.scale import MONEY
from planner.optimization.variables import Decisions

ROOM = 2.0  # assumed: no plan worth having costs more on a path than this times serving nothing


def path_nodes(given: Given) -> pd.DataFrame:
    """path (its last node), node: the nodes of every path."""
    return pd.DataFrame(
        [(path[-1], node) for path in paths_of(given.nodes) for node in path], columns=["path", "node"]
    )


def path_money(given: Given, decide: Decisions) -> pd.DataFrame:
    """What a unit of each decision costs on each path: path, column, coefficient [thousand of currency, discounted].

    The expected cost weighs a payment by the probability of its node; on a path through the node it is certain.
    """
    chance = given.nodes[["node", "probability"]]
    paid = pd.concat(decide.costs.values(), ignore_index=True).pipe(matched, chance, on="node")
    paid["coefficient"] = paid["amount"] * paid["discount"] / paid["probability"] / MONEY
    joined = path_nodes(given).pipe(matched, paid[["node", "column", "coefficient"]], on="node")
    return joined.groupby(["path", "column"], as_index=False)[["coefficient"]].sum()


def path_constants(given: Given) -> pd.Series[float]:
    """Maintenance of the opening fleet on each path, which no decision changes [thousand of currency, discounted]."""
    paid = given.fleet_maintenance.pipe(matched, given.nodes[["node", "probability", "discount"]], on="node")
    paid["fixed"] = paid["amount"] * paid["discount"] / paid["probability"] / MONEY
    joined = (
        path_nodes(given).pipe(matched, paid[["node", "fixed"]], on="node", how="left").fillna({"fixed": 0.0})
    )
    return joined.groupby("path")["fixed"].sum()


def highest_path_cost(given: Given) -> float:
    """A bound on what a sensible plan costs on any path [thousand of currency]: all demand unmet, twice over."""
    unmet = given.unmet_money.pipe(matched, given.nodes[["node", "probability", "discount"]], on="node")
    unmet["worth"] = unmet["amount"] * unmet["discount"] / unmet["probability"] / MONEY
    by_path = (
        path_nodes(given).pipe(matched, unmet[["node", "worth"]], on="node").groupby("path")["worth"].sum()
    )
    dearest = float(given.money["landed"].max()) / MONEY if len(given.money) else 0.0
    forced = dearest * float(given.rules["selections"]["min_cards"].fillna(0.0).sum())
    owned = dearest * float(given.fleet.groupby(["accelerator", "site"])["opening_cards"].max().sum())
    return ROOM * (float(by_path.max()) + float(path_constants(given).max()) + forced + owned) + 1.0


def add_path_risk(program: Program, given: Given, decide: Decisions) -> Rows:
    """What a path costs beyond the value at risk is its excess; or no path costs more than its best and the regret.

    Formulation, for every path p of the tree::

        cost[p] - tail - excess[p] <= 0                      objective cvar
        cost[p] - tail <= best[p]                            objective regret

        cost[p]     discounted cost along the path, the opening fleet's maintenance included
        tail        decision   value at risk, or the largest regret               [thousand of case currency]
        excess[p]   decision   cost beyond the value at risk                      [thousand of case currency]
        best[p]     given      cost of the best plan if p were known to come      [thousand of case currency]

    The objective is (1 - weight) * expected cost + weight * (tail + sum_p probability[p] * excess[p] / (1 - quantile))
    for cvar, after Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk, J. Risk 2 (2000); for regret it
    is the tail, and a thousandth of the expected cost, which decides between plans of the same regret.

    Price of a row: how much the path weighs in the objective.

    Examples
    --------
    Three futures cost 10, 12 and 30 with a tenth of the probability on the last: at quantile 0.9 the value at risk is
    12 and the last has an excess of 18.
    """
    tail = decide.tail
    if tail.empty:
        return program.rows("path_risk", pd.DataFrame({"path": pd.Series(dtype=object)}), at_most=0.0)
    constants = path_constants(given)
    keys = pd.DataFrame({"path": constants.index.to_list()})
    limit = -keys["path"].map(constants)
    if given.settings.objective == "regret":
        best = given.best.set_index("path")["cost"] / MONEY
        limit = limit + keys["path"].map(best)
    rows = program.rows("path_risk", keys, at_most=limit)
    rows.add(path_money(given, decide))
    rows.add(tail.merge(keys, how="cross"), coefficient=-1.0)
    rows.add(decide.excess, coefficient=-1.0)
    return rows
