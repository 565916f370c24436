"""Pools: what a site prefills it decodes, on cards that may take over the caches, within its interconnect."""

from __future__ import annotations

from collections import defaultdict

from planner.plan.audit.compare import by_key
from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, joined, listed_rows
from planner.plan.audit.tolerances import RATE
from planner.units import GIGA

NO_POOLS = "none"


def card_classes(facts: Facts) -> dict[str, str]:
    """Class of every card; cards of one class may exchange KV caches. Without pools no card has one."""
    setting = facts.setting_text("pools")
    cards = facts.given["cards"][["accelerator", "vendor"]].itertuples(index=False)
    return {
        card: {"same_card": card, "same_vendor": vendor}.get(setting, setting)
        for card, vendor in cards
        if setting != NO_POOLS
    }


def pool_balance(facts: Facts) -> list[Checked]:
    """Rule ``pool_balance``: prefilled = decoded, by workload, bucket, band, class of cards, site, node, slice.

    Roles of a case without pools, and load of a layout that is not known, belong to no class: such work counts as
    prefilled or decoded by nobody else, so it is found.
    """
    classes = card_classes(facts)
    kinds = by_key(facts.given["layouts"], ["layout"], ["role", "accelerator"])
    sums: dict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    names = ["workload", "bucket", "band_ms", "layout", "site", "node", "slice", "requests_per_s"]
    for work, bucket, band, layout, site, node, part, rate in facts.result["load"][names].itertuples(
        index=False
    ):
        role, card = kinds.get((layout,), ("whole", ""))
        if role != "whole":
            both = sums[work, bucket, band, classes.get(card, f"{layout} alone"), site, node, part]
            both[role == "decode"] += rate
    rows = [(joined(key), sums[key][1], sums[key][0]) for key in sorted(sums, key=joined)]
    return [listed_rows(Rule("pool_balance", "=", "requests/s", RATE), rows)]


def kv_transfer(facts: Facts) -> list[Checked]:
    """Rule ``kv_transfer``: bytes of prompts' caches handed over per second <= the site's limit, where it has one.

    Formula: sum over prefill load of requests/s * mean prompt [tokens] * cache of a token [bytes] / 1e9.
    """
    layouts = by_key(facts.given["layouts"], ["layout"], ["role", "cache_bytes_per_token"])
    prompts = by_key(facts.given["buckets"], ["workload", "bucket"], ["mean_in"])
    limits = by_key(facts.given["sites"], ["site"], ["kv_gb_per_s"])
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    names = ["workload", "bucket", "layout", "site", "node", "slice", "requests_per_s"]
    for work, bucket, layout, site, node, part, rate in facts.result["load"][names].itertuples(index=False):
        role, cache = layouts.get((layout,), ("whole", 0.0))
        if role == "prefill" and (site,) in limits and (work, bucket) in prompts:
            sums[site, node, part] += rate * prompts[work, bucket][0] * cache / GIGA
    rule = Rule("kv_transfer", "<=", "GB/s", RATE)
    rows = [(joined(key), sums[key], limits[key[0],][0]) for key in sorted(sums)]
    return [listed_rows(rule, [row for row in rows if row[2] == row[2]])]  # a blank limit is none: NaN
