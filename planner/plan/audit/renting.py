"""Cards for rent: terms and hours as the rentals say, and what they cost, counted again."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planner.plan.audit.compare import compared_shown, compared_texts
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.prices import exchange_rate
from planner.plan.audit.rows import Checked, Rule, joined, listed_rows
from planner.plan.audit.tolerances import RATE, WHOLE

Row = Mapping[Any, Any]
TERM_KEY = ["rental", "site", "ordered"]
MAKERS = ["accelerator", "vendor", "origin"]


def rentals(facts: Facts) -> dict[str, dict[Any, Any]]:
    """Rows of the rentals by name, with what their card says and ``hourly``."""
    cards = facts.given["cards"][[*MAKERS, "cards_per_server"]]
    table = facts.given["rentals"].merge(cards, on="accelerator")
    table = table.assign(hourly=table["price_per_card_hour"].notna())
    return {row["rental"]: row for row in table.to_dict("records")}


def terms(facts: Facts) -> list[dict[str, Any]]:
    """Terms of the plan whose rental and period are known: their rows, with cards, start, stop and periods again.

    Formulas: start = period of the decision + ceil(lead_time_months / months), periods = ceil(term_months / months).
    """
    known, found = rentals(facts), []
    labels = {number: facts.period[node] for node, number in facts.number.items()}
    for row in facts.result["rentals"].to_dict("records"):
        rental = known.get(row["rental"])
        if rental is None or rental["hourly"] or row["ordered"] not in facts.number:
            continue
        lead = math.ceil(rental["lead_time_months"] / facts.months - 1e-9)
        start = facts.number[row["ordered"]] + lead
        periods = max(1, math.ceil(rental["term_months"] / facts.months - 1e-9))
        again = {name: rental[name] for name in MAKERS}
        again |= {"in_service": labels.get(start, "beyond the horizon"), "start": start, "periods": periods}
        again |= {"cards": row["servers"] * float(rental["cards_per_server"])}
        found.append({name: row[name] for name in (*TERM_KEY, "servers")} | again)
    return found


def branches(facts: Facts, term: Row) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every path a term lies on, with the nodes of it in which it serves."""
    for path in facts.paths:
        if term["ordered"] in path:
            yield path, path[term["start"] : term["start"] + term["periods"]]


def term_cards(facts: Facts) -> dict[tuple[str, str, str], float]:
    """Rented cards in service by accelerator, site and node, without those by the hour."""
    cards: dict[tuple[str, str, str], float] = defaultdict(float)
    for term in terms(facts):
        for node in {node for _, serving in branches(facts, term) for node in serving}:
            cards[term["accelerator"], term["site"], node] += term["cards"]
    return cards


def cards_by_hour(facts: Facts) -> dict[tuple[str, str, str, str], float]:
    """Cards rented by the hour, by accelerator, site, node and slice."""
    known = rentals(facts)
    cards: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for row in facts.result["hourly"].to_dict("records"):
        if row["rental"] in known and row["slice"] in facts.slices and row["node"] in facts.number:
            key = (known[row["rental"]]["accelerator"], row["site"], row["node"], row["slice"])
            cards[key] += row["cards"]
    return cards


def rent_paid(facts: Facts) -> list[tuple[str, str, float]]:
    """Rent by card and node of payment: accelerator, node, amount [case currency].

    ::

        each node of the term   (1 - upfront_share) * price_per_card_month * months * cards * fx
        entry into service      upfront_share * price_per_card_month * months * periods * cards * fx
        by the hour             price_per_card_hour * hours of the slice * cards * fx
    """
    known, paid = rentals(facts), []
    for term in terms(facts):
        rental = known[term["rental"]]
        month = rental["price_per_card_month"] * facts.months * term["cards"]
        runs = [serving for _, serving in branches(facts, term) if serving]
        for node in {node for serving in runs for node in serving}:
            share = (1.0 - rental["upfront_share"]) * month
            paid.append((term["accelerator"], node, share * exchange_rate(facts, rental["currency"], node)))
        for node in {serving[0] for serving in runs}:
            share = rental["upfront_share"] * month * term["periods"]
            paid.append((term["accelerator"], node, share * exchange_rate(facts, rental["currency"], node)))
    for row in facts.result["hourly"].to_dict("records"):
        rental = known.get(row["rental"], {"hourly": False})
        if rental["hourly"] and row["node"] in facts.number and row["slice"] in facts.slices:
            price = rental["price_per_card_hour"] * exchange_rate(facts, rental["currency"], row["node"])
            money = price * facts.slices[row["slice"]]["hours"] * row["cards"]
            paid.append((rental["accelerator"], row["node"], money))
    return paid


