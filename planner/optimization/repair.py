"""From a solver's floating-point answer to quantities that keep every rule exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.joins import matched
from planner.optimization.build import Built
from planner.optimization.given import Given

DUST = 1e-9  # of the demand of a key: what a solver leaves behind, not work


def repaired(given: Given, built: Built, values: np.ndarray) -> dict[str, pd.DataFrame]:
    """Decisions with their values: whole numbers whole, flows that add up to the demand, loads to the flows.

    Rounding whole numbers leaves continuous ones within the solver's tolerance of their rules; flows are scaled to
    cover what they covered and no more than the demand, loads are scaled to what is sent, and what is left of the
    demand is unmet. The fleet is counted again from the orders.

    Returns
    -------
    decision name -> its keys with ``value``
    """
    value = {}
    for name, table in built.program.decisions.items():
        raw = values[table["column"].to_numpy()]
        raw = np.round(raw) if table["whole"].any() else np.maximum(raw, 0.0)
        value[name] = table.drop(columns=["column", "upper", "whole"]).assign(value=raw)
    value["flow"] = _flows(given, value["flow"])
    value["load"] = _loads(value["flow"], value["load"])
    value["unmet"] = _unmet(given, value["flow"])
    value["installed"] = _installed(given, value["order"], value["installed"])
    return value


def _flows(given: Given, flow: pd.DataFrame) -> pd.DataFrame:
    """Flows without dust; a key served in full within the solver's tolerance is served in full exactly."""
    key = ["workload", "bucket", "region", "node"]
    flow = flow.pipe(matched, given.requests, on=key)
    asked = flow["requests_per_s"]
    flow["value"] = flow["value"].where(flow["value"] > DUST * asked, 0.0)
    sent = flow.groupby(key)["value"].transform("sum")
    full = sent > (1.0 - 1e-6) * asked
    factor = (asked / sent).where(full, 1.0)
    return flow.assign(value=(flow["value"] * factor).fillna(0.0)).drop(columns="requests_per_s")


def _loads(flow: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    """Loads scaled, per workload, bucket, band, site and node, to what is sent there."""
    key = ["workload", "bucket", "band_ms", "site", "node"]
    sent = flow.groupby(key, as_index=False)[["value"]].sum().rename(columns={"value": "sent"})
    load = load.pipe(matched, sent, on=key)
    load["value"] = load["value"].where(load["value"] > DUST * load["sent"], 0.0)
    placed = load.groupby(key)["value"].transform("sum")
    factor = (load["sent"] / placed).where(placed > 0, 0.0)
    return load.assign(value=load["value"] * factor).drop(columns="sent")


def _unmet(given: Given, flow: pd.DataFrame) -> pd.DataFrame:
    key = ["workload", "bucket", "region", "node"]
    sent = flow.groupby(key, as_index=False)[["value"]].sum().rename(columns={"value": "sent"})
    left = given.requests.pipe(matched, sent, on=key, how="left")
    rest = left["requests_per_s"] - left["sent"].fillna(0.0)
    rest = rest.where(rest > DUST * left["requests_per_s"], 0.0)
    return left[key].assign(value=rest)


def _installed(given: Given, order: pd.DataFrame, installed: pd.DataFrame) -> pd.DataFrame:
    """Cards in service from the ledger: opening fleet so far plus orders in service."""
    key = ["accelerator", "site", "node"]
    opening = given.fleet.assign(cards=given.fleet.groupby(key[:2])["net_opening_cards"].cumsum())
    boxes = given.offers[["offer", "cards_per_server"]]
    bought = (
        order.rename(columns={"node": "ordered"})
        .pipe(matched, boxes, on="offer")
        .pipe(matched, given.service)
    )
    bought = bought.assign(bought=bought["value"] * bought["cards_per_server"])
    sums = bought.groupby(key, as_index=False)[["bought"]].sum()
    table = opening[[*key, "cards"]].pipe(matched, sums, on=key, how="left")
    total = table[key].assign(value=table["cards"] + table["bought"].fillna(0.0))
    return installed[key].pipe(matched, total, on=key, how="left")
