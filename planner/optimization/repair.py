"""From a solver's floating-point answer to quantities that keep every rule exactly."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.joins import matched
from planner.optimization.build import Built
from planner.optimization.given import Given
from planner.optimization.rent_results import rented_cards
from planner.optimization.risk import guard_bounds
from planner.serving.hand_over import DECODE, PREFILL, WHOLE

DUST = 1e-9  # of the demand of a key: what a solver leaves behind, not work
FULL = 1e-6  # within this share of the demand a key is served in full: ten times the solver's tolerance
KEY = ["workload", "bucket", "region", "node", "slice"]
SERVING = ("flow", "bought", "drawn")  # decisions that serve requests of a region


def repaired(given: Given, built: Built, values: np.ndarray) -> dict[str, pd.DataFrame]:
    """Decisions with their values: whole numbers whole, flows that add up to the demand, loads to the flows.

    Rounding whole numbers leaves continuous ones within the solver's tolerance of their rules; flows are scaled to
    cover what they covered and no more than the demand, loads are scaled to what is sent, and what is left of the
    demand is unmet. The fleet is counted again from the orders.

    Returns
    -------
    decision name -> its keys with ``value``
    """
    guard_bounds(built.program, values)
    value = {}
    for name, table in built.program.decisions.items():
        raw = values[table["column"].to_numpy()]
        raw = np.round(raw) if table["whole"].any() else np.maximum(raw, 0.0)
        value[name] = table.drop(columns=["column", "upper", "whole"]).assign(value=raw)
    asked = _asked(given, value["lever"])
    value["moved"] = _moved(given, asked, value["moved"])
    value |= _on_replicas(value)
    served = [value[name][[*KEY, "value"]] for name in SERVING if len(value[name])]
    together = pd.concat(served, ignore_index=True) if served else value["flow"][[*KEY, "value"]]
    whole = _flows(given, asked, together, value["moved"])
    ends = np.cumsum([0, *(len(value[name]) for name in SERVING)])
    for at, name in enumerate(SERVING):
        value[name] = value[name].assign(value=whole["value"].to_numpy()[ends[at] : ends[at + 1]])
    value["load"] = _loads(given, value["flow"], value["load"])
    value["unmet"] = _unmet(given, asked, whole, value["moved"])
    value["installed"] = _installed(given, value)
    return value


def _on_replicas(value: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Load without what a solver leaves on layouts that run no replica, and flow without what goes nowhere then."""
    place, key = (
        ["layout", "site", "node", "slice"],
        ["workload", "bucket", "band_ms", "site", "node", "slice"],
    )
    running = value["deploy"][[*place, "value"]].rename(columns={"value": "replicas"})
    load = value["load"].pipe(matched, running, on=place, how="left")
    load["value"] = load["value"].where(load["replicas"] > 0, 0.0)
    placed = load.groupby(key, as_index=False)[["value"]].sum().rename(columns={"value": "placed"})
    flow = value["flow"].pipe(matched, placed, on=key, how="left")
    flow["value"] = flow["value"].where(flow["placed"] > 0, 0.0)
    return {"load": load.drop(columns="replicas"), "flow": flow.drop(columns="placed")}


def _asked(given: Given, lever: pd.DataFrame) -> pd.DataFrame:
    """The demand less what measures save of it, by its key."""
    demand = given.requests[[*KEY, "requests_per_s"]]
    if lever.empty:
        return demand
    used = lever.pipe(matched, given.improving["measure_effects"], on="measure")
    used = (
        used.assign(saved=used["saves"] * used["value"])
        .groupby(["workload", "node"], as_index=False)[["saved"]]
        .sum()
    )
    saved = demand.pipe(matched, used, on=["workload", "node"], how="left")["saved"].fillna(0.0)
    return demand.assign(requests_per_s=demand["requests_per_s"] * (1.0 - saved.clip(upper=1.0)))


