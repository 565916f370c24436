"""Single corruptions of the plan made by hand, each with the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from plan_case import BEE1, COST, COSTS, Q1, Q2, Q3, RESIDUAL, D, H, table

Frames = dict[str, pd.DataFrame]
Corruption = Callable[[Frames, Frames], float | None]


def put(frame: pd.DataFrame, column: str, value: object, **where: object) -> None:
    """Set one column where others have given values; the corruption must hit something."""
    hit = pd.Series(True, index=frame.index)
    for name, wanted in where.items():
        hit &= frame[name] == wanted
    assert hit.any()
    fits = pd.api.types.is_float_dtype(frame[column]) and isinstance(value, float)
    if not fits:
        frame[column] = frame[column].astype(object)
    frame.loc[hit, column] = value


def edit(name: str, column: str, value: object, **where: object) -> Corruption:
    """Change one cell of a result table."""
    return lambda _, result: put(result[name], column, value, **where)


def regiven(name: str, column: str, value: object, **where: object) -> Corruption:
    """Change one cell of what was given, so that the plan no longer keeps it."""
    return lambda given, _: put(given[name], column, value, **where)


def without(name: str, **where: object) -> Corruption:
    """Drop a row of a result table."""

    def corrupt(_: Frames, result: Frames) -> None:
        hit = pd.Series(True, index=result[name].index)
        for column, wanted in where.items():
            hit &= result[name][column] == wanted
        assert hit.any()
        result[name] = result[name][~hit].reset_index(drop=True)

    return corrupt


def more(name: str, row: tuple[object, ...]) -> Corruption:
    """Add a row to a result table."""

    def corrupt(_: Frames, result: Frames) -> None:
        result[name].loc[len(result[name])] = row

    return corrupt


def both(*corruptions: Corruption) -> Corruption:
    """Several edits that belong together."""

    def corrupt(given: Frames, result: Frames) -> None:
        for one in corruptions:
            one(given, result)

    return corrupt


def drop_table(name: str) -> Corruption:
    def corrupt(_: Frames, result: Frames) -> None:
        del result[name]

    return corrupt


def drop_column(name: str, column: str) -> Corruption:
    return lambda _, result: result.update({name: result[name].drop(columns=column)})


BEE_ORDER = ("buy-bee", "bee", "bolt", "imported", "west")
CORRUPTIONS: dict[str, tuple[str, Corruption]] = {
    # the ledger
    "one card too many installed": (
        "installed_cards",
        edit("fleet", "installed_cards", 17, site="west", node=Q2),
    ),
    "bought cards from nowhere": ("installed_cards", edit("fleet", "bought_cards", 16, site="east", node=Q1)),
    "a retired batch still serves": (
        "installed_cards",
        edit("fleet", "opening_cards", 8, site="west", node=Q3),
    ),
    "a fleet row is missing": ("installed_cards", without("fleet", site="east", node=Q2)),
    "an order is dropped": ("installed_cards", without("orders", offer="buy-bee", ordered=Q2)),
    "a batch has fewer cards": ("installed_cards", regiven("fleet", "cards", 15, batch="ants")),
    "delivery takes a month longer": (
        "installed_cards",
        regiven("offers", "lead_time_months", 4.0, offer="buy-bee"),
    ),
    "cards leave service earlier": (
        "installed_cards",
        regiven("offers", "life_months", 3.0, offer="buy-ant"),
    ),
    # demand
    "less is sent than asked": (
        "demand_cover",
        edit("routing", "requests_per_s", 23.99, bucket="short", site="east", node=Q1),
    ),
    "unmet demand is hidden": ("demand_cover", without("unmet", node=Q1)),
    "more demand than planned for": (
        "demand_cover",
        regiven("requests", "requests_per_s", 30.001, bucket="short", node=Q2),
    ),
    "work placed is not what is sent": (
        "site_balance",
        edit("load", "requests_per_s", 3.999, bucket="long", site="east", node=Q3),
    ),
    "work on another band": (
        "site_balance",
        edit("load", "band_ms", 0.0, bucket="short", site="west", node=Q1),
    ),
    "a route that does not exist": ("routes", both(edit("routing", "site", "east", workload="doc", node=Q2))),
    "a route is taken away": ("routes", lambda given, _: given.update(routes=given["routes"].iloc[:2])),
    "the rule keeps north in the east": (
        "residency",
        lambda given, _: given.update(residency=table("workload region site", ("chat", "north", "east"))),
    ),
    "any workload of the north stays east": (
        "residency",
        lambda given, _: given.update(residency=table("workload region site", ("*", "north", "east"))),
    ),
    # capacity
    "one replica too few": (
        "serving_capacity",
        both(
            edit("deployment", "replicas", 4, site="east", node=Q1),
            edit("deployment", "cards", 8, site="east", node=Q1),
        ),
    ),
    "a slower rate": (
        "serving_capacity",
        regiven("rates", "requests_per_s", 9.99, layout="ant-small", bucket="short"),
    ),
    "more headroom is asked": ("serving_capacity", regiven("settings", "headroom_share", 0.21)),
    "one replica too many for the cards": (
        "card_use",
        both(
            edit("deployment", "replicas", 4, layout="bee-big", node=Q2),
            edit("deployment", "cards", 16, layout="bee-big", node=Q2),
        ),
    ),
    "another spare server is asked": ("card_use", regiven("sites", "spare_servers", 2, site="east")),
    "more spare cards are asked": ("card_use", regiven("sites", "spare_share", 0.13, site="west")),
    "replicas counted with fewer cards": (
        "deployment_table",
        both(
            edit("deployment", "cards_per_replica", 3, layout="bee-big", node=Q2),
            edit("deployment", "cards", 9, layout="bee-big", node=Q2),
        ),
    ),
    "cards are not replicas times cards": (
        "deployment_table",
        edit("deployment", "cards", 11, layout="ant-small", node=Q1),
    ),
    "the layout is of another card": (
        "deployment_table",
        edit("deployment", "accelerator", "bee", layout="ant-small", node=Q1),
    ),
    "the layout is of another llm": (
        "deployment_table",
        edit("deployment", "llm", "big", layout="ant-small", node=Q1),
    ),
    "deployed cards of the fleet table": (
        "fleet_table",
        edit("fleet", "deployed_cards", 9.0, site="east", node=Q1),
    ),
    "spare cards of the fleet table": (
        "fleet_table",
        edit("fleet", "spare_cards", 0.0, site="east", node=Q1),
    ),
    "free cards of the fleet table": ("fleet_table", edit("fleet", "free_cards", 7.0, site="east", node=Q1)),
    "origin in the fleet table": (
        "fleet_table",
        edit("fleet", "origin", "domestic", accelerator="bee", node=Q1),
    ),
    # work on the wrong layout
    "work on a layout of another llm": (
        "load_rates",
        edit("load", "layout", "bee-big", bucket="short", site="west", node=Q1),
    ),
    "work where the promise is not kept": (
        "load_rates",
        lambda given, _: given.update(rates=given["rates"][given["rates"]["layout"] != "bee-big"]),
    ),
    "work under another card's name": (
        "load_rates",
        edit("load", "accelerator", "bee", layout="ant-small", node=Q1),
    ),
    "a rate of nothing": ("load_rates", regiven("rates", "requests_per_s", 0.0, layout="bee-big")),
    # the market
    "more cards than the quota": ("supply_limit", regiven("supply", "max_cards", 7, limit="acme-quota")),
    "the quota's span holds one order": (
        "supply_limit",
        regiven("supply", "max_cards", 15, limit="bee-quota"),
    ),
    "the permit ends earlier": ("supply_window", regiven("permits", "to_period", Q1)),
    "the permit starts later": ("supply_window", regiven("permits", "from_period", Q2)),
    "below the smallest order": ("order_size", regiven("offers", "min_order_servers", 2, offer="buy-ant")),
    "an order that arrives too late": (
        "order_keys",
        more("orders", (*BEE_ORDER, Q3, "2027Q4", 1, 8, 14_000.0, 20_328.0, 162_624.0)),
    ),
    "an order of an excluded card": (
        "include_exclude",
        edit("orders", "site", "east", offer="buy-bee", ordered=Q1),
    ),
    "too few of what is wanted": (
        "include_exclude",
        regiven("selections", "min_cards", 9.0, selection="want-acme"),
    ),
    "work on an excluded card": (
        "include_exclude",
        regiven("selections", "origin", "imported", selection="no-doc-domestic"),
    ),
    # sites and money
    "more power than the site has": ("power_limit", regiven("sites", "power_kw", 14.99, site="east")),
    "cooling takes more": ("power_limit", regiven("sites", "pue", 1.26, site="east")),
    "too few racks": ("rack_limit", regiven("sites", "racks", 0.29, site="east")),
    "capital budget exceeded": ("budget_limit", regiven("budgets", "amount", 401_530.0, budget="capex-2027")),
    "running budget exceeded": ("budget_limit", regiven("budgets", "amount", 51_767.0, budget="opex-h1")),
    # policy
    "cards below the domestic share": (
        "domestic_share",
        regiven("domestic_share", "min_share", 0.61, policy="cards-60"),
    ),
    "spend below the domestic share": (
        "domestic_share",
        regiven("domestic_share", "min_share", 0.20, policy="spend-15"),
    ),
    "compute below the domestic share": (
        "domestic_share",
        regiven("domestic_share", "min_share", 0.28, policy="compute-20"),
    ),
    "tokens below the domestic share": (
        "domestic_share",
        regiven("domestic_share", "min_share", 0.25, policy="tokens-20"),
    ),
    "one maker has too much": (
        "vendor_share",
        regiven("vendor_share", "max_share", 0.74, policy="nobody-80"),
    ),
    "a named maker has too much": (
        "vendor_share",
        regiven("vendor_share", "max_share", 0.80, policy="bolt-85"),
    ),
    # single rows
    "a negative quantity": (
        "not_negative",
        edit("routing", "requests_per_s", -1e-12, bucket="short", site="west", node=Q1),
    ),
    "negative replicas": ("not_negative", edit("deployment", "replicas", -1, layout="bee-small", node=Q1)),
    "half a server": ("whole_numbers", edit("orders", "servers", 1.5, offer="buy-ant")),
    "a replica and a bit": (
        "whole_numbers",
        edit("deployment", "replicas", 5.0000001, layout="ant-small", node=Q1),
    ),
    "an unknown site": ("known_keys", edit("fleet", "site", "nowhere", node=Q1, accelerator="ant")),
    "an order for an unknown site": ("known_keys", edit("orders", "site", "nowhere", offer="buy-ant")),
    "text for a flag": ("cells", regiven("offers", "vat_recoverable", "maybe", offer="buy-ant")),
    "an unknown period": ("known_keys", edit("deployment", "node", "2028Q1", layout="ant-small", node=Q1)),
    "an unknown offer": ("known_keys", edit("orders", "offer", "gift", offer="buy-ant")),
    "an unknown bucket": ("known_keys", edit("load", "bucket", "huge", bucket="long", site="east", node=Q1)),
    "an unknown cost term": ("known_keys", edit("costs", "term", "bribe", term="vat", node=Q1)),
    "a row twice": (
        "one_row_per_key",
        lambda _, result: result.update(load=pd.concat([result["load"], result["load"].head(1)])),
    ),
    # what orders say of themselves
    "cards are not servers times cards": ("orders_table", edit("orders", "cards", 9, offer="buy-ant")),
    "another price": (
        "orders_table",
        edit("orders", "price_per_card", 13_999.0, ordered=Q1, offer="buy-bee"),
    ),
    "another landed price": (
        "orders_table",
        edit("orders", "landed_price_per_card", BEE1["landed"] - 1, ordered=Q1, offer="buy-bee"),
    ),
    "another landed total": (
        "orders_table",
        edit("orders", "landed", 162_623.0, ordered=Q1, offer="buy-bee"),
    ),
    "an import called domestic": (
        "orders_table",
        edit("orders", "origin", "domestic", ordered=Q1, offer="buy-bee"),
    ),
    "an earlier arrival": ("orders_table", edit("orders", "in_service", Q1, ordered=Q1, offer="buy-bee")),
    # shares and unmet
    "a share of routing": (
        "routing_table",
        edit("routing", "share", 0.81, bucket="short", site="east", node=Q1),
    ),
    "a share of unmet": ("unmet_table", edit("unmet", "share", 0.5)),
    "tokens of unmet": ("unmet_table", edit("unmet", "mtok", 10.0 * H)),
    # money
    "a cent and more off": (
        "costs_table",
        edit("costs", "amount", COSTS["vat"][0] + 0.03, term="vat", node=Q1),
    ),
    "discounted wrongly": (
        "costs_table",
        edit("costs", "discounted", COSTS["hosting"][1], term="hosting", node=Q2),
    ),
    "a cost in another period": ("costs_table", edit("costs", "node", Q2, term="unmet")),
    "a cost is left out": ("costs_table", without("costs", term="unmet")),
    "residual value of the last node": (
        "costs_table",
        edit("costs", "discounted", RESIDUAL * D[2], term="residual"),
    ),
    "the exchange rate moves": ("costs_table", regiven("fx", "rate", 7.3, period=Q2)),
    "another tariff": ("costs_table", regiven("tariffs", "tariff_per_kwh", 0.46, period=Q2)),
    "another discount rate": ("total_cost", regiven("settings", "discount_rate_per_year", 0.46)),
    "a lower cost is claimed": ("total_cost", lambda *_: COST - 1.0),
    "a higher cost is claimed": ("total_cost", lambda *_: COST + 1.0),
    "no number is claimed": ("total_cost", lambda *_: float("nan")),
    # tables that cannot be read
    "a table is missing": ("tables", drop_table("routing")),
    "a column is missing": ("tables", drop_column("load", "requests_per_s")),
    "given demand is missing": ("tables", lambda given, _: given.pop("requests") is None or None),
    "not a number": (
        "cells",
        edit("load", "requests_per_s", float("nan"), bucket="long", site="east", node=Q1),
    ),
    "infinite": ("cells", edit("deployment", "replicas", float("inf"), layout="ant-small", node=Q1)),
    "text for a number": ("cells", edit("fleet", "installed_cards", "many", site="east", node=Q1)),
    "a blank name": ("cells", edit("orders", "site", None, offer="buy-ant")),
}
