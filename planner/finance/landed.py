"""Landed price: what a card costs at our door, in case currency, by node of the order."""

from __future__ import annotations

import pandas as pd


def exchange_rates(fx: pd.DataFrame, nodes: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Case currency per unit of each currency in each node: currency, node, rate.

    A row for the period wins over the row for ``*``; the case currency is 1.
    """
    named = fx[fx["period"] != "*"].merge(nodes[["node", "period"]], on="period")[
        ["currency", "node", "rate"]
    ]
    general = fx[fx["period"] == "*"][["currency", "rate"]].merge(nodes[["node"]], how="cross")
    own = nodes[["node"]].assign(currency=currency, rate=1.0)
    rates = pd.concat([own, named, general], ignore_index=True)
    return rates.drop_duplicates(["currency", "node"], keep="first", ignore_index=True)


def landed_prices(
    offers: pd.DataFrame,
    prices: pd.DataFrame,
    factors: pd.DataFrame,
    rates: pd.DataFrame,
    nodes: pd.DataFrame,
    currency: str,
) -> pd.DataFrame:
    """Money per card of an order, by offer and node, not discounted.

    Formula::

        price   = (price of the period, else price_per_card * (1 + price_change_per_year) ** years) * factor * rate
        freight = price * freight_share
        duty    = (price + freight) * duty_share
        vat     = 0 if recoverable, else (price + freight + duty) * vat_share
        landed  = price + freight + duty + vat

    Parameters
    ----------
    offers : the offers of the case; a blank currency is the case's
    prices : offer, period, price_per_card [offer currency]
    factors : offer, node, factor: what a scenario makes of the price; 1 where there is none
    rates : currency, node, rate [case currency per unit]
    nodes : node, period, years

    Returns
    -------
    offer, node, price, freight_duty, vat, landed [case currency per card]

    Examples
    --------
    10,000 USD at 7.2, 10 % freight, 5 % duty, 13 % VAT that does not come back: 72,000 + 7,200 = 79,200; duty
    3,960; VAT 0.13 * 83,160 = 10,810.8; landed 93,970.8.
    """
    grid = offers.merge(nodes[["node", "period", "years"]], how="cross")
    grid["currency"] = grid["currency"].fillna(currency)
    grid = grid.merge(rates, on=["currency", "node"])
    own = prices.rename(columns={"price_per_card": "period_price"})
    grid = grid.merge(own[["offer", "period", "period_price"]], on=["offer", "period"], how="left")
    quoted = grid["price_per_card"] * (1.0 + grid["price_change_per_year"]) ** grid["years"]
    factor = grid[["offer", "node"]].merge(factors, on=["offer", "node"], how="left")["factor"].fillna(1.0)
    price = grid["period_price"].fillna(quoted) * factor * grid["rate"]
    freight = price * grid["freight_share"]
    duty = (price + freight) * grid["duty_share"]
    vat = ((price + freight + duty) * grid["vat_share"]).where(~grid["vat_recoverable"].astype(bool), 0.0)
    money = grid[["offer", "node"]].assign(price=price, freight_duty=freight + duty, vat=vat)
    return money.assign(landed=money["price"] + money["freight_duty"] + money["vat"])