def _moved(given: Given, asked: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Work moved between slices without dust; what is served in full within the tolerance is so exactly."""
    if moved.empty:
        return moved
    timed = moved.pipe(matched, given.moves, on=["workload", "slice", "served"]).pipe(matched, asked, on=KEY)
    share = timed["value"] * timed["ratio"]
    timed["value"] = timed["value"].where(share > DUST * timed["requests_per_s"], 0.0)
    served = (timed["value"] * timed["ratio"]).groupby([timed[name] for name in KEY]).transform("sum")
    full = served > (1.0 - FULL) * timed["requests_per_s"]
    factor = (timed["requests_per_s"] / served).where(full, 1.0)
    return timed[[*KEY, "served"]].assign(value=(timed["value"] * factor).fillna(0.0))


def _flows(given: Given, demand: pd.DataFrame, flow: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Flows without dust; a key served in full within the solver's tolerance is served in full exactly.

    Work that may wait flows as it was moved.
    """
    here = moved.drop(columns="slice").rename(columns={"served": "slice"})
    here = here.groupby(KEY, as_index=False)[["value"]].sum().rename(columns={"value": "asked"})
    waits = demand["workload"].isin(given.moves["workload"])
    asked = demand[~waits].rename(columns={"requests_per_s": "asked"})
    flow = flow.pipe(matched, pd.concat([asked, here], ignore_index=True), on=KEY, how="left").fillna(
        {"asked": 0.0}
    )
    flow["value"] = flow["value"].where(flow["value"] > DUST * flow["asked"], 0.0)
    sent = flow.groupby(KEY)["value"].transform("sum")
    full = (sent > (1.0 - FULL) * flow["asked"]) | flow["workload"].isin(given.moves["workload"])
    factor = (flow["asked"] / sent.where(sent > 0.0)).where(full, 1.0)
    return flow.assign(value=(flow["value"] * factor).fillna(0.0)).drop(columns="asked")


def _loads(given: Given, flow: pd.DataFrame, load: pd.DataFrame) -> pd.DataFrame:
    """Loads scaled, per workload, bucket, band, site, node and slice, to what is sent there.

    What decodes is scaled to what is prefilled in its class of cards, and prefills only as far as something decodes.
    """
    key = ["workload", "bucket", "band_ms", "site", "node", "slice"]
    sent = flow.groupby(key, as_index=False)[["value"]].sum().rename(columns={"value": "sent"})
    roles = given.layouts[["layout", "role", "hand_over"]]
    if (roles["role"] == WHOLE).all():
        return _scaled(load, sent, key)
    load = load.pipe(matched, roles, on="layout")
    own, pools = load[load["role"] == WHOLE], [*key, "hand_over"]
    prefill, decode = load[load["role"] == PREFILL], load[load["role"] == DECODE]
    decoded = decode.groupby(pools)["value"].sum()
    paired = pd.MultiIndex.from_frame(prefill[pools]).isin(decoded[decoded > 0].index)
    first = pd.concat([own, prefill.assign(value=prefill["value"].where(paired, 0.0))])
    first = _scaled(first, sent, key)
    prefilled = first[first["role"] == PREFILL].groupby(pools, as_index=False)[["value"]].sum()
    then = _scaled(decode, prefilled.rename(columns={"value": "sent"}), pools)
    return pd.concat([first, then], ignore_index=True).drop(columns=["role", "hand_over"])


def _scaled(load: pd.DataFrame, sent: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Loads without dust, scaled to add up to ``sent`` by key."""
    load = load.pipe(matched, sent, on=key, how="left").fillna({"sent": 0.0})
    load["value"] = load["value"].where(load["value"] > DUST * load["sent"], 0.0)
    placed = load.groupby(key)["value"].transform("sum")
    factor = (load["sent"] / placed).where(placed > 0, 0.0)
    return load.assign(value=load["value"] * factor).drop(columns="sent")


def _unmet(given: Given, asked: pd.DataFrame, flow: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """What neither flows nor was moved to flow later."""
    timed = moved.pipe(matched, given.moves, on=["workload", "slice", "served"])
    timed = timed.assign(value=timed["value"] * timed["ratio"])[[*KEY, "value"]]
    flowing = flow[~flow["workload"].isin(given.moves["workload"])]
    served = pd.concat([flowing[[*KEY, "value"]], timed], ignore_index=True)
    sent = served.groupby(KEY, as_index=False)[["value"]].sum().rename(columns={"value": "sent"})
    left = asked.pipe(matched, sent, on=KEY, how="left")
    rest = left["requests_per_s"] - left["sent"].fillna(0.0)
    rest = rest.where(rest > DUST * left["requests_per_s"], 0.0)
    return left[KEY].assign(value=rest)


def _installed(given: Given, value: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Cards in service from the ledger: opening fleet so far plus orders and rented terms in service."""
    key = ["accelerator", "site", "node"]
    opening = given.fleet.rename(columns={"opening_cards": "cards"})
    boxes = given.offers[["offer", "cards_per_server"]]
    bought = (
        value["order"]
        .rename(columns={"node": "ordered"})
        .pipe(matched, boxes, on="offer")
        .pipe(matched, given.service)
    )
    bought = bought.assign(bought=bought["value"] * bought["cards_per_server"])[[*key, "bought"]]
    rented = rented_cards(given, value["rent"]).rename(columns={"cards": "bought"})
    both = pd.concat([bought, rented], ignore_index=True) if len(rented) else bought
    sums = both.groupby(key, as_index=False)[["bought"]].sum()
    table = opening[[*key, "cards"]].pipe(matched, sums, on=key, how="left")
    total = table[key].assign(value=table["cards"] + table["bought"].fillna(0.0))
    return value["installed"][key].pipe(matched, total, on=key, how="left")
