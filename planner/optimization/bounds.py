"""Finite upper bounds of the decisions, from the data alone."""

from __future__ import annotations

import pandas as pd

from planner.optimization.given import Given
from planner.optimization.selectors import selected_offers, spanned_nodes

SLACK_FACTOR = 4.0  # assumed: room for policies that ask for more cards than the work needs


def most_replicas(given: Given) -> pd.DataFrame:
    """Replicas that would carry, alone and on every site, all work a layout can serve: layout, node, replicas.

    Formula: sum over workloads and buckets of requests / smallest rate, over (1 - headroom), plus one.
    """
    slowest = given.rates.groupby(["workload", "bucket", "layout"], as_index=False)[["requests_per_s"]].min()
    work = given.requests.groupby(["workload", "bucket", "node"], as_index=False)[["requests_per_s"]].sum()
    pairs = slowest.merge(work, on=["workload", "bucket"], suffixes=("_rate", "_asked"))
    pairs["replicas"] = pairs["requests_per_s_asked"] / pairs["requests_per_s_rate"]
    sums = pairs.groupby(["layout", "node"], as_index=False)[["replicas"]].sum()
    sums["replicas"] = sums["replicas"] / (1.0 - given.settings.headroom_share) + 1.0
    return sums


def most_cards(given: Given) -> pd.DataFrame:
    """Cards of each type that any sensible plan stays under: accelerator, cards.

    All work on that card alone by every layout it has, times a factor, plus the opening fleet, spares and what
    orders and rules ask for at least.
    """
    replicas = most_replicas(given).merge(given.layouts, on="layout")
    replicas["cards"] = replicas["replicas"] * replicas["cards_per_replica"]
    need = replicas.groupby(["accelerator", "node"])["cards"].sum().groupby("accelerator").max()
    floor = given.fleet["net_opening_cards"].clip(lower=0.0).sum()
    floor += float(given.rules["selections"]["min_cards"].fillna(0.0).sum())
    floor += float((given.offers["min_order_servers"] * given.offers["cards_per_server"]).max() or 0.0)
    cards = given.cards[["accelerator", "cards_per_server"]].copy()
    spares = (given.sites["spare_servers"].sum() + len(given.sites)) * cards["cards_per_server"]
    total = need.sum() if len(need) else 0.0
    shares = _policy_factor(given)
    largest = cards["accelerator"].map(need).fillna(total)
    return cards[["accelerator"]].assign(cards=SLACK_FACTOR * (largest + floor + spares) * shares)


def most_servers(given: Given) -> pd.DataFrame:
    """Most servers of each offer in each node: offer, node, servers.

    What `most_cards` allows of the card, and no more than any quota that covers the offer and the node.
    """
    offers = given.offers.merge(most_cards(given), on="accelerator")
    grid = offers[["offer", "cards", "cards_per_server"]].merge(given.nodes[["node"]], how="cross")
    limits = given.rules["supply"]
    members = selected_offers(limits, "limit", given.offers).merge(
        spanned_nodes(limits, "limit", given.nodes)
    )
    quotas = members.merge(limits[["limit", "max_cards"]], on="limit")
    least = quotas.groupby(["offer", "node"], as_index=False)[["max_cards"]].min()
    grid = grid.merge(least, on=["offer", "node"], how="left")
    free = -(-grid["cards"] // grid["cards_per_server"])
    quota = grid["max_cards"] // grid["cards_per_server"]
    return grid[["offer", "node"]].assign(servers=free.where(quota.isna(), quota.combine(free, min)))


def _policy_factor(given: Given) -> float:
    """How much a share rule may inflate a fleet: 1 / (1 - share), at most a hundredfold."""
    least = given.rules["domestic_share"]["min_share"].max() if len(given.rules["domestic_share"]) else 0.0
    return 1.0 / max(0.01, 1.0 - float(least))
