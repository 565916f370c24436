"""From a case to the tables that both the program and the audit read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from planner.demand import DemandTables, demand_tables
from planner.demand.tree import demand_in, effect_tables, tree_of
from planner.inputs.case import Case
from planner.inputs.slices import hours_a_day
from planner.joins import matched
from planner.serving import ServingTables, grouped, kept_serving_tables, model_of
from planner.serving.hand_over import NONE, hand_over_classes, with_partners

CASE_TABLES_READ = (
    "sites",
    "workloads",
    "offers",
    "prices",
    "supply",
    "permits",
    "rentals",
    "token_offers",
    "token_factors",
    "packages",
    "fleet",
    "fx",
    "tariffs",
    "budgets",
    "domestic_share",
    "vendor_share",
    "residency",
    "selections",
    "failures",
    "scenarios",
    "porting",
    "maturity",
    "minimum_fleet",
    "measures",
)


@dataclass(frozen=True)
class Prepared:
    """Everything settled before the program.

    Attributes
    ----------
    case : the checked inputs
    demand : demand tables, in the fine buckets of the length profiles
    serving : the serving table in the fine buckets
    given : tables for the program and the audit, in routed buckets: settings, periods, slices, routes, requests,
        buckets, layouts, rates, cards, refused, steps and lengths (fine buckets) for replays, and the case's own tables
    """

    case: Case
    demand: DemandTables
    serving: ServingTables
    given: dict[str, pd.DataFrame]


def prepare(case: Case) -> Prepared:
    """Demand, what each layout can serve of it, and the case's own tables, ready to plan."""
    demand = demand_tables(case)
    routes = case.frame("routes")
    routes["band_ms"] = banded(routes["network_ms"], case.settings.network_band_ms)
    bands = sorted({float(band) for band in routes["band_ms"]})
    fine = kept_serving_tables(case, demand.buckets, bands, model_of(case))
    routed, buckets = grouped(fine, demand.buckets, case.settings.routing_buckets)
    layouts, rates = routed.layouts, routed.rates
    if case.settings.pools != NONE:
        rates = with_partners(rates, layouts, hand_over_classes(_card_table(case), case.settings.pools))
        layouts = layouts[layouts["layout"].isin(rates["layout"])].reset_index(drop=True)
    given = {name: with_texts(case.frame(name)) for name in CASE_TABLES_READ}
    cards = _card_table(case)
    tree = tree_of(case.periods, given["scenarios"], case.frame("scenario_effects"))
    makers = cards[["accelerator", "vendor", "origin"]]
    given |= effect_tables(tree, given["offers"].merge(makers, on="accelerator"), given["supply"])
    given |= {
        "settings": pd.DataFrame([asdict(case.settings)]),
        "periods": tree.nodes,
        "scenario_nodes": tree.members,
        "slices": _slice_rows(demand.slices),
        "routes": routes,
        "requests": demand_in(tree, _routed_requests(demand.requests, routed.groups)),
        "buckets": buckets,
        "layouts": layouts,
        "rates": rates,
        "refused": routed.refused,
        "steps": fine.steps[fine.steps["layout"].isin(layouts["layout"])].reset_index(drop=True),
        "lengths": _lengths(demand.buckets, routed.groups),
        "cards": cards,
    }
    return Prepared(case, demand, fine, given)


def with_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The table with lists of ids as texts with spaces, None for an empty one: every reader takes those."""
    table = table.copy()
    for name in ("workloads", "regions"):
        if name in table.columns:
            table[name] = pd.Series([" ".join(ids) or None for ids in table[name]], table.index, dtype=object)
    return table


def _slice_rows(slices: pd.DataFrame) -> pd.DataFrame:
    """Slices in order: slice, index, share (of the week), day_hours, before (the slice that ends where it begins)."""
    hours = [hours_a_day(int(a), int(b)) for a, b in slices[["from_hour", "to_hour"]].itertuples(index=False)]
    rows = slices[["slice", "days", "share"]].assign(index=range(len(slices)), day_hours=hours)
    rows["before"] = rows.groupby("days")["slice"].transform(lambda names: np.roll(names, 1))
    return rows[["slice", "index", "days", "share", "day_hours", "before"]]


def banded(network_ms: pd.Series[float], band_ms: float) -> pd.Series[float]:
    """Network times rounded up to a multiple of the band [ms].

    Examples
    --------
    >>> banded(pd.Series([0.0, 12.0, 50.0, 51.0]), 50.0).tolist()
    [0.0, 50.0, 50.0, 100.0]
    """
    return network_ms.map(lambda time_ms: math.ceil(time_ms / band_ms - 1e-9) * band_ms).astype(float)


def _routed_requests(requests: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Requests per second by routed bucket instead of fine bucket."""
    joined = requests.pipe(matched, groups, on=["workload", "bucket"])
    key = ["workload", "group", "region", "node", "slice"]
    sums = joined.groupby(key, as_index=False)[["requests_per_s", "mean_requests_per_s"]].sum()
    return sums.rename(columns={"group": "bucket"})


def _lengths(buckets: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """The fine buckets (``fine``) of every routed bucket, for replaying requests."""
    joined = buckets.pipe(matched, groups, on=["workload", "bucket"]).rename(columns={"bucket": "fine"})
    columns = ["workload", "group", "fine", "share", "mean_in", "mean_cached_in", "mean_out"]
    return joined[columns].rename(columns={"group": "bucket"})


def _card_table(case: Case) -> pd.DataFrame:
    """One row per card: accelerator, vendor, origin, power_kw, bf16_tflops (0 where unknown), cards_per_server."""
    rows = [
        {
            "accelerator": card.accelerator,
            "vendor": card.vendor,
            "origin": card.origin,
            "power_kw": card.power_kw,
            "bf16_tflops": card.get("bf16_tflops") or 0.0,
            "cards_per_server": int(card.get("cards_per_server") or 1),
        }
        for card in case.cards
    ]
    return pd.DataFrame(rows)


def unkept_promises(given: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Demand that no card of the case can serve within its promise, with the nearest miss.

    Returns
    -------
    workload, bucket, band_ms, promise, limit, nearest, accelerator, layout, reason: one row per workload, bucket and
    network band that has no rate; the card is the one that came nearest (where nothing has numbers, the first).
    """
    key = ["workload", "bucket", "band_ms"]
    served = given["rates"][key].drop_duplicates()
    refused = given["refused"].merge(served, on=key, how="left", indicator=True)
    refused = refused[refused["_merge"] == "left_only"]
    refused = refused.assign(miss=refused["nearest"] / refused["limit"]).sort_values(
        [*key, "miss", "accelerator"]
    )
    columns = [*key, "promise", "limit", "nearest", "accelerator", "layout", "reason"]
    return refused.drop_duplicates(key)[columns].reset_index(drop=True)