def unused_rent(facts: Facts) -> list[tuple[str, float]]:
    """Rent paid upfront for periods beyond the horizon, by end of path [case currency]."""
    known, found = rentals(facts), []
    for term in terms(facts):
        rental = known[term["rental"]]
        for path, serving in branches(facts, term):
            beyond = max(0, term["start"] + term["periods"] - facts.horizon)
            if serving and beyond:
                month = rental["upfront_share"] * rental["price_per_card_month"] * term["cards"]
                rate = exchange_rate(facts, rental["currency"], serving[0])
                found.append((path[-1], month * facts.months * beyond * rate))
    return found


def rental_limit(facts: Facts) -> list[Checked]:
    """Rule ``rental_limit``: cards of a rental at a time, over all sites, <= max_cards."""
    used: dict[tuple[str, str, str], float] = defaultdict(float)
    for term in terms(facts):
        for node in {node for _, serving in branches(facts, term) for node in serving}:
            used[term["rental"], node, "*"] += term["cards"]
    for rental, node, part, cards in facts.result["hourly"][["rental", "node", "slice", "cards"]].itertuples(
        index=False
    ):
        used[rental, node, part] += cards
    known = rentals(facts)
    rows = [
        (joined(key), cards, float(known[key[0]]["max_cards"]))
        for key, cards in sorted(used.items())
        if key[0] in known and not math.isnan(known[key[0]]["max_cards"])
    ]
    return [listed_rows(Rule("rental_limit", "<=", "cards", RATE), rows)]


def rental_size(facts: Facts) -> list[Checked]:
    """Rule ``rental_size``: cards of a rental whose term starts in a period, over all sites: none or min_cards."""
    known = rentals(facts)
    started: dict[tuple[str, str], float] = defaultdict(float)
    for term in terms(facts):
        started[term["rental"], term["ordered"]] += term["cards"]
    rows = [
        (joined(key), cards, float(known[key[0]]["min_cards"]))
        for key, cards in sorted(started.items())
        if cards > 0 and known[key[0]]["min_cards"] > 0
    ]
    return [listed_rows(Rule("rental_size", ">=", "cards", WHOLE), rows)]


def rental_tables(facts: Facts) -> tuple[list[Checked], list[Finding]]:
    """Rule ``rental_tables``: card, maker, arrival and cards of what is rented; offered there and then."""
    again = pd.DataFrame(terms(facts), columns=[*TERM_KEY, "servers", *MAKERS, "in_service", "cards"])
    shown = facts.result["rentals"]
    rows = compared_shown(Rule("rental_tables", "=", "cards", WHOLE), shown, again, TERM_KEY, ["cards"])
    texts = compared_texts("rental_tables", shown, again, TERM_KEY, [*MAKERS, "in_service"])
    known = rentals(facts)
    hours = facts.result["hourly"]
    for table, when, hourly in ((shown, "ordered", False), (hours, "node", True)):
        for row in table.to_dict("records"):
            rental = known.get(row["rental"])
            if rental is not None and row[when] in facts.number:
                key = joined((row["rental"], row["site"], row[when]))
                texts += [
                    finding("rental_tables", key, *fault)
                    for fault in _faults(facts, rental, row, when, hourly)
                ]
    return rows, texts


def _faults(facts: Facts, rental: Row, row: Row, when: str, hourly: bool) -> Iterator[tuple[str, str]]:
    site = next((one for one in facts.given["sites"].to_dict("records") if one["site"] == row["site"]), None)
    at = facts.number[row[when]] - (
        math.ceil(rental["lead_time_months"] / facts.months - 1e-9) if hourly else 0
    )
    start = facts.number[row[when]] + math.ceil(rental["lead_time_months"] / facts.months - 1e-9)
    if rental["hourly"] != hourly:
        yield "rented by the hour" if hourly else "rented for a term", "as it is offered"
    if rental["site"] is not None and rental["site"] != row["site"]:
        yield row["site"], rental["site"]
    if row[when] not in facts.span(rental["from_period"], rental["to_period"]) or at < 0:
        yield row[when], "a period in which it is offered"
    if not hourly and start >= facts.horizon:
        yield "enters service beyond the horizon", "arrives within it"
    if hourly and any(row[name] != rental[name] for name in MAKERS):
        yield "another card or maker", "those of the rental"
    if hourly and site is not None and not (math.isnan(site["power_kw"]) and math.isnan(site["racks"])):
        yield "cards by the hour at a site with a power or rack limit", "a site without"
