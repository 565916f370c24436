"""Constraint families: replicas stand on cards in service, and some cards stay free for failures."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["accelerator", "site", "node"]


def add_card_use(program: Program, given: Given, decide: Decisions) -> Rows:
    """Cards of running replicas and spare servers stay within the cards in service.

    Formulation, for every accelerator a, site s and node n::

        sum_c cards[c] * deploy[c,s,n] + spare[s] * box[a] * in_use[a,s,n] - (1 - share[s]) * installed[a,s,n] <= 0

        deploy[c,s,n]      decision   replicas running                                  [replicas]
        cards[c]           given      cards per replica                                 [cards/replica]
        in_use[a,s,n]      decision   1 when a carries work at s                        [-]
        spare[s], box[a]   given      servers kept free; cards per server               [servers], [cards/server]
        installed[a,s,n]   decision   cards in service                                  [cards]
        share[s]           given      share of cards kept free                          [share]

    Price of a row: what one more free card of type a at s in n would save in that node.

    Examples
    --------
    Five replicas of 8 cards and one spare server of 8: 48 cards in service.
    """
    rows = program.rows("card_use", decide.installed[KEY], at_most=0.0)
    cards = given.layouts[["layout", "cards_per_replica"]].rename(
        columns={"cards_per_replica": "coefficient"}
    )
    rows.add(decide.deploy.pipe(matched, cards, on="layout"))
    boxes = given.cards[["accelerator", "cards_per_server"]]
    spares = decide.in_use.pipe(matched, given.sites[["site", "spare_servers"]]).pipe(matched, boxes)
    rows.add(spares.assign(coefficient=spares["spare_servers"] * spares["cards_per_server"]))
    free = decide.installed.pipe(matched, given.sites[["site", "spare_share"]])
    rows.add(free.assign(coefficient=free["spare_share"] - 1.0))
    return rows


def add_pool_in_use(program: Program, given: Given, decide: Decisions) -> Rows:
    """A card type that carries work at a site with spare servers counts as in use there.

    Formulation, for every accelerator a, site s with spare servers, and node n::

        sum_c cards[c] * deploy[c,s,n] - most[a,s,n] * in_use[a,s,n] <= 0

        most[a,s,n]   given   sum_c cards[c] * (most replicas of c)   [cards]

    Price of a row: none of use; it only links the two decisions.

    Examples
    --------
    One replica runs: in_use is 1, and `card_use` keeps the spare servers.
    """
    rows = program.rows("pool_in_use", decide.in_use[KEY], at_most=0.0)
    if rows.keys.empty:
        return rows
    cards = given.layouts[["layout", "cards_per_replica"]].rename(
        columns={"cards_per_replica": "coefficient"}
    )
    running = decide.deploy.pipe(matched, cards, on="layout")
    rows.add(running)
    upper = program.decisions["deploy"][["column", "upper"]]
    most = running.pipe(matched, upper, on="column")
    most = most.assign(most=most["coefficient"] * most["upper"]).groupby(KEY, as_index=False)[["most"]].sum()
    linked = decide.in_use.pipe(matched, most, on=KEY)
    rows.add(linked.assign(coefficient=-linked["most"]))
    return rows
