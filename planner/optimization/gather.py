"""From the tables that the audit reads too, to what the program is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.finance.calendar import discounted_nodes
from planner.finance.energy import energy_tariffs
from planner.finance.landed import exchange_rates, landed_prices
from planner.finance.ownership import maintenance_money, residual_money
from planner.joins import matched
from planner.optimization.contingencies import contingencies
from planner.optimization.given import Given, Settings
from planner.optimization.improving import improving
from planner.optimization.renting import Renting, renting_of
from planner.optimization.selectors import branched, node_number
from planner.optimization.supply_chain import (
    arrivals_and_departures,
    delivery_table,
    fleet_ledger,
    service_table,
)
from planner.optimization.token_offers import token_offers_of
from planner.optimization.waiting import moves_of, sendable_requests
from planner.serving.hand_over import hand_over_classes
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_HOUR, TOKENS_PER_MTOK

RULES = (
    "supply", "supply_factors", "closures", "permits", "budgets", "domestic_share", "vendor_share", "selections",
    "workloads", "porting", "minimum_fleet", "measures",
)  # fmt: skip
# Tables that a case made by hand may lack.
OPTIONAL = {
    "price_factors": ("offer", "node", "factor"),
    "supply_factors": ("limit", "node", "factor"),
    "closures": ("offer", "node"),
    "delays": ("offer", "node", "months"),
    "best": ("path", "cost"),
    "porting": ("port", "accelerator", "vendor", "origin", "llm", "cost", "months", "person_months"),
    "maturity": ("maturity", "accelerator", "vendor", "origin", "llm", "from_period", "to_period", "factor"),
    "minimum_fleet": ("rule", "accelerator", "vendor", "origin", "min_cards"),
    "measures": (
        "measure",
        "workload",
        "saves_share",
        "max_share",
        "start_cost",
        "cost_per_month",
        "ramp_months",
        "from_period",
    ),
}

ARRIVAL = ["accelerator", "site", "in_service_index"]


def gather(tables: Mapping[str, pd.DataFrame]) -> Given:
    """Join, discount and index the given tables for the program; see `Given` for what comes out.

    Parameters
    ----------
    tables : settings (one row), periods, slices, sites, routes, workloads, requests, buckets, layouts, rates, cards,
        offers, prices, supply, permits, fleet, fx, tariffs, budgets, domestic_share, vendor_share, residency,
        selections, as `planner.prepare` makes them
    """
    tables = {name: _or_empty(tables, name) for name in OPTIONAL} | dict(tables)
    row = tables["settings"].iloc[0]
    months, rate = int(row["period_months"]), float(row["discount_rate_per_year"])
    settings = Settings(
        str(row["currency"]),
        months,
        row["replicas"] == "whole",
        float(row["headroom_share"]),
        float(row["idle_power_share"]),
        float(row["switch_minutes"]),
        None if pd.isna(row.get("porting_team")) else float(row["porting_team"]),
        _objective(row, tables["periods"]),
        float(row["risk_weight"]),
        float(row["risk_quantile"]),
    )
    nodes = discounted_nodes(tables["periods"], months, rate)
    slices = tables["slices"].assign(hours=tables["slices"]["share"] * HOURS_PER_MONTH * months)
    moves = moves_of(tables["workloads"], tables["slices"])
    failures, lost, in_failures = contingencies(tables, nodes, moves["workload"])
    cards, sites = tables["cards"], tables["sites"]
    offers = _with_card_facts(tables["offers"], cards)
    deliveries = delivery_table(offers, nodes, months, tables["delays"])
    service = service_table(deliveries, nodes)
    entering, leaving = arrivals_and_departures(deliveries, nodes)
    arrivals = deliveries.pipe(matched, offers[["offer", "accelerator"]]).merge(sites[["site"]], how="cross")
    rates = exchange_rates(tables["fx"], nodes, settings.currency)
    money = landed_prices(offers, tables["prices"], tables["price_factors"], rates, nodes, settings.currency)
    renting = renting_of(tables, nodes, rates, months, settings.currency)
    buckets = tables["buckets"]
    tokens = buckets[["workload", "bucket"]].assign(
        tokens_per_request=buckets["mean_in"] + buckets["mean_out"], prompt_tokens=buckets["mean_in"]
    )
    sendable = sendable_requests(tables["requests"], moves)
    mean_to_peak = _mean_to_peak(tables["requests"], moves, slices)
    tokens_for_sale = token_offers_of(
        tables, nodes, slices, sendable, mean_to_peak, rates, months, settings.currency
    )
    return Given(
        settings=settings,
        nodes=nodes,
        slices=slices,
        moves=moves,
        end_discount=_end_discount(nodes, months, rate),
        sites=sites,
        cards=cards,
        offers=offers[["offer", "accelerator", "vendor", "origin", "cards_per_server", "min_order_servers"]],
        deliveries=_first_deliveries(deliveries, nodes),
        entering=entering,
        leaving=leaving,
        service=service,
        fleet=fleet_ledger(tables["fleet"], _with_rented(arrivals, renting), nodes),
        routes=tables["routes"][["region", "site", "band_ms"]],
        banned_routes=_banned_routes(tables),
        layouts=_layouts(tables),
        rates=tables["rates"][["workload", "bucket", "band_ms", "layout", "requests_per_s"]],
        requests=_with_failures(tables["requests"], in_failures),
        sendable=_with_failures(sendable, in_failures),
        failures=failures,
        lost=lost,
        tokens=tokens,
        mean_to_peak=mean_to_peak,
        money=money,
        maintenance=maintenance_money(service, money, offers, months),
        residual=residual_money(deliveries, money, offers, months, int(nodes["index"].max()) + 1),
        fleet_maintenance=_fleet_maintenance(tables["fleet"], nodes, months),
        tariffs=energy_tariffs(sites, tables["tariffs"], nodes, slices),
        unmet_money=_unmet_money(tables, tokens, slices),
        best=tables["best"],
        improving=improving(tables, nodes, months),
        rules={name: tables[name] for name in RULES},
        renting=renting,
        tokens_for_sale=tokens_for_sale,
    )


def _objective(row: pd.Series[Any], nodes: pd.DataFrame) -> str:
    """The objective asked for, where it says anything else than the expected cost."""
    asked = str(row["objective"])
    idle = not branched(nodes) or (asked == "cvar" and float(row["risk_weight"]) == 0.0)
    return "expected" if idle else asked


def _unmet_money(
    tables: Mapping[str, pd.DataFrame], tokens: pd.DataFrame, slices: pd.DataFrame
) -> pd.DataFrame:
    """Penalty of each node if nothing at all is served: node, amount."""
    price = tables["workloads"].set_index("workload")["unmet_penalty_per_mtok"]
    rows = tables["requests"].pipe(matched, tokens, on=["workload", "bucket"])
    rows = rows.pipe(matched, slices[["slice", "hours"]], on="slice")
    mtok = (
        rows["mean_requests_per_s"]
        * rows["hours"]
        * SECONDS_PER_HOUR
        * rows["tokens_per_request"]
        / TOKENS_PER_MTOK
    )
    rows = rows.assign(amount=mtok * rows["workload"].map(price))
    return rows.groupby("node", as_index=False)[["amount"]].sum()


def _or_empty(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """A table, without rows where the case has none."""
    if name in tables:
        return tables[name]
    return pd.DataFrame({column: pd.Series(dtype=object) for column in OPTIONAL[name]})


def _with_failures(requests: pd.DataFrame, in_failures: pd.DataFrame) -> pd.DataFrame:
    """Requests of the slices, and of the failures."""
    names = ["workload", "bucket", "region", "node", "slice", "requests_per_s"]
    return (
        pd.concat([requests[names], in_failures[names]], ignore_index=True)
        if len(in_failures)
        else requests[names]
    )


def _layouts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Layouts with their role and the class of cards they may exchange caches with (None without pools)."""
    names = ["layout", "llm", "accelerator", "cards_per_replica", "role", "cache_bytes_per_token"]
    classes = hand_over_classes(tables["cards"], str(tables["settings"]["pools"].iloc[0]))
    return tables["layouts"][names].merge(classes, on="accelerator", how="left")


