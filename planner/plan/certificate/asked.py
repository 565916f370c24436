"""What the audit's rules, read from the given tables, say of a made-up plan: every row and the cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.plan.audit import capacity, cover, ledger, money, pools
from planner.plan.audit.evaluate import limit_rows
from planner.plan.audit.facts import Facts
from planner.plan.audit.renting import cards_by_hour
from planner.plan.audit.rows import Checked, Rule, joined, key_text, listed_rows, stacked
from planner.plan.audit.tolerances import MONEY, RATE

Amounts = Mapping[str, Mapping[str, float]]  # decision -> key as text -> amount
CARD_USE = "card_use"  # the audit looks at the busiest slice only; here every slice counts
PREMIUM = "risk_premium"


@dataclass(frozen=True, eq=False)
class Asked:
    """Rows by the given tables, the cost, cards in service by key [case currency, cards], and the currency."""

    rows: pd.DataFrame
    cost: float
    fleet: Mapping[str, float]
    currency: str


def asked(facts: Facts, amounts: Amounts) -> Asked:
    """Rows and cost of a made-up plan.

    Parameters
    ----------
    facts : the given tables, and result tables that show the made-up plan
    amounts : of the decisions that no result table shows: starting, tail, excess
    """
    orders = ledger.known_orders(facts)
    service = ledger.cards_in_service(facts, orders)
    costs = money.costs_again(facts, orders, service)
    expected = costs[costs["term"] != PREMIUM]
    rows = [
        *cover.demand_cover(facts),
        *cover.site_balance(facts),
        *pools.pool_balance(facts),
        *(part for part in limit_rows(facts, orders, service, costs) if part.rule.name != CARD_USE),
        _card_use(facts, service),
        _switching(facts, amounts),
        _path_risk(facts, expected, amounts),
    ]
    keys = key_text(service, ledger.CARD_KEY)
    fleet = dict(zip(keys, service["installed_cards"].astype(float), strict=True))
    return Asked(stacked(rows), _objective(facts, expected, amounts), fleet, facts.setting_text("currency"))


def _card_use(facts: Facts, service: pd.DataFrame) -> Checked:
    """Cards under replicas less those by the hour, and spare servers, in every slice: at most those in service."""
    taken, hourly = capacity.cards_taken(facts), cards_by_hour(facts)
    rows = []
    for row in capacity.cards_used(facts, service).to_dict("records"):
        place = (row["accelerator"], row["site"], row["node"])
        boxed = row["spare_cards"] - row["reserved_cards"]
        for part in facts.slices:
            used = taken.get((*place, part), 0.0) - hourly.get((*place, part), 0.0) + boxed
            rows.append((joined((*place, part)), used, row["installed_cards"] - row["reserved_cards"]))
    return listed_rows(Rule(CARD_USE, "<=", "cards", RATE), rows)


def started(facts: Facts) -> dict[tuple[str, str, str, str], float]:
    """Replicas of a slice less those of the one before it, by layout, site, node and slice; may be negative."""
    names = ["layout", "site", "node", "slice", "replicas"]
    running = {
        (layout, site, node, part): float(replicas)
        for layout, site, node, part, replicas in facts.result["deployment"][names].itertuples(index=False)
    }
    return {
        key: replicas - running.get((*key[:3], facts.slices[key[3]]["before"]), 0.0)
        for key, replicas in running.items()
    }


def _switching(facts: Facts, amounts: Amounts) -> Checked:
    """Replicas more than in the slice before are starting."""
    starting = amounts.get("starting", {})
    rows = [
        (joined(key), more, starting.get(joined(key), 0.0))
        for key, more in (started(facts).items() if starting else ())
    ]
    return listed_rows(Rule("switching", "<=", "replicas", RATE), rows)


def _path_costs(facts: Facts, expected: pd.DataFrame) -> dict[str, float]:
    """Discounted cost along each path, by its last node [case currency]."""
    worth = expected.groupby("node")["discounted"].sum()
    certain = {str(node): float(paid) / facts.probability[str(node)] for node, paid in worth.items()}
    return {path[-1]: sum(certain.get(node, 0.0) for node in path) for path in facts.paths}


def _path_risk(facts: Facts, expected: pd.DataFrame, amounts: Amounts) -> Checked:
    """A path costs at most the tail and its excess; with regret, at most its best and the tail."""
    tail = sum(amounts.get("tail", {}).values())
    excess = amounts.get("excess", {})
    best: dict[str, float] = {}
    if facts.setting_text("objective") == "regret":
        best = dict(facts.given["best"][["path", "cost"]].itertuples(index=False, name=None))
    rows = [
        (end, cost, tail + excess.get(end, 0.0) + best.get(end, 0.0))
        for end, cost in (_path_costs(facts, expected).items() if amounts.get("tail") else ())
    ]
    return listed_rows(Rule("path_risk", "<=", facts.setting_text("currency"), MONEY), rows)


def _objective(facts: Facts, expected: pd.DataFrame, amounts: Amounts) -> float:
    """The expected cost, or what the case's objective makes of it, the tail and the excesses [case currency].

    ::

        cvar     (1 - weight) * expected + weight * (tail + sum of probability * excess / (1 - quantile))
        regret   tail + a thousandth of expected
    """
    mean = float(expected["discounted"].sum())
    if not amounts.get("tail"):
        return mean
    tail = sum(amounts["tail"].values())
    if facts.setting_text("objective") == "regret":
        return tail + money.REGRET_TIE * mean
    weight = facts.setting("risk_weight")
    worst = sum(facts.probability[end] * amount for end, amount in amounts.get("excess", {}).items())
    return (1.0 - weight) * mean + weight * (tail + worst / (1.0 - facts.setting("risk_quantile")))
