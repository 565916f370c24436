"""What a unit of rent costs: the rent itself, and power and space of cards by the hour."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.variables import Decisions


def rental_money(given: Given, decide: Decisions) -> pd.DataFrame:
    """Rent by column and node of payment: accelerator, column, node, amount [case currency per unit]."""
    terms = _terms(given, decide).pipe(matched, given.renting.rent, on=["rental", "ordered"])
    terms = terms.assign(amount=terms["amount"] * terms["cards_per_server"])
    hours = decide.hourly.pipe(matched, given.renting.hours, on=["rental", "node"])
    hours = hours.pipe(matched, given.slices[["slice", "hours"]], on="slice")
    hours = hours.assign(amount=hours["price_per_card_hour"] * hours["hours"])
    names = ["accelerator", "column", "node", "amount"]
    return pd.concat([terms[names], hours[names]], ignore_index=True)


def unused_rent(given: Given, decide: Decisions) -> pd.DataFrame:
    """Rent paid upfront for time beyond the horizon, negative: column, node, amount, discount."""
    table = _terms(given, decide).pipe(matched, given.renting.unused, on=["rental", "ordered"])
    table = table.pipe(matched, given.nodes[["node", "probability"]], on="node")
    amount = -table["amount"] * table["cards_per_server"]
    return table.assign(amount=amount, discount=given.end_discount * table["probability"])


def _terms(given: Given, decide: Decisions) -> pd.DataFrame:
    started = decide.rent.rename(columns={"node": "ordered"})
    return started.pipe(matched, given.renting.rentals[["rental", "cards_per_server"]], on="rental")


def hourly_hosting(given: Given, decide: Decisions) -> pd.DataFrame:
    """Hosting of cards by the hour, for their share of the period: column, node, amount."""
    table = decide.hourly.pipe(matched, given.cards[["accelerator", "power_kw"]], on="accelerator")
    table = table.pipe(matched, given.sites[["site", "hosting_per_kw_month"]], on="site")
    table = table.pipe(matched, given.slices[["slice", "share"]], on="slice")
    month = table["power_kw"] * table["hosting_per_kw_month"] * table["share"]
    return table.assign(amount=month * given.settings.months)[["column", "node", "amount"]]


def hourly_idle_energy(given: Given, decide: Decisions, full_power: pd.DataFrame) -> pd.DataFrame:
    """Idle power of cards by the hour: column, node, amount.

    Parameters
    ----------
    full_power : accelerator, site, node, slice, full_power [case currency], see `planner.optimization.costs`
    """
    table = decide.hourly.pipe(matched, full_power, on=["accelerator", "site", "node", "slice"])
    return table.assign(amount=table["full_power"] * given.settings.idle_power_share)[
        ["column", "node", "amount"]
    ]
