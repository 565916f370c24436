"""Constraint families: what the market lets us order, and when."""

from __future__ import annotations

import math

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.selectors import path_spans, selected_offers, span_keys, spanned_nodes
from planner.optimization.variables import Decisions


def cards_ordered(given: Given, decide: Decisions) -> pd.DataFrame:
    """Orders with their cards per server as coefficient."""
    boxes = given.offers[["offer", "cards_per_server"]].rename(columns={"cards_per_server": "coefficient"})
    return decide.order.pipe(matched, boxes, on="offer")


def add_supply_limit(program: Program, given: Given, decide: Decisions) -> Rows:
    """Cards ordered in a span stay within the quota.

    Formulation, for every limit q over its offers O(q) and nodes N(q) (path by path, where there are scenarios)::

        sum_{o in O(q), n in N(q), s} cards[o] * order[o,s,n] <= max_cards[q]

        order[o,s,n]    decision   servers ordered          [servers]
        cards[o]        given      cards per server         [cards/server]
        max_cards[q]    given      most cards in the span; where a scenario changes the quota, times the mean of its
                                   factor over the nodes of the span, rounded down to whole cards     [cards]

    Price of a row: what one more card in the quota would save.

    Examples
    --------
    A quota of 100 cards of an import in 2027: at most 12 servers of 8 over its months and sites.
    """
    spans = path_spans(given.rules["supply"], "limit", given.nodes)
    limits = span_keys(given.rules["supply"], "limit", spans)
    key = [name for name in ("limit", "path") if name in limits.columns]
    rows = program.rows("supply_limit", limits[key], at_most=quota_cards(given, limits, spans, key))
    if rows.keys.empty:
        return rows
    members = selected_offers(given.rules["supply"], "limit", given.offers).pipe(matched, spans, on="limit")
    rows.add(cards_ordered(given, decide).pipe(matched, members, on=["offer", "node"]))
    return rows


def quota_cards(given: Given, limits: pd.DataFrame, spans: pd.DataFrame, key: list[str]) -> pd.Series[float]:
    """Most cards of every limit and path, as its scenarios leave it."""
    factors = given.rules["supply_factors"]
    most = limits["max_cards"].astype(float)
    if factors.empty:
        return most
    each = spans.pipe(matched, factors, on=["limit", "node"], how="left").fillna({"factor": 1.0})
    mean = each.groupby(key, as_index=False)[["factor"]].mean()
    left = limits[key].pipe(matched, mean, on=key, how="left")["factor"].fillna(1.0)
    return (most * left + 1e-9).apply(math.floor).astype(float)


def add_supply_window(program: Program, given: Given, decide: Decisions) -> Rows:
    """Nothing is ordered outside the spans in which a permit allows it.

    Formulation, for every offer o that a permit selects and node n in none of its spans, or that a scenario closes::

        sum_s order[o,s,n] <= 0

        order[o,s,n]    decision   servers ordered   [servers]

    Price of a row: what one server of o more would save if the permit held in n.

    Examples
    --------
    A permit from 2027-07: no order of that offer from 2027-01 to 2027-06.
    """
    permits = given.rules["permits"]
    members = selected_offers(permits, "permit", given.offers)
    open_nodes = members.pipe(matched, spanned_nodes(permits, "permit", given.nodes))[
        ["offer", "node"]
    ].drop_duplicates()
    governed = decide.order.loc[
        decide.order["offer"].isin(members["offer"]), ["offer", "node"]
    ].drop_duplicates()
    marked = governed.merge(open_nodes, on=["offer", "node"], how="left", indicator=True)
    closed = marked.loc[marked["_merge"] == "left_only", ["offer", "node"]]
    banned = given.rules["closures"].merge(
        decide.order[["offer", "node"]].drop_duplicates(), on=["offer", "node"]
    )
    closed = pd.concat([closed, banned], ignore_index=True).drop_duplicates(ignore_index=True)
    rows = program.rows("supply_window", closed, at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(decide.order)
    return rows


def add_order_size(program: Program, given: Given, decide: Decisions) -> Rows:
    """An order in a node is none, or at least the minimum.

    Formulation, for every offer o with a minimum of more than one server, and node n::

        sum_s order[o,s,n] - least[o] * placed[o,n] >= 0      (side least)
        sum_s order[o,s,n] - most[o,n] * placed[o,n] <= 0     (side most)

        order[o,s,n]   decision   servers ordered                      [servers]
        placed[o,n]    decision   1 when anything is ordered           [-]
        least[o]       given      smallest order                       [servers]
        most[o,n]      given      bound of the orders                  [servers]

    Price of a row: none of use; it only links the two decisions.

    Examples
    --------
    Smallest order 4 servers, 3 needed: 4 are ordered or none.
    """
    sides = pd.DataFrame(
        {"side": ["least", "most"], "lower": [0.0, -float("inf")], "upper": [float("inf"), 0.0]}
    )
    keys = decide.placed[["offer", "node"]].merge(sides, how="cross")
    rows = program.rows(
        "order_size", keys[["offer", "node", "side"]], at_least=keys["lower"], at_most=keys["upper"]
    )
    if rows.keys.empty:
        return rows
    rows.add(decide.order)
    least = given.offers[["offer", "min_order_servers"]]
    placed = decide.placed.pipe(matched, least, on="offer")
    rows.add(placed.assign(coefficient=-placed["min_order_servers"], side="least"))
    upper = program.decisions["order"].groupby(["offer", "node"], as_index=False)[["upper"]].sum()
    placed = placed.pipe(matched, upper, on=["offer", "node"])
    rows.add(placed.assign(coefficient=-placed["upper"], side="most"))
    return rows
