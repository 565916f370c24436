"""Over which sites and cards a running term of a period is shared out.

A run gives such terms by period only. They are shared in proportion to a key, so that cost centres can bear them; the
key is a rule of attribution, the sum is exact::

    cards     installed cards
    hosting   installed cards * power_kw * hosting_per_kw_month of the site
    energy    installed cards * power_kw * pue * tariff_per_kwh of the site
    rentals   rented cards * rent of the period, by the month or by the hour
    whole     not shared: one line without site and card
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from planner.budget.money import exact
from planner.budget.run_money import budget_rate, rows_of
from planner.plan import Plan
from planner.units import HOURS_PER_MONTH


@dataclass(frozen=True)
class Share:
    """A site and card, and its weight; the empty one stands for no site and no card."""

    site: str = ""
    accelerator: str = ""
    origin: str = ""
    vendor: str = ""
    weight: Fraction = Fraction(1)


WHOLE = (Share(),)


def shares_by_node(plan: Plan, spread: str) -> dict[str, list[Share]]:
    """Shares of every node by the key ``spread``; nodes where every weight is 0 are left out."""
    if spread == "whole":
        return {}
    if spread == "rentals":
        return _rented(plan)
    cards = {str(row["accelerator"]): row for row in rows_of(plan.given["cards"])}
    sites = {str(row["site"]): row for row in rows_of(plan.given["sites"])}
    found: dict[str, list[Share]] = {}
    fleet = plan.tables["fleet"].sort_values(["node", "site", "accelerator"])
    for row in rows_of(fleet):
        card, site = cards[str(row["accelerator"])], sites[str(row["site"])]
        weight = exact(row["installed_cards"])
        if spread == "hosting":
            weight *= exact(card["power_kw"]) * exact(site["hosting_per_kw_month"])
        elif spread == "energy":
            weight *= exact(card["power_kw"]) * exact(site["pue"]) * exact(site["tariff_per_kwh"])
        if weight > 0:
            share = Share(
                str(row["site"]), str(row["accelerator"]), str(row["origin"]), str(row["vendor"]), weight
            )
            found.setdefault(str(row["node"]), []).append(share)
    return found


def _rented(plan: Plan) -> dict[str, list[Share]]:
    """Rent of every node by site and card, terms and hours together."""
    if "rentals" not in plan.tables or "rentals" not in plan.given:
        return {}
    offers = {str(row["rental"]): row for row in rows_of(plan.given["rentals"])}
    length = int(plan.given["settings"]["period_months"].iloc[0])
    periods = rows_of(plan.given["periods"])
    labels = {str(row.get("period") or row["node"]): int(row["index"]) for row in periods}
    weights: dict[str, dict[tuple[str, str, str, str], Fraction]] = {}

    def add(node: str, row: dict[str, Any], rent: Fraction) -> None:
        key = (str(row["site"]), str(row["accelerator"]), str(row["origin"]), str(row["vendor"]))
        here = weights.setdefault(node, {})
        here[key] = here.get(key, Fraction(0)) + rent

    for row in rows_of(plan.tables["rentals"]):
        offer = offers[str(row["rental"])]
        first, term = labels[str(row["in_service"])], -(-exact(offer["term_months"]) // length)
        for period in periods:
            if first <= int(period["index"]) < first + term:
                node = str(period["node"])
                price = exact(offer["price_per_card_month"]) * budget_rate(plan, offer["currency"], node)
                add(node, row, exact(row["cards"]) * price * length)
    hours = {
        str(row["slice"]): exact(row["share"]) * exact(HOURS_PER_MONTH)
        for row in rows_of(plan.given["slices"])
    }
    for row in rows_of(plan.tables["hourly"]):
        offer, node = offers[str(row["rental"])], str(row["node"])
        price = exact(offer["price_per_card_hour"]) * budget_rate(plan, offer["currency"], node)
        add(node, row, exact(row["cards"]) * price * hours[str(row["slice"])] * length)
    return {
        node: [
            Share(site, accelerator, origin, vendor, weight)
            for (site, accelerator, origin, vendor), weight in sorted(here.items())
            if weight
        ]
        for node, here in weights.items()
    }
