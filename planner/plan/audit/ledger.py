"""The ledger: orders as the offers say, and cards in service counted again from orders and the opening fleet."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.joins import matched
from planner.plan.audit.compare import compared_numbers, compared_shown, compared_texts
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.prices import card_money
from planner.plan.audit.renting import term_cards
from planner.plan.audit.rows import Checked, Rule, key_text
from planner.plan.audit.tolerances import COUNTED, RATE, WHOLE

ORDER_KEY = ["offer", "site", "ordered"]
CARD_KEY = ["accelerator", "site", "node"]


def known_orders(facts: Facts) -> pd.DataFrame:
    """Orders whose offer and period are known, with what the offer says of them.

    Returns
    -------
    The orders with accelerator, vendor, origin, cards, price_per_card, landed_price_per_card and landed counted
    again; ordered_number, start, stop: numbers of the periods of the order, of entry into service, and of the first
    without it.
    """
    orders = facts.result["orders"]
    known = orders["offer"].isin(facts.offers["offer"]) & orders["ordered"].isin(facts.nodes)
    rows = []
    for order in orders[known].to_dict("records"):
        offer = facts.offer(order["offer"])
        money = card_money(facts, order["offer"], order["ordered"])
        at = facts.number[order["ordered"]]
        cards = order["servers"] * float(offer["cards_per_server"])
        start = at + int(offer["lead_periods"])
        labels = {number: facts.period[node] for node, number in facts.number.items()}
        placed = {"offer": order["offer"], "ordered": order["ordered"], "start": start}
        first = min(arrival for _, arrival in arrivals(facts, placed))
        arrives = labels.get(first, "beyond the horizon")
        again = {"accelerator": offer["accelerator"], "vendor": offer["vendor"], "origin": offer["origin"]}
        again |= {"in_service": arrives, "cards": cards, "price_per_card": money.price}
        again |= {"landed_price_per_card": money.landed, "landed": money.landed * cards}
        again |= {"freight_duty_per_card": money.freight_duty, "vat_per_card": money.vat}
        again |= {"ordered_number": at, "start": start, "stop": start + int(offer["life_periods"])}
        rows.append({name: order[name] for name in (*ORDER_KEY, "servers")} | again)
    names = [*ORDER_KEY, "servers", "accelerator", "vendor", "origin", "in_service", "cards", "price_per_card",
             "landed_price_per_card", "landed", "freight_duty_per_card", "vat_per_card", "ordered_number", "start",
             "stop"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def cards_in_service(facts: Facts, orders: pd.DataFrame) -> pd.DataFrame:
    """Cards in service by accelerator, site and node: opening_cards, bought_cards, installed_cards, vendor, origin.

    Formula: fleet batches not yet retired, plus cards of orders and rented terms from entry into service to their end.
    """
    opening: dict[tuple[str, str, str], float] = defaultdict(float)
    bought: dict[tuple[str, str, str], float] = defaultdict(float)
    for batch in facts.given["fleet"].to_dict("records"):
        last = facts.in_service_until(batch["retires"])
        for node in (node for node in facts.nodes if facts.number[node] < last):
            opening[batch["accelerator"], batch["site"], node] += batch["cards"]
    for order in orders.to_dict("records"):
        for node in serving_nodes(facts, order):
            bought[order["accelerator"], order["site"], node] += order["cards"]
    for place, cards in term_cards(facts).items():
        bought[place] += cards
    rows = [
        (*key, opening[key], bought[key], opening[key] + bought[key]) for key in sorted({*opening, *bought})
    ]
    table = pd.DataFrame(rows, columns=[*CARD_KEY, "opening_cards", "bought_cards", "installed_cards"])
    table = table.astype({"opening_cards": float, "bought_cards": float, "installed_cards": float})
    return table.pipe(matched, facts.given["cards"][["accelerator", "vendor", "origin"]], on="accelerator")


def arrivals(facts: Facts, order: Mapping[Any, Any]) -> list[tuple[tuple[str, ...], int]]:
    """Every path an order lies on, with the number of the period in which its cards enter service there.

    A scenario may delay what is due in a node by some months, rounded up to periods.
    """
    found, due = [], order["start"]
    for path in (path for path in facts.paths if order["ordered"] in path):
        months = facts.changed["delays"].get((order["offer"], path[due]), 0.0) if due < len(path) else 0.0
        found.append((path, due + math.ceil(months / facts.months - 1e-9)))
    return found


def serving_nodes(facts: Facts, order: Mapping[Any, Any]) -> list[str]:
    """Nodes after the one of the order, or that one, in which its cards serve."""
    life = order["stop"] - order["start"]
    serving = {node for path, start in arrivals(facts, order) for node in path[start : start + life]}
    return [node for node in facts.nodes if node in serving]


def orders_table(facts: Facts, orders: pd.DataFrame) -> tuple[list[Checked], list[Finding]]:
    """Rule ``orders_table``: card, maker, arrival, cards and money of each order are what its offer says."""
    shown = facts.result["orders"]
    money = ["price_per_card", "landed_price_per_card", "landed"]
    rows = [
        *compared_shown(Rule("orders_table", "=", "cards", WHOLE), shown, orders, ORDER_KEY, ["cards"]),
        *compared_shown(Rule("orders_table", "=", "", RATE), shown, orders, ORDER_KEY, money),
    ]
    texts = ["accelerator", "vendor", "origin", "in_service"]
    return rows, compared_texts("orders_table", shown, orders, ORDER_KEY, texts)


def order_keys(facts: Facts, orders: pd.DataFrame) -> list[Finding]:
    """Rule ``order_keys``: an order that would arrive beyond the horizon is no decision."""
    late = orders[orders["in_service"] == "beyond the horizon"]
    keys = key_text(late, ORDER_KEY)
    return [
        finding("order_keys", key, "enters service beyond the horizon", "arrives within it") for key in keys
    ]


def installed_cards(facts: Facts, service: pd.DataFrame) -> list[Checked]:
    """Rule ``installed_cards``: the fleet table's cards are those of the ledger."""
    columns = ["opening_cards", "bought_cards", "installed_cards"]
    rule = Rule("installed_cards", "=", "cards", WHOLE)
    return compared_numbers(rule, facts.result["fleet"], service, CARD_KEY, columns)


def fleet_table(facts: Facts, use: pd.DataFrame) -> tuple[list[Checked], list[Finding]]:
    """Rule ``fleet_table``: deployed, spare and free cards, maker and origin of the fleet table.

    ``use`` is `planner.plan.audit.capacity.cards_used`.
    """
    shown = facts.result["fleet"]
    columns = ["deployed_cards", "spare_cards", "free_cards"]
    kind = RATE if facts.fractional else COUNTED
    rows = compared_numbers(Rule("fleet_table", "=", "cards", kind), shown, use, CARD_KEY, columns)
    makers = shown[CARD_KEY].pipe(
        matched, facts.given["cards"][["accelerator", "vendor", "origin"]], on="accelerator"
    )
    return rows, compared_texts("fleet_table", shown, makers, CARD_KEY, ["vendor", "origin"])
