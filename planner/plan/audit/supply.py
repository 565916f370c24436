"""What the market allows: quotas, permits, smallest orders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import RATE, WHOLE

ATTRIBUTES = ("offer", "accelerator", "vendor", "origin")


def selected(rule: Mapping[Any, Any], things: pd.DataFrame) -> pd.Series[bool]:
    """Which rows of ``things`` a rule selects: every attribute it names must agree; a blank agrees with all."""
    chosen = pd.Series(True, index=things.index)
    for name in ATTRIBUTES:
        if rule[name] is not None and name in things.columns:
            chosen &= things[name] == rule[name]
    return chosen


def supply_limit(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """Rule ``supply_limit``: cards of the selected offers ordered in the span, over all sites, <= max_cards."""
    rows = []
    for limit in facts.given["supply"].to_dict("records"):
        for label, nodes in facts.path_spans(limit["from_period"], limit["to_period"]):
            inside = selected(limit, orders) & orders["ordered"].isin(nodes)
            cards = float(orders.loc[inside, "cards"].sum())
            rows.append((",".join([limit["limit"], *label]), cards, _quota(facts, limit, nodes)))
    return [listed_rows(Rule("supply_limit", "<=", "cards", WHOLE), rows)]


def _quota(facts: Facts, limit: Mapping[Any, Any], nodes: list[str]) -> float:
    """Most cards of a quota: times the mean factor that scenarios have over its span, in whole cards."""
    factors = [facts.changed["supply_factors"].get((limit["limit"], node), 1.0) for node in nodes]
    most = float(limit["max_cards"])
    if all(factor == 1.0 for factor in factors):
        return most
    return float(math.floor(most * sum(factors) / len(factors) + 1e-9))


def supply_window(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """Rule ``supply_window``: nothing is ordered outside an offer's permits, or where a scenario closes it."""
    allowed: dict[str, set[str]] = {}
    for permit in facts.given["permits"].to_dict("records"):
        for offer in facts.offers.loc[selected(permit, facts.offers), "offer"]:
            allowed.setdefault(offer, set()).update(facts.span(permit["from_period"], permit["to_period"]))
    closed = set(facts.given["closures"][["offer", "node"]].itertuples(index=False, name=None))
    for offer in {offer for offer, _ in closed} - set(allowed):
        allowed[offer] = set(facts.nodes)
    rows = []
    for offer in sorted(allowed):
        for node in (node for node in facts.nodes if node not in allowed[offer] or (offer, node) in closed):
            here = (orders["offer"] == offer) & (orders["ordered"] == node)
            rows.append((f"{offer},{node}", float(orders.loc[here, "servers"].sum()), 0.0))
    return [listed_rows(Rule("supply_window", "<=", "servers", WHOLE), rows)]


def order_size(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """Rule ``order_size``: the servers of an offer ordered in a period, over all sites, are none or the minimum."""
    sums = orders.groupby(["offer", "ordered"], as_index=False)[["servers"]].sum()
    rows = []
    for row in sums[sums["servers"] > 0].to_dict("records"):
        minimum = float(facts.offer(row["offer"])["min_order_servers"])
        if minimum > 1:
            rows.append((f"{row['offer']},{row['ordered']}", float(row["servers"]), minimum))
    return [listed_rows(Rule("order_size", ">=", "servers", WHOLE), rows)]


def include_exclude(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """Rule ``include_exclude``: what is excluded is not ordered, or does not serve; what is included is ordered.

    ::

        exclude                 servers of the selected offers at the site(s)             <= 0
        exclude, workload w     load of w on the selected cards at the site(s)            <= 0
        include                 cards of the selected offers ordered at the site(s)       >= min_cards
    """
    parts = []
    for rule in facts.given["selections"].to_dict("records"):
        for label, nodes in facts.path_spans(None, None):
            key = ",".join([rule["selection"], *label])
            here = orders[orders["ordered"].isin(nodes)]
            if rule["rule"] == "include":
                asked, limit = Rule("include_exclude", ">=", "cards", WHOLE), float(rule["min_cards"])
                found = float(_at_site(rule, here)["cards"].sum())
            elif rule["workload"] is None:
                asked, limit = Rule("include_exclude", "<=", "servers", WHOLE), 0.0
                found = float(_at_site(rule, here)["servers"].sum())
            else:
                asked, limit = Rule("include_exclude", "<=", "requests/s", RATE), 0.0
                work = facts.work[
                    facts.work["node"].isin(nodes) & (facts.work["workload"] == rule["workload"])
                ]
                work = _at_site(rule, work)
                if rule["offer"] is not None:
                    work = work[work["accelerator"] == facts.offer(rule["offer"])["accelerator"]]
                found = float(work["requests_per_s"].sum())
            parts.append(listed_rows(asked, [(key, found, limit)]))
    return parts


def _at_site(rule: Mapping[Any, Any], table: pd.DataFrame) -> pd.DataFrame:
    """What the rule selects of a table, at its site where it names one."""
    chosen = table[selected(rule, table)]
    return chosen if rule["site"] is None else chosen[chosen["site"] == rule["site"]]
