"""Constraint families: where data may be served, and what is wanted or not."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.families.supply import cards_ordered
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.selectors import path_spans, selected_cards, selected_offers, span_keys
from planner.optimization.variables import Decisions


def add_residency(program: Program, given: Given, decide: Decisions) -> Rows:
    """Requests are served only where their data may be.

    Formulation, for every workload w, region r and site s that a residency rule leaves out, and node n::

        sum_b flow[w,b,r,s,n] <= 0

        flow[w,b,r,s,n]   decision   sent from region r to site s   [requests/s]

    Price of a row: what one request per second of w from r served at s in n would save.

    Examples
    --------
    Requests of the south stay in the south: nothing flows from there to the west.
    """
    banned = given.banned_routes.merge(given.nodes[["node"]], how="cross")
    rows = program.rows("residency", banned, at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(decide.flow)
    return rows


def add_include_exclude(program: Program, given: Given, decide: Decisions) -> Rows:
    """What is excluded is not ordered, or does not serve; what is included is ordered at least so often.

    Formulation, for every selection x::

        exclude:                   sum of order[o,s,n] over selected offers and sites                      <= 0
        exclude with a workload:   sum of load[w,b,k,c,s,n] over selected cards and sites                  <= 0
        include:                   sum of cards[o] * order[o,s,n] over selected offers and sites >= min_cards[x]

        order[o,s,n]        decision   servers ordered              [servers]
        load[w,b,k,c,s,n]   decision   work placed                  [requests/s]
        min_cards[x]        given      least cards over the horizon [cards]

    Price of a row: what one unit more of what is excluded would save, or one card less of what is included.

    Examples
    --------
    Include 64 cards of a maker under trial: the plan orders at least 8 servers of 8.
    """
    asked = given.rules["selections"]
    spans = path_spans(asked.assign(from_period=None, to_period=None), "selection", given.nodes)
    keyed = span_keys(asked, "selection", spans)
    include = keyed["rule"] == "include"
    at_least = keyed["min_cards"].astype(float).where(include, -float("inf"))
    at_most = pd.Series(float("inf"), keyed.index).where(include, 0.0)
    key = [name for name in ("selection", "path") if name in keyed.columns]
    rows = program.rows("include_exclude", keyed[key], at_least=at_least, at_most=at_most)
    if rows.keys.empty:
        return rows
    ordering, serving = asked[asked["workload"].isna()], asked[asked["workload"].notna()]

    orders = cards_ordered(given, decide).pipe(
        matched, selected_offers(ordering, "selection", given.offers), on="offer"
    )
    included = asked.loc[asked["rule"] == "include", "selection"]
    orders["coefficient"] = orders["coefficient"].where(orders["selection"].isin(included), 1.0)
    rows.add(_at_site(orders, asked).pipe(matched, spans, on=["selection", "node"]))
    loads = decide.load.pipe(matched, selected_cards(serving, "selection", given.cards), on="accelerator")
    loads = loads.pipe(matched, serving[["selection", "workload"]], on=["selection", "workload"])
    rows.add(_at_site(loads, asked).pipe(matched, spans, on=["selection", "node"]))
    return rows


def _at_site(terms: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Terms at the sites their selection names; a blank names all."""
    wanted = terms["selection"].map(asked.set_index("selection")["site"])
    return terms[wanted.isna() | (wanted == terms["site"])]
