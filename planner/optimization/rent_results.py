"""Result tables of cards for rent."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given

SEEN = 1e-9  # cards below this are none


def rented_cards(given: Given, rent: pd.DataFrame) -> pd.DataFrame:
    """Cards of terms in service: accelerator, site, node, cards."""
    started = rent.rename(columns={"node": "ordered"})
    boxes = given.renting.rentals[["rental", "cards_per_server"]]
    table = started.pipe(matched, boxes, on="rental").pipe(
        matched, given.renting.service, on=["rental", "ordered"]
    )
    return table.assign(cards=table["value"] * table["cards_per_server"])[
        ["accelerator", "site", "node", "cards"]
    ]


def rent_tables(given: Given, value: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables ``rentals`` and ``hourly``, for a case that has rentals."""
    if given.renting.rentals.empty:
        return {}
    makers = given.renting.rentals[["rental", "vendor", "origin", "cards_per_server"]]
    terms = value["rent"][value["rent"]["value"] > 0]
    terms = terms.rename(columns={"node": "ordered", "value": "servers"}).pipe(matched, makers, on="rental")
    terms = terms.pipe(
        matched, given.renting.deliveries[["rental", "ordered", "in_service"]], on=["rental", "ordered"]
    )
    terms["servers"] = terms["servers"].astype(int)
    terms["cards"] = terms["servers"] * terms["cards_per_server"]
    names = ["rental", "accelerator", "vendor", "origin", "site"]
    hours = value["hourly"][value["hourly"]["value"] > SEEN].rename(columns={"value": "cards"})
    hours = hours.pipe(matched, makers, on="rental")
    return {
        "rentals": terms[[*names, "ordered", "in_service", "servers", "cards"]],
        "hourly": hours[[*names, "node", "slice", "cards"]],
    }
