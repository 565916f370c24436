"""Constraint families: replicas stand on cards in service, and some cards stay free for failures."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions
from planner.units import MINUTES_PER_HOUR

KEY = ["accelerator", "site", "node", "slice"]


def add_card_use(program: Program, given: Given, decide: Decisions) -> Rows:
    """Cards of running replicas, of those that start, and of spare servers stay within the cards in service.

    Formulation, for every accelerator a, site s, node n and slice h::

        sum_c cards[c] * (deploy[c,s,n,h] + lost[h] * starting[c,s,n,h]) + spare[s] * box[a] * in_use[a,s,n]
            - (1 - share[s]) * installed[a,s,n] - sum_x hourly[x,s,n,h] <= 0

        deploy[c,s,n,h]    decision   replicas running                                  [replicas]
        starting[c,s,n,h]  decision   of them, those that ran not in the slice before   [replicas]
        lost[h]            given      minutes a start takes over the length of a slice  [share]
        cards[c]           given      cards per replica                                 [cards/replica]
        in_use[a,s,n]      decision   1 when a carries work at s                        [-]
        spare[s], box[a]   given      servers kept free; cards per server               [servers], [cards/server]
        installed[a,s,n]   decision   cards in service                                  [cards]
        share[s]           given      share of cards kept free                          [share]
        hourly[x,s,n,h]    decision   cards of type a rented by the hour                [cards]

    In a failure, which counts as a slice, spares may be used and cards that are lost carry nothing::

        sum_c cards[c] * deploy[c,s,n,f] - (0 where a at s is lost, else 1) * installed[a,s,n] <= 0

    Price of a row: what one more free card of type a at s in that slice of n would save.

    Examples
    --------
    Five replicas of 8 cards and one spare server of 8: 48 cards in service.
    """
    keys = decide.installed[KEY[:3]].merge(given.slices[["slice"]], how="cross")
    failing = decide.deploy.loc[~decide.deploy["slice"].isin(given.slices["slice"]), KEY].drop_duplicates()
    rows = program.rows("card_use", pd.concat([keys, failing]) if len(failing) else keys, at_most=0.0)
    rows.add(_with_cards(given, decide.deploy))
    lost = given.settings.switch_minutes / MINUTES_PER_HOUR / given.slices["day_hours"]
    starts = _with_cards(given, decide.starting).pipe(
        matched, given.slices[["slice"]].assign(lost=lost), on="slice"
    )
    rows.add(starts.assign(coefficient=starts["coefficient"] * starts["lost"]))
    boxes = given.cards[["accelerator", "cards_per_server"]]
    spares = decide.in_use.pipe(matched, given.sites[["site", "spare_servers"]]).pipe(matched, boxes)
    spares = spares.assign(coefficient=spares["spare_servers"] * spares["cards_per_server"])
    rows.add(spares.merge(given.slices[["slice"]], how="cross"))
    free = decide.installed.pipe(matched, given.sites[["site", "spare_share"]])
    free = free.assign(coefficient=free["spare_share"] - 1.0)
    rows.add(free.merge(given.slices[["slice"]], how="cross"))
    rows.add(_left(given, decide, failing), coefficient=-1)
    rows.add(decide.hourly, coefficient=-1)
    return rows


def _left(given: Given, decide: Decisions, failing: pd.DataFrame) -> pd.DataFrame:
    """Cards in service that a failure leaves, by its rows."""
    own = decide.installed.pipe(matched, failing, on=KEY[:3])
    lost = (
        own.merge(given.lost, on=["slice", "accelerator", "site"], how="left", indicator=True)["_merge"]
        == "both"
    )
    return own[~lost.to_numpy()]


def add_switching(program: Program, given: Given, decide: Decisions) -> Rows:
    """Replicas that run in a slice and did not in the one before it are starting.

    Formulation, for every layout c, site s, node n and slice h with g before it, where a case has several slices::

        deploy[c,s,n,h] - deploy[c,s,n,g] - starting[c,s,n,h] <= 0

        deploy[c,s,n,h]     decision   replicas running   [replicas]
        starting[c,s,n,h]   decision   of them, started   [replicas]

    The slice before is the one that ends where h begins; the last of a day comes before its first.

    Price of a row: what one replica less to start would save.

    Examples
    --------
    Three replicas by night and ten by day: seven start in the morning.
    """
    rows = program.rows("switching", decide.starting[["layout", "site", "node", "slice"]], at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(decide.deploy)
    after = given.slices[["slice", "before"]].rename(columns={"slice": "after", "before": "slice"})
    earlier = decide.deploy.pipe(matched, after, on="slice").drop(columns="slice")
    rows.add(earlier.rename(columns={"after": "slice"}), coefficient=-1)
    rows.add(decide.starting, coefficient=-1)
    return rows


def add_pool_in_use(program: Program, given: Given, decide: Decisions) -> Rows:
    """A card type that carries work at a site with spare servers counts as in use there.

    Formulation, for every accelerator a, site s with spare servers, node n and slice h::

        sum_c cards[c] * deploy[c,s,n,h] - most[a,s,n,h] * in_use[a,s,n] <= 0

        most[a,s,n,h]   given   sum_c cards[c] * (most replicas of c)   [cards]

    Price of a row: none of use; it only links the two decisions.

    Examples
    --------
    One replica runs: in_use is 1, and `card_use` keeps the spare servers.
    """
    running = _with_cards(given, decide.deploy)
    upper = program.decisions["deploy"][["column", "upper"]]
    most = running.pipe(matched, upper, on="column")
    most = most[most["slice"].isin(given.slices["slice"])]
    most = most.assign(most=most["coefficient"] * most["upper"]).groupby(KEY, as_index=False)[["most"]].sum()
    linked = decide.in_use.pipe(matched, most, on=KEY[:3])
    rows = program.rows("pool_in_use", linked[KEY], at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(running)
    rows.add(linked.assign(coefficient=-linked["most"]))
    return rows


def _with_cards(given: Given, replicas: pd.DataFrame) -> pd.DataFrame:
    """Replicas with their cards as coefficient."""
    cards = given.layouts[["layout", "cards_per_replica"]]
    return replicas.pipe(matched, cards.rename(columns={"cards_per_replica": "coefficient"}), on="layout")
