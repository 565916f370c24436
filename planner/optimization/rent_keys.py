"""Keys of the decisions on cards for rent, with the most of each."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.bounds import most_cards
from planner.optimization.given import Given


def rent_keys(given: Given) -> pd.DataFrame:
    """Terms that may start: rental, accelerator, site, node, most [servers]."""
    rentals = given.renting.rentals.pipe(matched, most_cards(given), on="accelerator")
    least = (
        rentals["max_cards"]
        .fillna(rentals["cards"])
        .clip(upper=rentals["cards"].clip(lower=rentals["min_cards"]))
    )
    rentals = rentals.assign(most=least // rentals["cards_per_server"])
    keys = given.renting.deliveries[["rental", "ordered"]].rename(columns={"ordered": "node"})
    keys = keys.merge(rentals[["rental", "accelerator", "most"]], on="rental")
    places = given.renting.places
    keys = keys.merge(places.loc[~places["hourly"].astype(bool), ["rental", "site"]], on="rental")
    return keys[["rental", "accelerator", "site", "node", "most"]]


def hourly_keys(given: Given) -> pd.DataFrame:
    """Cards by the hour: rental, accelerator, site, node, slice, most [cards]."""
    rentals = given.renting.rentals.pipe(matched, most_cards(given), on="accelerator")
    least = rentals["max_cards"].fillna(rentals["cards"]).clip(upper=rentals["cards"])
    rentals = rentals.assign(most=-(-least // 1))
    keys = given.renting.hours[["rental", "node"]].merge(
        rentals[["rental", "accelerator", "most"]], on="rental"
    )
    places = given.renting.places
    keys = keys.merge(places.loc[places["hourly"].astype(bool), ["rental", "site"]], on="rental")
    keys = keys.merge(given.slices[["slice"]], how="cross")
    return keys[["rental", "accelerator", "site", "node", "slice", "most"]]


def started_keys(given: Given) -> pd.DataFrame:
    """Whether a term starts, where there is a smallest number: rental, node."""
    small = given.renting.rentals.loc[given.renting.rentals["min_cards"] > 0, ["rental"]]
    started = given.renting.deliveries[["rental", "ordered"]].rename(columns={"ordered": "node"})
    return started.merge(small, on="rental")[["rental", "node"]]
