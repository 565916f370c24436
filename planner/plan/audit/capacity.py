"""Cards and replicas: enough of them for the work placed, with spares."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from planner.plan.audit.compare import by_key
from planner.plan.audit.facts import Facts
from planner.plan.audit.renting import cards_by_hour
from planner.plan.audit.rows import Checked, Rule, key_text, rule_rows
from planner.plan.audit.tolerances import COUNTED, RATE
from planner.units import MINUTES_PER_HOUR

CARD_KEY = ["accelerator", "site", "node"]


def serving_capacity(facts: Facts) -> list[Checked]:
    """Rule ``serving_capacity``: sum of load / rate <= (1 - headroom) * replicas, by layout, site, node, slice."""
    key = ["layout", "site", "node", "slice"]
    needed = facts.work.groupby(key, as_index=False)[["replicas_needed"]].sum()
    running = facts.result["deployment"].groupby(key, as_index=False)[["replicas"]].sum()
    both = running.merge(needed, on=key, how="outer")
    both = both.fillna({"replicas_needed": 0.0, "replicas": 0.0})
    limit = (1.0 - facts.setting("headroom_share")) * both["replicas"]
    rule = Rule("serving_capacity", "<=", "replicas", RATE)
    return [rule_rows(rule, key_text(both, key), both["replicas_needed"], limit)]


def cards_used(facts: Facts, service: pd.DataFrame) -> pd.DataFrame:
    """Cards by accelerator, site and node: installed_cards, deployed_cards, spare_cards (required), free_cards...

    Formulas, in the busiest slice::

        taken    = sum over layouts of (replicas + those that start * minutes of a start / minutes of the slice) * cards
                   - cards by the hour in that slice; deployed is the same, never below zero
        spare    = spare_servers * cards_per_server where anything is deployed, plus spare_share * installed
        free     = installed - deployed - spare
        reserved = spare_share * installed, the part of spare that a share asks for

    Replicas and the layout's own cards per replica are counted, not the cards the deployment table shows.
    """
    hourly = cards_by_hour(facts)
    boxes = by_key(facts.given["cards"], ["accelerator"], ["cards_per_server"])
    sites = by_key(facts.given["sites"], ["site"], ["spare_servers", "spare_share"])
    taken: dict[tuple[str, str, str], float] = {}
    running: set[tuple[str, str, str]] = set()
    for (card, site, node, part), cards in cards_taken(facts).items():
        own = cards - hourly.get((card, site, node, part), 0.0)
        taken[card, site, node] = max(taken.get((card, site, node), own), own)
        if cards > 0:
            running.add((card, site, node))
    installed = by_key(service, CARD_KEY, ["installed_cards"])
    rows = []
    for key in sorted(key for key in {*taken, *installed} if (key[1],) in sites):
        cards, own = installed.get(key, (0.0,))[0], taken.get(key, 0.0)
        deployed = max(0.0, own)
        spare_servers, spare_share = sites[(key[1],)]
        boxed = spare_servers * boxes[(key[0],)][0] if spare_servers > 0 and key in running else 0.0
        spare = boxed + spare_share * cards
        rows.append((*key, cards, deployed, spare, cards - deployed - spare, spare_share * cards, own))
    amounts = [
        "installed_cards",
        "deployed_cards",
        "spare_cards",
        "free_cards",
        "reserved_cards",
        "taken_cards",
    ]
    return pd.DataFrame(rows, columns=[*CARD_KEY, *amounts]).astype(dict.fromkeys(amounts, float))


def cards_taken(facts: Facts) -> dict[tuple[str, str, str, str], float]:
    """Cards under replicas by accelerator, site, node and slice; a start counts for the part of the slice it takes."""
    layouts = by_key(facts.given["layouts"], ["layout"], ["accelerator", "cards_per_replica"])
    names = ["layout", "site", "node", "slice", "replicas"]
    running = {
        key: replicas
        for *key_parts, replicas in facts.result["deployment"][names].itertuples(index=False)
        if (key := tuple(key_parts))[0:1] in layouts and key[3] in facts.slices
    }
    switching = facts.setting("switch_minutes") if len(facts.slices) > 1 else 0.0
    taken: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for (layout, site, node, part), replicas in running.items():
        card, cards_per_replica = layouts[layout,]
        row = facts.slices[part]
        started = max(0.0, replicas - running.get((layout, site, node, row["before"]), 0.0))
        lost = switching / (row["day_hours"] * MINUTES_PER_HOUR)
        taken[card, site, node, part] += (replicas + started * lost) * cards_per_replica
    return taken


def card_use(facts: Facts, use: pd.DataFrame) -> list[Checked]:
    """Rules ``card_use``, ``switching``, ``pool_in_use``: deployed cards and spare servers <= (1 - share) * installed.

    A card type with any replica at a site counts as in use there, so its spare servers are asked for; replicas that
    did not run in the slice before are starting.
    """
    taken = use["taken_cards"] + use["spare_cards"] - use["reserved_cards"]
    limit = use["installed_cards"] - use["reserved_cards"]
    exact = not facts.fractional and len(facts.slices) == 1
    rule = Rule("card_use", "<=", "cards", COUNTED if exact else RATE)
    return [rule_rows(rule, key_text(use, CARD_KEY), taken, limit)]
