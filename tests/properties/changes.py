"""Changes of a tiny instance, for metamorphic relations: tables and a source of choices in, tables out."""

from __future__ import annotations

import random
from collections.abc import Callable

import pandas as pd

from tests.properties.tiny import Tables, frame, instance, path, period_labels

PREFIX = len("i000-")
Change = Callable[[Tables, random.Random], Tables]


def without(*rules: str) -> Change:
    """Some of the case's rules left out."""

    def change(tables: Tables, rng: random.Random) -> Tables:
        return tables | {name: tables[name].iloc[:0] for name in rules}

    return change


def without_includes(tables: Tables, rng: random.Random) -> Tables:
    """Nothing that must be bought: it may not be for sale, and then there is no plan to compare."""
    asked = tables["selections"]
    return tables | {"selections": asked[asked["rule"] != "include"]}


def more_demand(tables: Tables, rng: random.Random) -> Tables:
    """A workload asks half as much again; its mean over its peak stays."""
    requests = tables["requests"].copy()
    mine = requests["workload"] == rng.choice(sorted(set(requests["workload"])))
    requests.loc[mine, ["requests_per_s", "mean_requests_per_s"]] *= 1.5
    return tables | {"requests": requests}


def dearer(tables: Tables, rng: random.Random) -> Tables:
    """One offer a quarter dearer, also where a period has a price of its own."""
    offer = rng.choice(list(tables["offers"]["offer"]))
    found = {}
    for name in ("offers", "prices"):
        found[name] = tables[name].copy()
        found[name].loc[found[name]["offer"] == offer, "price_per_card"] *= 1.25
    return tables | found


def slower(tables: Tables, rng: random.Random) -> Tables:
    """A tighter promise: some replicas take half, some nothing."""
    rates = tables["rates"].copy()
    factor = [rng.choice([0.0, 0.5, 1.0]) for _ in range(len(rates))]
    factor[0] = 0.5  # so that something can be served at all
    rates["requests_per_s"] *= factor
    return tables | {"rates": rates[rates["requests_per_s"] > 0]}


def added(table: str, row: dict[str, object]) -> Change:
    """One row more; ``{p}`` stands for the prefix."""

    def change(tables: Tables, rng: random.Random) -> Tables:
        prefix = tables["sites"]["site"].iloc[0][:PREFIX]
        filled = {k: v.format(p=prefix) if isinstance(v, str) else v for k, v in row.items()}
        return tables | {table: pd.concat([tables[table], frame(table, [filled])], ignore_index=True)}

    return change


def more_spares(tables: Tables, rng: random.Random) -> Tables:
    """One server more kept free at every site."""
    return tables | {"sites": tables["sites"].assign(spare_servers=tables["sites"]["spare_servers"] + 1)}


def less_power(tables: Tables, rng: random.Random) -> Tables:
    """Half of the power, 4 kW where there was no limit."""
    return tables | {"sites": tables["sites"].assign(power_kw=tables["sites"]["power_kw"].fillna(8.0) / 2)}


def later(tables: Tables, rng: random.Random) -> Tables:
    """One offer arrives a period later."""
    offers = tables["offers"].copy()
    months = int(tables["settings"]["period_months"].iloc[0])
    offers.loc[offers["offer"] == rng.choice(list(offers["offer"])), "lead_time_months"] += months
    return tables | {"offers": offers}


def steady_prices(tables: Tables, rng: random.Random) -> Tables:
    """Prices that do not move, in the case currency: then waiting to order costs nothing."""
    offers = tables["offers"].assign(price_change_per_year=0.0, currency=None)
    return tables | {"offers": offers.astype(tables["offers"].dtypes.to_dict())}


def scaled(factor: float) -> Change:
    """All money times a factor."""
    money = {
        "offers": "price_per_card", "prices": "price_per_card", "sites": "hosting_per_kw_month",
        "tariffs": "tariff_per_kwh", "workloads": "unmet_penalty_per_mtok", "fleet": "maintenance_per_card_month",
        "budgets": "amount",
    }  # fmt: skip

    def change(tables: Tables, rng: random.Random) -> Tables:
        found = {
            name: tables[name].assign(**{column: tables[name][column] * factor})
            for name, column in money.items()
        }
        found["sites"]["tariff_per_kwh"] *= factor
        return tables | found

    return change