def _with_rented(arrivals: pd.DataFrame, renting: Renting) -> pd.DataFrame:
    """accelerator, site, in_service_index of orders and of cards for rent."""
    parts = [part for part in (arrivals[ARRIVAL], renting.arrivals()) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else arrivals[ARRIVAL]


def _with_card_facts(offers: pd.DataFrame, cards: pd.DataFrame) -> pd.DataFrame:
    """Offers with vendor and origin of their card, and its server size where the offer names none."""
    facts = cards[["accelerator", "vendor", "origin", "cards_per_server"]]
    joined = offers.merge(facts, on="accelerator", suffixes=("", "_of_card"))
    own = joined["cards_per_server"].astype(float).fillna(joined["cards_per_server_of_card"])
    return joined.assign(cards_per_server=own.astype(int))


def _banned_routes(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Routes a residency rule leaves out: pairs it names may use only the sites named."""
    demanded = tables["requests"][["workload", "region"]].drop_duplicates()
    grid = demanded.pipe(matched, tables["routes"][["region", "site"]], on="region")
    rules = tables["residency"][["workload", "region", "site"]]
    named = grid[["workload", "region"]].drop_duplicates().merge(rules, how="cross", suffixes=("", "_rule"))
    holds = named["workload_rule"].isin(["*"]) | (named["workload_rule"] == named["workload"])
    holds &= named["region_rule"].isin(["*"]) | (named["region_rule"] == named["region"])
    allowed = named.loc[holds, ["workload", "region", "site"]].drop_duplicates()
    covered = allowed[["workload", "region"]].drop_duplicates()
    restricted = grid.pipe(matched, covered, on=["workload", "region"])
    marked = restricted.merge(allowed, on=["workload", "region", "site"], how="left", indicator=True)
    return marked.loc[marked["_merge"] == "left_only", ["workload", "region", "site"]].reset_index(drop=True)


def _mean_to_peak(requests: pd.DataFrame, moves: pd.DataFrame, slices: pd.DataFrame) -> pd.DataFrame:
    """Mean over peak load of each workload, node and slice, over its regions and buckets.

    Work that may wait is served in other slices than those in which it arrives: one ratio holds for all of them.
    """
    key, amounts = ["workload", "node", "slice"], ["mean_requests_per_s", "requests_per_s"]
    waits = requests["workload"].isin(moves["workload"])
    sums = requests[~waits].groupby(key, as_index=False)[amounts].sum()
    if waits.any():
        timed = requests[waits].pipe(matched, slices[["slice", "share"]], on="slice")
        timed[amounts] = timed[amounts].mul(timed["share"], axis=0)
        whole = timed.groupby(key[:2], as_index=False)[amounts].sum()
        sums = pd.concat([sums, whole.merge(slices[["slice"]], how="cross")], ignore_index=True)
    return sums[key].assign(mean_to_peak=sums["mean_requests_per_s"] / sums["requests_per_s"])


def _end_discount(nodes: pd.DataFrame, months: int, rate: float) -> float:
    return float((1.0 + rate) ** -((int(nodes["index"].max()) + 1) * months / MONTHS_PER_YEAR))


def _first_deliveries(deliveries: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """offer, ordered, in_service (period), in_service_index: where paths differ, the earliest entry into service."""
    period = nodes.set_index("node")["period"]
    first = deliveries.sort_values(["in_service_index", "in_service"], kind="stable")
    first = first.drop_duplicates(["offer", "ordered"]).sort_index()
    named = first[["offer", "ordered", "in_service_index"]]
    return named.assign(in_service=first["in_service"].map(period)).reset_index(drop=True)


def _fleet_maintenance(fleet: pd.DataFrame, nodes: pd.DataFrame, months: int) -> pd.DataFrame:
    """Maintenance of the opening fleet per node, until each batch retires."""
    ends = node_number(fleet["retires"], nodes).fillna(int(nodes["index"].max()) + 1)
    monthly = fleet["cards"] * fleet["maintenance_per_card_month"]
    pairs = pd.DataFrame({"end": ends, "monthly": monthly}).merge(nodes[["node", "index"]], how="cross")
    pairs = pairs[pairs["index"] < pairs["end"]]
    sums = pairs.groupby("node", as_index=False)[["monthly"]].sum()
    return sums[["node"]].assign(amount=sums["monthly"] * months)
