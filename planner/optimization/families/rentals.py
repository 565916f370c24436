"""Constraint families: how many cards can be rented, at a time and at once."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.renting import ALL_SLICES
from planner.optimization.variables import Decisions


def cards_rented(given: Given, decide: Decisions) -> pd.DataFrame:
    """Terms started, with their cards per server as coefficient."""
    boxes = given.renting.rentals[["rental", "cards_per_server"]]
    return decide.rent.pipe(matched, boxes.rename(columns={"cards_per_server": "coefficient"}), on="rental")


def add_rental_limit(program: Program, given: Given, decide: Decisions) -> Rows:
    """Cards rented at a time stay within what the provider has.

    Formulation, for every rental x with a limit, node n, and slice h where it is by the hour (``*`` for terms)::

        sum_{s, m: a term of m serves in n} cards[x] * rent[x,s,m] <= max_cards[x]      by the month
        sum_s hourly[x,s,n,h] <= max_cards[x]                                           by the hour

        rent[x,s,m]      decision   servers whose term starts with the decision of m   [servers]
        hourly[x,s,n,h]  decision   cards rented for the slice                         [cards]
        cards[x]         given      cards per server                                   [cards/server]
        max_cards[x]     given      most cards at a time                               [cards]

    Price of a row: what one more card for rent would save.

    Examples
    --------
    At most 16 cards, terms of a year: two servers of 8 started in January are all until December.
    """
    limited = given.renting.rentals[["rental", "max_cards"]].dropna()
    terms = given.renting.service[["rental", "node"]].drop_duplicates().assign(slice=ALL_SLICES)
    hours = decide.hourly[["rental", "node", "slice"]].drop_duplicates()
    keys = pd.concat([terms, hours], ignore_index=True).pipe(matched, limited, on="rental")
    rows = program.rows("rental_limit", keys[["rental", "node", "slice"]], at_most=keys["max_cards"])
    if rows.keys.empty:
        return rows
    started = cards_rented(given, decide).rename(columns={"node": "ordered"})
    serving = started.pipe(matched, given.renting.service, on=["rental", "ordered"])
    rows.add(serving.assign(slice=ALL_SLICES))
    rows.add(decide.hourly)
    return rows


def add_rental_size(program: Program, given: Given, decide: Decisions) -> Rows:
    """What is rented for a term in a node is none, or at least the minimum.

    Formulation, for every rental x with a minimum, and node n::

        sum_s cards[x] * rent[x,s,n] - min_cards[x] * started[x,n] >= 0      (side least)
        sum_s rent[x,s,n] - most[x,n] * started[x,n] <= 0                    (side most)

        rent[x,s,n]     decision   servers whose term starts   [servers]
        started[x,n]    decision   1 when any does             [-]
        cards[x]        given      cards per server            [cards/server]
        min_cards[x]    given      smallest number             [cards]
        most[x,n]       given      bound of the terms          [servers]

    Price of a row: none of use; it only links the two decisions.

    Examples
    --------
    At least 32 cards, one server of 8 needed: four are rented or none.
    """
    sides = pd.DataFrame(
        {"side": ["least", "most"], "lower": [0.0, -float("inf")], "upper": [float("inf"), 0.0]}
    )
    keys = decide.started[["rental", "node"]].merge(sides, how="cross")
    rows = program.rows(
        "rental_size", keys[["rental", "node", "side"]], at_least=keys["lower"], at_most=keys["upper"]
    )
    if rows.keys.empty:
        return rows
    rows.add(cards_rented(given, decide).assign(side="least"))
    rows.add(decide.rent.assign(side="most"))
    least = decide.started.pipe(matched, given.renting.rentals[["rental", "min_cards"]], on="rental")
    rows.add(least.assign(coefficient=-least["min_cards"], side="least"))
    upper = program.decisions["rent"].groupby(["rental", "node"], as_index=False)[["upper"]].sum()
    most = decide.started.pipe(matched, upper, on=["rental", "node"])
    rows.add(most.assign(coefficient=-most["upper"], side="most"))
    return rows