def shuffled(tables: Tables, rng: random.Random) -> Tables:
    """Rows in another order; periods are no table of the user's and stay in time."""
    return {
        name: table if name == "periods" else table.sample(frac=1, random_state=rng.randrange(2**31))
        for name, table in tables.items()
    }


def renamed(tables: Tables, rng: random.Random) -> Tables:
    """Other ids, which sort the other way round; layouts, offers, rules and currencies included."""
    ids = {
        value
        for name, table in tables.items()
        if name != "settings"
        for column in table.columns
        if column in IDS
        for value in table[column]
        if isinstance(value, str) and value not in {"*", "domestic", "imported"}
    }
    prefix = tables["sites"]["site"].iloc[0][:PREFIX]
    new = {old: f"{prefix}z{len(ids) - i:03d}" for i, old in enumerate(sorted(ids))}
    return {
        name: table.assign(
            **{column: table[column].map(lambda x: new.get(x, x)) for column in IDS & set(table.columns)}
        )
        for name, table in tables.items()
    }


IDS = {
    "site", "region", "workload", "bucket", "layout", "accelerator", "vendor", "offer", "limit", "permit", "batch",
    "selection",
}  # fmt: skip


def with_new_card(tables: Tables, rng: random.Random) -> Tables:
    """One more type of card, cheap and fast."""
    prefix = tables["sites"]["site"].iloc[0][:PREFIX]
    workloads = sorted(set(tables["requests"]["workload"]))
    more = instance(
        sites=[{"site": "-"}], routes=[{"region": "-", "site": "-"}],
        workloads=[{"workload": "-", "unmet_penalty_per_mtok": 1}],
        requests=[{"workload": "-", "region": "-", "requests_per_s": 1}],
        cards=[{"accelerator": f"{prefix}new", "vendor": f"{prefix}v1", "origin": "imported", "power_kw": 0.5}],
        offers=[{"offer": f"{prefix}new", "accelerator": f"{prefix}new", "price_per_card": 12_000}],
        layouts=[{"layout": f"{prefix}new/x1", "accelerator": f"{prefix}new"}],
        rates=[{"workload": w, "layout": f"{prefix}new/x1", "requests_per_s": 4} for w in workloads],
    )  # fmt: skip
    names = ("cards", "offers", "layouts", "rates")
    return tables | {name: pd.concat([tables[name], more[name]], ignore_index=True) for name in names}


def twice_the_places(tables: Tables, rng: random.Random) -> Tables:
    """Every site and region once more, with its own demand; nothing connects the two."""
    found = dict(tables)
    for name in ("sites", "routes", "requests", "tariffs", "fleet", "residency", "selections"):
        again = tables[name].copy()
        for column in {"site", "region", "batch", "selection"} & set(again.columns):
            again[column] = [
                x if x is None or x == "*" else f"{x}-again" for x in again[column].astype(object)
            ]
        if name == "selections":
            again = again[again["site"].notna()]
        found[name] = pd.concat([tables[name], again], ignore_index=True)
    return found


def any_number(tables: Tables, rng: random.Random) -> Tables:
    """No smallest order."""
    return tables | {"offers": tables["offers"].assign(min_order_servers=1)}


def nothing_to_hold(tables: Tables, rng: random.Random) -> Tables:
    """Cards cost nothing to own or to power, and are worth nothing in the end."""
    offers = tables["offers"].assign(residual_share=0.0, maintenance_share_per_year=0.0)
    sites = tables["sites"].assign(hosting_per_kw_month=0.0, tariff_per_kwh=0.0)
    return tables | {"offers": offers, "sites": sites, "tariffs": tables["tariffs"].iloc[:0]}


def one_period_more(tables: Tables, rng: random.Random) -> Tables:
    """A period without demand at the end."""
    row = tables["settings"].iloc[0]
    labels = period_labels(int(row["periods"]) + 1, int(row["period_months"]))
    settings = tables["settings"].assign(periods=len(labels))
    return tables | {
        "settings": settings,
        "periods": path(labels),
    }
