"""What one more card would cost and save, period by period and site by site: its reduced cost, taken apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from planner.explain.changed import Varied, ways_to_get
from planner.explain.opened import Opened, Relaxation, reduced_costs, relaxation
from planner.optimization.matrix import FloatArray, Matrix
from planner.optimization.scale import MONEY

GIFT_CARDS = 0.01  # far above the solver's tolerance, far below a server; assumed
SEEN = 1e-6  # share of what a card costs below which an amount is the solver's dust
LEDGER = "installed_cards"


def with_gift(program: Opened, card: str) -> Matrix:
    """The program with a hundredth of a card on hand at every site that can hold it, from the first node on.

    A card that is not in the plan has no price of its own: the rows between its order and the work it would do are
    slack, and their duals may be anything between nothing and its worth. With a crumb of it in service they are what a
    first card is worth.
    """
    keys = program.built.program.families[LEDGER].keys
    place = program.given.nodes.set_index("node")["index"]
    own = keys[keys["accelerator"] == card].assign(at=lambda table: table["node"].map(place))
    earliest = own.groupby(["accelerator", "site"])["at"].transform("min")
    first = own.loc[own["at"] == earliest, "row"].to_numpy(int)  # one node, or one in each future
    lower, upper = program.matrix.row_lower.copy(), program.matrix.row_upper.copy()
    lower[first] += GIFT_CARDS
    upper[first] += GIFT_CARDS
    return replace(program.matrix, row_lower=lower, row_upper=upper)


def worth_of_a_first_card(program: Opened, card: str, now: Relaxation) -> FloatArray:
    """Duals that price a first card; those of the relaxation where there is no room for it."""
    found = relaxation(with_gift(program, card))
    return now.duals if found is None else found.duals


def charges(program: Opened, priced: Varied, card: str, duals: FloatArray) -> pd.DataFrame:
    """What an order costs and brings, per card: decision, offer, site, node, cost, saves, limits, loses, factor.

    Formula, for an order j with prices y of the rows::

        loses[j]  = cost[j] - sum_i A[i,j] * y[i]      = cost - saves + limits
        saves[j]  = the part of the ledger: what the card's work is worth, less its power, hosting, idle energy
        limits[j] = the other rows: quotas, budgets, shares, permits, exclusions
        factor[j] = 1 - loses[j] / d loses[j] / d price factor: the price at which the order breaks even over its price

    All per card, discounted [case currency].
    """
    ways = ways_to_get(program, card)
    column = ways["column"].to_numpy(int)
    boxes = program.given.offers.set_index("offer")["cards_per_server"].astype(float)
    cards = np.where(ways["decision"] == "order", ways["offer"].map(boxes), 1.0).astype(float)
    matrix = program.matrix
    loses = reduced_costs(matrix, duals)[column] * MONEY / cards
    doubled = reduced_costs(priced.at(2.0), duals)[column] * MONEY / cards
    ledger = np.zeros(matrix.rows)
    rows = program.built.program.families[LEDGER].keys["row"].to_numpy(int)
    ledger[rows] = duals[rows]
    cost = matrix.cost[column] * MONEY / cards
    saves = cost - reduced_costs(matrix, ledger)[column] * MONEY / cards
    slope = doubled - loses
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(slope > 0, 1.0 - loses / slope, np.nan)
    limits = loses - cost + saves
    dust = SEEN * np.maximum(1.0, np.abs(cost))
    loses, limits = np.where(np.abs(loses) > dust, loses, 0.0), np.where(np.abs(limits) > dust, limits, 0.0)
    table = ways.assign(cost=cost, saves=saves, limits=limits, loses=loses, factor=factor)
    return table.drop(columns="column").reset_index(drop=True)
