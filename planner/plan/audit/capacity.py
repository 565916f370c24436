"""Cards and replicas: enough of them for the work placed, with spares."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from planner.plan.audit.compare import by_key
from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, key_text, rule_rows
from planner.plan.audit.tolerances import COUNTED, RATE

CARD_KEY = ["accelerator", "site", "node"]


def serving_capacity(facts: Facts) -> list[Checked]:
    """Rule ``serving_capacity``: sum of load / rate <= (1 - headroom) * replicas, for every layout, site and node."""
    key = ["layout", "site", "node"]
    needed = facts.work.groupby(key, as_index=False)[["replicas_needed"]].sum()
    running = facts.result["deployment"].groupby(key, as_index=False)[["replicas"]].sum()
    both = running.merge(needed, on=key, how="outer")
    both = both.fillna({"replicas_needed": 0.0, "replicas": 0.0})
    limit = (1.0 - facts.setting("headroom_share")) * both["replicas"]
    rule = Rule("serving_capacity", "<=", "replicas", RATE)
    return [rule_rows(rule, key_text(both, key), both["replicas_needed"], limit)]


def cards_used(facts: Facts, service: pd.DataFrame) -> pd.DataFrame:
    """Cards by accelerator, site and node: installed_cards, deployed_cards, spare_cards (required), free_cards.

    Formulas::

        deployed = sum over layouts of replicas * cards per replica
        spare    = spare_servers * cards_per_server where anything is deployed, plus spare_share * installed
        free     = installed - deployed - spare
        reserved = spare_share * installed, the part of spare that a share asks for

    Replicas and the layout's own cards per replica are counted, not the cards the deployment table shows.
    """
    layouts = by_key(facts.given["layouts"], ["layout"], ["accelerator", "cards_per_replica"])
    boxes = by_key(facts.given["cards"], ["accelerator"], ["cards_per_server"])
    sites = by_key(facts.given["sites"], ["site"], ["spare_servers", "spare_share"])
    deployed: dict[tuple[str, str, str], float] = defaultdict(float)
    running = facts.result["deployment"][["layout", "site", "node", "replicas"]]
    for layout, site, node, replicas in running.itertuples(index=False):
        if (layout,) in layouts and (site,) in sites:
            card, cards_per_replica = layouts[(layout,)]
            deployed[card, site, node] += replicas * cards_per_replica
    installed = by_key(service, CARD_KEY, ["installed_cards"])
    rows = []
    for key in sorted(key for key in {*deployed, *installed} if (key[1],) in sites):
        cards, running_cards = installed.get(key, (0.0,))[0], deployed[key]
        spare_servers, spare_share = sites[(key[1],)]
        boxed = spare_servers * boxes[(key[0],)][0] if spare_servers > 0 and running_cards > 0 else 0.0
        spare = boxed + spare_share * cards
        rows.append((*key, cards, running_cards, spare, cards - running_cards - spare, spare_share * cards))
    amounts = ["installed_cards", "deployed_cards", "spare_cards", "free_cards", "reserved_cards"]
    return pd.DataFrame(rows, columns=[*CARD_KEY, *amounts]).astype(dict.fromkeys(amounts, float))


def card_use(facts: Facts, use: pd.DataFrame) -> list[Checked]:
    """Rules ``card_use`` and ``pool_in_use``: deployed cards and spare servers <= (1 - spare_share) * installed cards.

    A card type with any replica at a site counts as in use there, so its spare servers are asked for.
    """
    taken = use["deployed_cards"] + use["spare_cards"] - use["reserved_cards"]
    limit = use["installed_cards"] - use["reserved_cards"]
    rule = Rule("card_use", "<=", "cards", RATE if facts.fractional else COUNTED)
    return [rule_rows(rule, key_text(use, CARD_KEY), taken, limit)]
