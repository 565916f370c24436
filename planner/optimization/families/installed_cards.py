"""Constraint family: the fleet ledger."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.families.rentals import cards_rented
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["accelerator", "site", "node"]


def add_installed_cards(program: Program, given: Given, decide: Decisions) -> Rows:
    """Cards in service are what we had, plus what has arrived, less what has left.

    Formulation, for every accelerator a, site s and node n with parent p::

        installed[a,s,n] - installed[a,s,p] - sum_o cards[o] * (arriving[o,s,n] - leaving[o,s,n]) = opening[a,s,n]

        installed[a,s,n]   decision   cards in service during n                              [cards]
        arriving[o,s,n]    decision   order[o,s,m] of the node m that enters service in n    [servers]
        leaving[o,s,n]     decision   order[o,s,m] of the node m whose life ends at n        [servers]
        cards[o]           given      cards per server of offer o                            [cards/server]
        opening[a,s,n]     given      opening fleet in the first node; minus what retires later [cards]

    ``given.entering`` and ``given.leaving`` list which order enters and leaves service where; an
    order that would arrive beyond the
    horizon is not a decision. Terms of rented servers (``rent``) enter and leave in the same way.

    Price of a row: what one more card of type a at site s, handed to us in n, would save over the horizon.

    Examples
    --------
    Two cards on hand, one server of eight ordered in the first period, one period of lead time: the ledger reads 2,
    then 10 (``tests/cases/late_delivery``).
    """
    rows = program.rows("installed_cards", given.fleet[KEY], equal=given.fleet["net_opening_cards"])
    before = decide.installed.rename(columns={"node": "parent"}).pipe(
        matched, given.nodes[["parent", "node"]].dropna()
    )
    boxes = given.offers[["offer", "cards_per_server"]].rename(columns={"cards_per_server": "coefficient"})
    ordered = decide.order.rename(columns={"node": "ordered"}).pipe(matched, boxes)
    rows.add(decide.installed)
    rows.add(before[[*KEY, "column"]], coefficient=-1)
    for moves, sign in ((given.entering, -1), (given.leaving, 1)):
        rows.add(ordered.pipe(matched, moves, on=["offer", "ordered"]), coefficient=sign)
    rented = cards_rented(given, decide).rename(columns={"node": "ordered"})
    for moves, sign in ((given.renting.entering, -1), (given.renting.leaving, 1)):
        rows.add(rented.pipe(matched, moves, on=["rental", "ordered"]), coefficient=sign)
    return rows
