"""How busy a card must be before owning it is cheaper than renting it by the hour or buying its tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.finance.calendar import discounted_nodes
from planner.finance.energy import energy_tariffs
from planner.finance.landed import exchange_rates, landed_prices
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_HOUR, TOKENS_PER_MTOK

Given = Mapping[str, pd.DataFrame]
COLUMNS = [
    "workload",
    "owned",
    "own_per_month",
    "mtok_per_month",
    "instead",
    "price",
    "unit",
    "break_even_share",
]


def break_even_table(given: Given) -> pd.DataFrame:
    """The cheapest card of every workload beside each way not to own one, at the prices of the first period.

    Formulas, for a card of landed price L, life T months and a monthly cost of capital i::

        own    = L * i / (1 - (1 + i) ** -T)  (L / T without cost of capital) + L * maintenance per year / 12
                 + power * (hosting + idle share * PUE * hours * tariff)                    [currency per card-month]
        busy   = (1 - headroom) * (1 - idle share) * power * PUE * hours * tariff           [at full use, on top]
        mtok   = (1 - headroom) * requests/s of a card * seconds * tokens per request / 1e6 [at full use]

        against an API of price p per million tokens    share of full use = own / (mtok * p - busy)
        against a card at h per hour                    share of the hours = own / (h * hours)

    Rates of a card are those of its best layout for the demand's mix of lengths; above 1, or blank, owning
    never pays.

    Returns
    -------
    workload, owned (offer), own_per_month, mtok_per_month, instead (token offer or rental), price, unit,
    break_even_share
    """
    owned, rows = _owned(given), []
    for workload, size in _mean_lengths(given).items():
        per_card = _throughput(given, workload)
        ways = [
            (own["own"] / mtok, own, mtok)
            for own in owned
            if (mtok := per_card.get(own["accelerator"], 0.0) * (size["in"] + size["out"])) > 0
        ]
        if not ways:
            continue
        _, own, mtok = min(ways, key=lambda way: way[0])
        for name, price in _token_prices(given, workload, size):
            saved = mtok * price - own["busy"]
            share = own["own"] / saved if saved > 0 else float("nan")
            rows.append((workload, own["offer"], own["own"], mtok, name, price, "per million tokens", share))
        for name, price in _hourly_prices(given, own["accelerator"]):
            share = own["own"] / (price * HOURS_PER_MONTH)
            rows.append((workload, own["offer"], own["own"], mtok, name, price, "per card and hour", share))
    return pd.DataFrame(rows, columns=COLUMNS)


def _setting(given: Given, name: str) -> Any:
    return given["settings"][name].iloc[0]


def _currency(given: Given, own: Any) -> str:
    return str(_setting(given, "currency") if pd.isna(own) else own)


def _first_rates(given: Given) -> tuple[pd.DataFrame, dict[str, float]]:
    """The first node, and case currency per unit of each currency there."""
    months, rate = int(_setting(given, "period_months")), float(_setting(given, "discount_rate_per_year"))
    nodes = discounted_nodes(given["periods"], months, rate)
    first = nodes[nodes["index"] == 0]
    rates = exchange_rates(given["fx"], first, str(_setting(given, "currency")))
    return first, {
        str(name): float(value) for name, value in zip(rates["currency"], rates["rate"], strict=True)
    }


def _owned(given: Given) -> list[dict[str, Any]]:
    """Offers with own and busy money of a card-month at the site where it is cheapest."""
    first, _ = _first_rates(given)
    currency = str(_setting(given, "currency"))
    rates = exchange_rates(given["fx"], first, currency)
    none = pd.DataFrame({"offer": [], "node": [], "factor": []}).astype({"offer": object, "node": object})
    landed = landed_prices(given["offers"], given["prices"], none, rates, first, currency)
    landed_of = dict(zip(landed["offer"], landed["landed"], strict=True))
    tariffs = energy_tariffs(given["sites"], given["tariffs"], first, given["slices"])
    tariffs = tariffs.merge(given["slices"][["slice", "share"]], on="slice")
    mean = (tariffs["tariff_per_kwh"] * tariffs["share"]).groupby([tariffs["site"], tariffs["origin"]]).sum()
    capital = (1.0 + float(_setting(given, "discount_rate_per_year"))) ** (1.0 / MONTHS_PER_YEAR) - 1.0
    idle, usable = float(_setting(given, "idle_power_share")), 1.0 - float(_setting(given, "headroom_share"))
    found = []
    cards = given["cards"].set_index("accelerator")
    for offer in given["offers"].to_dict("records"):
        price, card = landed_of[offer["offer"]], cards.loc[offer["accelerator"]]
        life = float(offer["life_months"])
        annuity = capital / (1.0 - (1.0 + capital) ** -life) if capital else 1.0 / life
        fixed = price * (annuity + float(offer["maintenance_share_per_year"]) / MONTHS_PER_YEAR)
        places = []
        for site in given["sites"].to_dict("records"):
            energy = card["power_kw"] * site["pue"] * HOURS_PER_MONTH * mean[site["site"], card["origin"]]
            hosting = card["power_kw"] * site["hosting_per_kw_month"]
            places.append((fixed + hosting + idle * energy, usable * (1.0 - idle) * energy))
        own, busy = min(places)
        found.append({"offer": offer["offer"], "accelerator": offer["accelerator"], "own": own, "busy": busy})
    return found


def _mean_lengths(given: Given) -> dict[str, dict[str, float]]:
    """Mean tokens of a request by workload, over its demand: in, cached, out."""
    work = given["requests"].groupby(["workload", "bucket"], as_index=False)[["mean_requests_per_s"]].sum()
    work = work[work["mean_requests_per_s"] > 0].merge(given["buckets"], on=["workload", "bucket"])
    found = {}
    for workload, rows in work.groupby("workload"):
        weight = rows["mean_requests_per_s"] / rows["mean_requests_per_s"].sum()
        names = {"in": "mean_in", "cached": "mean_cached_in", "out": "mean_out"}
        found[str(workload)] = {short: float((weight * rows[name]).sum()) for short, name in names.items()}
    return found


def _throughput(given: Given, workload: str) -> dict[str, float]:
    """Million requests a card serves in a month at full use, by card; without cards that cannot serve all lengths."""
    work = given["requests"][given["requests"]["workload"] == workload]
    mix = work.groupby("bucket")["mean_requests_per_s"].sum()
    mix = mix[mix > 0] / mix.sum()
    rates = given["rates"][given["rates"]["workload"] == workload].merge(given["layouts"], on="layout")
    if "role" in rates.columns:
        rates = rates[rates["role"] == "whole"]
    best = (
        (rates["requests_per_s"] / rates["cards_per_replica"])
        .groupby([rates["accelerator"], rates["bucket"]])
        .max()
    )
    usable = 1.0 - float(_setting(given, "headroom_share"))
    found = {}
    for card in rates["accelerator"].unique():
        own = best[card].reindex(mix.index)
        if (own > 0).all():
            a_second = usable / float((mix / own).sum())
            found[str(card)] = a_second * SECONDS_PER_HOUR * HOURS_PER_MONTH / TOKENS_PER_MTOK
    return found


def _token_prices(given: Given, workload: str, size: Mapping[str, float]) -> list[tuple[str, float]]:
    """List price of a million tokens of the workload's mean request, by token offer that may serve it."""
    _, rates = _first_rates(given)
    work = given["workloads"].set_index("workload").loc[workload]
    found = []
    for offer in given["token_offers"].to_dict("records") if "token_offers" in given else []:
        named = [] if pd.isna(offer["workloads"]) else str(offer["workloads"]).split()
        if offer["llm"] != work["llm"] or (named and workload not in named):
            continue
        cached = offer["cached_price_per_mtok"]
        cached = offer["input_price_per_mtok"] if pd.isna(cached) else cached
        money = (size["in"] - size["cached"]) * offer["input_price_per_mtok"] + size["cached"] * cached
        money += size["out"] * offer["output_price_per_mtok"]
        factor = float(offer["deferrable_factor"]) if work["deferrable"] else 1.0
        rate = rates[_currency(given, offer["currency"])]
        found.append((str(offer["offer"]), money / (size["in"] + size["out"]) * factor * rate))
    return found


def _hourly_prices(given: Given, accelerator: str) -> list[tuple[str, float]]:
    """Price of an hour of the same card, by rental; a term counts as the hours of its months."""
    _, rates = _first_rates(given)
    found = []
    for rental in given["rentals"].to_dict("records") if "rentals" in given else []:
        if rental["accelerator"] == accelerator:
            hour = rental["price_per_card_hour"]
            hour = rental["price_per_card_month"] / HOURS_PER_MONTH if pd.isna(hour) else hour
            rate = rates[_currency(given, rental["currency"])]
            found.append((str(rental["rental"]), float(hour) * rate))
    return found
