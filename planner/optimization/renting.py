"""What the program is given of cards for rent: when a term serves, what it costs, where hours can be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.joins import matched
from planner.optimization.selectors import spanned_nodes
from planner.optimization.supply_chain import arrivals_and_departures, delivery_table, service_table

ALL_SLICES = "*"  # a limit on terms holds in every slice alike
COLUMNS = (
    "rental",
    "accelerator",
    "site",
    "price_per_card_month",
    "price_per_card_hour",
    "currency",
    "term_months",
    "lead_time_months",
    "min_cards",
    "max_cards",
    "from_period",
    "to_period",
    "upfront_share",
)

NUMBERS = (
    "price_per_card_month",
    "price_per_card_hour",
    "term_months",
    "lead_time_months",
    "min_cards",
    "max_cards",
    "upfront_share",
)


@dataclass(frozen=True)
class Renting:
    """Cards for rent.

    Attributes
    ----------
    rentals : rental, accelerator, vendor, origin, cards_per_server, min_cards, max_cards
    places : rental, site, hourly: where its cards may stand
    deliveries : rental, ordered, in_service (period), in_service_index: terms that start within the horizon
    entering, leaving, service : rental, ordered, node, as for orders
    rent : rental, ordered, node, amount [case currency per card]: what a term costs in each of its nodes
    unused : rental, ordered, node (end of a path), amount [case currency per card]: paid upfront for time beyond it
    hours : rental, node, price_per_card_hour [case currency]: nodes in which cards can be had by the hour
    """

    rentals: pd.DataFrame
    places: pd.DataFrame
    deliveries: pd.DataFrame
    entering: pd.DataFrame
    leaving: pd.DataFrame
    service: pd.DataFrame
    rent: pd.DataFrame
    unused: pd.DataFrame
    hours: pd.DataFrame

    def arrivals(self) -> pd.DataFrame:
        """Earliest entry into service by card and site: accelerator, site, in_service_index."""
        terms = self.deliveries[["rental", "in_service_index"]]
        by_hour = self.hours[["rental", "in_service_index"]]
        both = pd.concat([terms, by_hour], ignore_index=True)
        cards = both.merge(self.rentals[["rental", "accelerator"]], on="rental")
        return cards.merge(self.places[["rental", "site"]], on="rental")[
            ["accelerator", "site", "in_service_index"]
        ]


def renting_of(
    tables: Mapping[str, pd.DataFrame], nodes: pd.DataFrame, rates: pd.DataFrame, months: int, currency: str
) -> Renting:
    """Terms and hours of the rentals, with their money in case currency.

    Formulas, for a period of m months and a term of T = ceil(term_months / m) periods::

        rent of a node of the term     = (1 - upfront_share) * price_per_card_month * m * fx
        on entry into service, besides = upfront_share * price_per_card_month * m * T * fx
        unused at the end of a path    = upfront_share * price_per_card_month * m * (periods of the term beyond it) * fx

    Parameters
    ----------
    tables : rentals (may be missing), cards, sites
    nodes : node, index, period, parent
    rates : currency, node, rate [case currency per unit]
    """
    rows = tables.get("rentals", pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS}))
    facts = tables["cards"][["accelerator", "vendor", "origin", "cards_per_server"]]
    rows = rows.merge(facts, on="accelerator").assign(
        currency=lambda table: table["currency"].fillna(currency)
    )
    rows = rows.astype(dict.fromkeys(NUMBERS, float))
    hourly = rows["price_per_card_hour"].notna()
    terms = rows[~hourly].assign(periods=_periods(rows.loc[~hourly, "term_months"], months))
    named = terms.assign(offer=terms["rental"], life_months=terms["periods"] * months)
    deliveries = delivery_table(named, nodes, months)
    allowed = spanned_nodes(terms, "rental", nodes).rename(columns={"rental": "offer", "node": "ordered"})
    deliveries = deliveries.merge(allowed, on=["offer", "ordered"])
    entering, leaving = arrivals_and_departures(deliveries, nodes)
    service = service_table(deliveries, nodes)
    money = terms.rename(columns={"rental": "offer"})
    return Renting(
        rentals=rows[
            ["rental", "accelerator", "vendor", "origin", "cards_per_server", "min_cards", "max_cards"]
        ].astype({"cards_per_server": int, "min_cards": float, "max_cards": float}),
        places=_places(rows.assign(hourly=hourly), tables["sites"]),
        deliveries=_as_rental(_first(deliveries, nodes)),
        entering=_as_rental(entering),
        leaving=_as_rental(leaving),
        service=_as_rental(service),
        rent=_as_rental(_rent(money, entering, service, rates, months)),
        unused=_as_rental(_unused(money, deliveries, nodes, rates, months)),
        hours=_hours(rows[hourly], nodes, rates, months),
    )


def _periods(span_months: pd.Series[float], months: int) -> pd.Series[float]:
    """Periods that a span of months begins, as a whole number."""
    return -(-(span_months / months - 1e-9) // 1)


def _as_rental(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"offer": "rental"})


def _first(deliveries: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """offer, ordered, in_service (period), in_service_index: the same on every path."""
    period = nodes.set_index("node")["period"]
    first = deliveries.drop_duplicates(["offer", "ordered"])
    return first[["offer", "ordered", "in_service_index"]].assign(in_service=first["in_service"].map(period))


def _places(rows: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """rental, site, hourly: the site named, else every site; by the hour, those without limits."""
    grid = rows[["rental", "site", "hourly"]].rename(columns={"site": "asked"}).merge(sites, how="cross")
    free = grid["power_kw"].isna() & grid["racks"].isna()
    kept = (grid["asked"].isna() & (free | ~grid["hourly"].astype(bool))) | (grid["asked"] == grid["site"])
    return grid.loc[kept, ["rental", "site", "hourly"]].reset_index(drop=True)


def _rent(
    terms: pd.DataFrame, entering: pd.DataFrame, service: pd.DataFrame, rates: pd.DataFrame, months: int
) -> pd.DataFrame:
    part = terms.assign(amount=(1.0 - terms["upfront_share"]) * terms["price_per_card_month"] * months)
    upfront = terms["upfront_share"] * terms["price_per_card_month"] * months * terms["periods"]
    names = ["offer", "currency", "amount"]
    paid = pd.concat(
        [
            service.pipe(matched, part[names], on="offer"),
            entering.pipe(matched, terms.assign(amount=upfront)[names], on="offer"),
        ],
        ignore_index=True,
    ).pipe(matched, rates, on=["currency", "node"])
    paid["amount"] = (paid["amount"] * paid["rate"]).astype(float)
    return paid.groupby(["offer", "ordered", "node"], as_index=False)[["amount"]].sum()


def _unused(
    terms: pd.DataFrame, deliveries: pd.DataFrame, nodes: pd.DataFrame, rates: pd.DataFrame, months: int
) -> pd.DataFrame:
    beyond = (deliveries["leaves_index"] - (int(nodes["index"].max()) + 1)).clip(lower=0)
    table = deliveries.assign(beyond=beyond).rename(columns={"in_service": "node"})
    table = table.pipe(
        matched, terms[["offer", "currency", "upfront_share", "price_per_card_month"]], on="offer"
    )
    table = table.pipe(matched, rates, on=["currency", "node"])
    month = table["upfront_share"] * table["price_per_card_month"] * table["rate"]
    table = table.assign(amount=(month * months * table["beyond"]).astype(float)).drop(columns="node")
    table = table.rename(columns={"path": "node"})[["offer", "ordered", "node", "amount"]]
    return table[table["amount"] != 0].reset_index(drop=True)


def _hours(rows: pd.DataFrame, nodes: pd.DataFrame, rates: pd.DataFrame, months: int) -> pd.DataFrame:
    """rental, node, in_service_index, price_per_card_hour: from the span's start on, not before the lead time."""
    spans = spanned_nodes(rows, "rental", nodes).merge(nodes[["node", "index"]], on="node")
    table = spans.merge(rows[["rental", "currency", "lead_time_months", "price_per_card_hour"]], on="rental")
    table = table[table["index"] >= _periods(table["lead_time_months"], months)].merge(
        rates, on=["currency", "node"]
    )
    price = (table["price_per_card_hour"] * table["rate"]).astype(float)
    kept = table[["rental", "node"]].assign(in_service_index=table["index"], price_per_card_hour=price)
    return kept.reset_index(drop=True)
