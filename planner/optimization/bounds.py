"""Finite upper bounds of the decisions, from the data alone."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.selectors import selected_offers, spanned_nodes

SLACK_FACTOR = 2.0  # assumed: room beyond what the work needs
LEAST_REST = 0.01  # a share within this of all or nothing inflates a fleet a hundredfold at most; assumed
MOST_CARDS = 1e6  # of one type; keeps whole-number columns where solvers count exactly


def most_replicas(given: Given) -> pd.DataFrame:
    """Replicas that would carry, alone and on every site, all work a layout can serve: layout, node, slice,
    replicas.

    Formula: sum over workloads and buckets of requests / smallest rate, over (1 - headroom), plus one.
    """
    slowest = given.rates.groupby(["workload", "bucket", "layout"], as_index=False)[["requests_per_s"]].min()
    key = ["workload", "bucket", "node", "slice"]
    work = given.sendable.groupby(key, as_index=False)[["requests_per_s"]].sum()
    pairs = slowest.merge(work, on=["workload", "bucket"], suffixes=("_rate", "_asked"))
    pairs["replicas"] = pairs["requests_per_s_asked"] / pairs["requests_per_s_rate"]
    factors = given.improving["rate_factors"]
    if len(factors):
        pairs["replicas"] /= pairs.pipe(matched, factors, on=["layout", "node"], how="left")["factor"].fillna(
            1.0
        )
    sums = pairs.groupby(["layout", "node", "slice"], as_index=False)[["replicas"]].sum()
    sums["replicas"] = sums["replicas"] / (1.0 - given.settings.headroom_share) + 1.0
    return sums


def most_cards(given: Given) -> pd.DataFrame:
    """Cards of each type that any sensible plan stays under: accelerator, cards.

    All work on that card alone by the worst layout it has (for a card that serves nothing: the work of all cards),
    over what spares leave, plus spare servers, the opening fleet and what orders and rules ask for at least; times
    what share rules may add, see `_policy_factor`.
    """
    replicas = most_replicas(given).pipe(matched, given.layouts, on="layout")
    replicas["cards"] = replicas["replicas"] * replicas["cards_per_replica"]
    need = replicas.groupby(["accelerator", "node", "slice"])["cards"].sum().groupby("accelerator").max()
    opening = given.fleet.groupby(["accelerator", "site"])["opening_cards"].max()
    floor = opening.sum()
    floor += float(given.rules["selections"]["min_cards"].fillna(0.0).sum())
    floor += float(given.renting.rentals["min_cards"].sum())
    floor += float((given.offers["min_order_servers"] * given.offers["cards_per_server"]).max() or 0.0)
    cards = given.cards[["accelerator", "cards_per_server"]].copy()
    spares = (given.sites["spare_servers"].sum() + len(given.sites)) * cards["cards_per_server"]
    largest = cards["accelerator"].map(need).fillna(need.sum() if len(need) else 0.0)
    total = (largest + floor + spares) / (1.0 - float(given.sites["spare_share"].max()))
    factor = _policy_factor(given)
    if factor > 1.0:
        total = total.where(total > total.sum(), total.sum())  # a share counts every card, whatever its type
    return cards[["accelerator"]].assign(cards=(SLACK_FACTOR * factor * total).clip(upper=MOST_CARDS))


def most_servers(given: Given) -> pd.DataFrame:
    """Most servers of each offer in each node: offer, node, servers.

    What `most_cards` allows of the card, and no more than any quota that covers the offer and the node.
    """
    offers = given.offers.pipe(matched, most_cards(given), on="accelerator")
    grid = offers[["offer", "cards", "cards_per_server"]].merge(given.nodes[["node"]], how="cross")
    limits = given.rules["supply"]
    members = selected_offers(limits, "limit", given.offers).pipe(
        matched, spanned_nodes(limits, "limit", given.nodes)
    )
    quotas = members.pipe(matched, limits[["limit", "max_cards"]], on="limit")
    raised = given.rules["supply_factors"]
    if len(raised):  # the bound must hold where a scenario raises the quota
        largest = (
            raised.assign(factor=raised["factor"].astype(float))
            .groupby("limit")["factor"]
            .max()
            .clip(lower=1.0)
        )
        quotas["max_cards"] = quotas["max_cards"] * quotas["limit"].map(largest).fillna(1.0)
    least = quotas.groupby(["offer", "node"], as_index=False)[["max_cards"]].min()
    grid = grid.pipe(matched, least, on=["offer", "node"], how="left")
    free = -(-grid["cards"] // grid["cards_per_server"])
    quota = grid["max_cards"] // grid["cards_per_server"]
    return grid[["offer", "node"]].assign(servers=free.where(quota.isna(), quota.combine(free, min)))


def _policy_factor(given: Given) -> float:
    """How much share rules may inflate a fleet.

    A least share m of domestic cards asks for up to m / (1 - m) of the others' measure again, a most share m of one
    maker for up to (1 - m) / m; in cards that is times the measure of the heaviest card over that of the lightest.
    Rules may come on top of each other, so their factors multiply.
    """
    factor = 1.0
    for name, column, counts in (("domestic_share", "min_share", False), ("vendor_share", "max_share", True)):
        for measure, share in given.rules[name][["measure", column]].to_numpy():
            part, rest = (1.0 - share, share) if counts else (share, 1.0 - share)
            factor *= 1.0 + part / max(rest, LEAST_REST) * _spread(given, measure)
    return factor


def _spread(given: Given, measure: str) -> float:
    """Measure of the heaviest card over that of the lightest that has any."""
    if measure == "compute":
        weights = given.cards["bf16_tflops"]
    elif measure == "spend":
        weights = given.money["landed"]
    elif measure == "tokens":
        per_card = given.rates.pipe(matched, given.layouts, on="layout").pipe(
            matched, given.tokens, on=["workload", "bucket"]
        )
        weights = per_card["requests_per_s"] * per_card["tokens_per_request"] / per_card["cards_per_replica"]
    else:
        return 1.0
    weights = weights[weights > 0]
    return float(weights.max() / weights.min()) if len(weights) else 1.0
