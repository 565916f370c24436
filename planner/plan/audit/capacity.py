"""Cards and replicas: enough of them for the work placed, with spares."""

from __future__ import annotations

import pandas as pd

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

    Replicas and the layout's own cards per replica are counted, not the cards the deployment table shows.
    """
    layouts = facts.given["layouts"][["layout", "accelerator", "cards_per_replica"]]
    running = facts.result["deployment"][["layout", "site", "node", "replicas"]].merge(layouts, on="layout")
    running["deployed_cards"] = running["replicas"] * running["cards_per_replica"]
    deployed = running.groupby(CARD_KEY, as_index=False)[["deployed_cards"]].sum()
    use = service[[*CARD_KEY, "installed_cards"]].merge(deployed, on=CARD_KEY, how="outer")
    use = use.fillna({"installed_cards": 0.0, "deployed_cards": 0.0})
    use = use.merge(facts.given["sites"][["site", "spare_servers", "spare_share"]], on="site")
    use = use.merge(facts.given["cards"][["accelerator", "cards_per_server"]], on="accelerator")
    asked = (use["spare_servers"] > 0) & (use["deployed_cards"] > 0)
    boxes = (use["spare_servers"] * use["cards_per_server"]).where(asked, 0.0)
    use["spare_cards"] = boxes + use["spare_share"] * use["installed_cards"]
    use["free_cards"] = use["installed_cards"] - use["deployed_cards"] - use["spare_cards"]
    return use


def card_use(facts: Facts, use: pd.DataFrame) -> list[Checked]:
    """Rules ``card_use`` and ``pool_in_use``: deployed cards and spare servers <= (1 - spare_share) * installed cards.

    A card type with any replica at a site counts as in use there, so its spare servers are asked for.
    """
    reserved = use["spare_share"] * use["installed_cards"]
    taken = use["deployed_cards"] + use["spare_cards"] - reserved
    limit = use["installed_cards"] - reserved
    rule = Rule("card_use", "<=", "cards", RATE if facts.fractional else COUNTED)
    return [rule_rows(rule, key_text(use, CARD_KEY), taken, limit)]
