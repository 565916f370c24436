"""Cost terms: named tables of what a unit of a decision costs, when it is paid, and what that is worth today."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.families.serving_capacity import with_rates
from planner.optimization.given import Given
from planner.optimization.rent_costs import (
    hourly_hosting,
    hourly_idle_energy,
    rental_money,
    unused_rent,
)
from planner.optimization.token_costs import package_money, token_money
from planner.optimization.variables import Decisions
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

COLUMNS = ["column", "node", "amount", "discount"]


def cost_terms(given: Given, decide: Decisions) -> dict[str, pd.DataFrame]:
    """Every cost term by name: column, node (of payment), amount [case currency per unit], discount [share].

    The objective is the sum over all terms of amount * discount * decision, plus the discounted maintenance of the
    opening fleet, which no decision changes. ``residual`` is negative.
    """
    landed = _paid_with_order(given, decide)
    terms = {
        "purchase": landed.assign(amount=landed["price"] * landed["cards_per_server"]),
        "freight_duty": landed.assign(amount=landed["freight_duty"] * landed["cards_per_server"]),
        "vat": landed.assign(amount=landed["vat"] * landed["cards_per_server"]),
        "maintenance": _maintenance(given, decide),
        "porting": _porting(given, decide),
        "measures": _measures(given, decide),
        "hosting": _joined(_hosting(given, decide), hourly_hosting(given, decide)),
        "energy": _joined(
            _idle_energy(given, decide),
            _use_energy(given, decide),
            hourly_idle_energy(given, decide, full_power_money(given)),
        ),
        "rental": rental_money(given, decide),
        "token_api": token_money(given, decide),
        "token_package": package_money(given, decide),
        "unmet": _unmet(given, decide),
    }
    discount = given.nodes[["node", "discount"]]
    paid = {name: _summed(table.pipe(matched, discount, on="node")) for name, table in terms.items()}
    return {**paid, "residual": _summed(_joined(_residual(given, decide), unused_rent(given, decide)))}


def _joined(*parts: pd.DataFrame) -> pd.DataFrame:
    """Parts of a term one after the other."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    table = table.loc[table["amount"] != 0, COLUMNS]
    return table.groupby(["column", "node", "discount"], as_index=False)[["amount"]].sum()


def _paid_with_order(given: Given, decide: Decisions) -> pd.DataFrame:
    boxes = given.offers[["offer", "cards_per_server"]]
    return decide.order.pipe(matched, given.money, on=["offer", "node"]).pipe(matched, boxes, on="offer")


def _maintenance(given: Given, decide: Decisions) -> pd.DataFrame:
    ordered = decide.order.rename(columns={"node": "ordered"}).pipe(
        matched, given.offers[["offer", "cards_per_server"]]
    )
    table = ordered.pipe(matched, given.maintenance, on=["offer", "ordered"])
    return table.assign(amount=table["amount"] * table["cards_per_server"])


def _residual(given: Given, decide: Decisions) -> pd.DataFrame:
    ordered = decide.order.rename(columns={"node": "ordered"}).pipe(
        matched, given.offers[["offer", "cards_per_server"]]
    )
    ends = given.nodes[["node", "probability"]]
    table = ordered.pipe(matched, given.residual, on=["offer", "ordered"]).pipe(matched, ends, on="node")
    amount = -table["amount"] * table["cards_per_server"]
    return table.assign(amount=amount, discount=given.end_discount * table["probability"])


def _hosting(given: Given, decide: Decisions) -> pd.DataFrame:
    table = decide.installed.pipe(matched, given.cards[["accelerator", "power_kw"]])
    table = table.pipe(matched, given.sites[["site", "hosting_per_kw_month"]])
    return table.assign(amount=table["power_kw"] * table["hosting_per_kw_month"] * given.settings.months)


def full_power_money(given: Given) -> pd.DataFrame:
    """Energy of one card at full power over a slice of a node: accelerator, site, node, slice, full_power [currency].

    Formula: ``power_kw * pue * hours * tariff`` with the tariff of the card's origin.
    """
    cards = given.cards[["accelerator", "origin", "power_kw"]].pipe(matched, given.tariffs, on="origin")
    cards = cards.pipe(matched, given.sites[["site", "pue"]], on="site")
    cards = cards.pipe(matched, given.slices[["slice", "hours"]], on="slice")
    full = cards["power_kw"] * cards["pue"] * cards["hours"] * cards["tariff_per_kwh"]
    return cards[["accelerator", "site", "node", "slice"]].assign(full_power=full)


def _idle_energy(given: Given, decide: Decisions) -> pd.DataFrame:
    key = ["accelerator", "site", "node"]
    whole = full_power_money(given).groupby(key, as_index=False)[["full_power"]].sum()
    table = decide.installed.pipe(matched, whole, on=key)
    return table.assign(amount=table["full_power"] * given.settings.idle_power_share)[
        ["column", "node", "amount"]
    ]


def _use_energy(given: Given, decide: Decisions) -> pd.DataFrame:
    """Power above idle follows the mean use of the replicas: load at the peak * mean over peak / rate."""
    table = with_rates(given, decide.load)
    table = table.pipe(matched, given.layouts[["layout", "cards_per_replica"]], on="layout")
    table = table.pipe(matched, given.mean_to_peak, on=["workload", "node", "slice"])
    table = table.pipe(matched, full_power_money(given), on=["accelerator", "site", "node", "slice"])
    busy_cards = table["mean_to_peak"] / table["rate"] * table["cards_per_replica"]
    amount = table["full_power"] * (1.0 - given.settings.idle_power_share) * busy_cards
    return table.assign(amount=amount)[["column", "node", "amount"]]


def _porting(given: Given, decide: Decisions) -> pd.DataFrame:
    costs = given.rules["porting"][["port", "cost"]].rename(columns={"cost": "amount"})
    return decide.adopt.pipe(matched, costs, on="port")


def _measures(given: Given, decide: Decisions) -> pd.DataFrame:
    """What a measure costs to begin, and while it is used."""
    costs = given.rules["measures"][["measure", "start_cost", "cost_per_month"]]
    begun, used = (table.pipe(matched, costs, on="measure") for table in (decide.begin, decide.lever))
    begun = begun.assign(amount=begun["start_cost"])
    used = used.assign(amount=used["cost_per_month"] * given.settings.months)
    return pd.concat([begun, used], ignore_index=True)


def _unmet(given: Given, decide: Decisions) -> pd.DataFrame:
    table = decide.unmet.pipe(matched, given.tokens, on=["workload", "bucket"])
    table = table.pipe(matched, given.mean_to_peak, on=["workload", "node", "slice"])
    table = table.pipe(matched, given.slices[["slice", "hours"]], on="slice")
    table = table.pipe(
        matched, given.rules["workloads"][["workload", "unmet_penalty_per_mtok"]], on="workload"
    )
    seconds = table["hours"] * SECONDS_PER_HOUR
    mtok = table["mean_to_peak"] * seconds * table["tokens_per_request"] / TOKENS_PER_MTOK
    return table.assign(amount=mtok * table["unmet_penalty_per_mtok"])
