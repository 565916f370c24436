"""Decisions that the given tables allow and the stored program does not have: without them its bound proves less."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import key_text
from planner.plan.certificate.stored import Stored

SHOWN = 20
BAND = ["region", "site", "band_ms"]


def missing_decisions(stored: Stored, given: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Rule ``program_complete``: orders, flows, loads and what is left unmet are all there.

    ::

        unmet   every request                        (workload, bucket, region, node)
        flow    every request over every route
        load    every flow on every layout with a rate for its band
        deploy  every layout that can carry a load
        order   every offer at every site in every period, where it arrives within the horizon
    """
    requests = given["requests"]
    asked = requests[[name for name in requests.columns if not name.endswith("requests_per_s")]]
    flow = asked.merge(given["routes"][BAND], on="region")
    rates = given["rates"][given["rates"]["requests_per_s"] > 0].drop(columns="requests_per_s")
    shared = [name for name in rates.columns if name in flow.columns]
    load = flow.drop(columns="region").drop_duplicates().merge(rates, on=shared)
    load = load.merge(given["layouts"][["layout", "accelerator"]], on="layout").merge(_standing(given))
    wanted = {"unmet": asked, "flow": flow, "load": load, "deploy": load, "order": _orders(given)}
    found = []
    for decision, keys in wanted.items():
        part, names = stored.key_columns(decision)
        shared = [name for name in names if name in keys.columns]
        if not len(keys):
            continue
        if not shared:
            found.append(finding("program_complete", decision, "no such decision", "one per key"))
            continue
        both = (
            keys[shared].drop_duplicates().merge(part[shared].drop_duplicates(), how="left", indicator=True)
        )
        left = both[both["_merge"] == "left_only"]
        found += [
            finding(
                "program_complete", f"{decision}[{text}]", "no such decision in the stored program", "one"
            )
            for text in key_text(left.head(SHOWN), shared)
        ]
    return found


def _orders(given: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Offer, site, node, card, and number of the period of arrival, of every order that arrives within the horizon."""
    months = float(given["settings"]["period_months"].iloc[0])
    nodes = given["periods"][["node", "index"]]
    delays = (
        given["delays"][["offer", "months"]]
        if "delays" in given
        else pd.DataFrame({"offer": [], "months": []})
    )
    late = delays.groupby("offer")["months"].max().to_dict()  # on some branch; elsewhere it may arrive sooner
    offers = given["offers"][["offer", "accelerator"]].assign(
        lead=[
            math.ceil((lead + late.get(offer, 0.0)) / months - 1e-9)
            for offer, lead in given["offers"][["offer", "lead_time_months"]].itertuples(index=False)
        ]
    )
    grid = offers.merge(nodes, how="cross")
    grid = grid.assign(arrives=grid["index"] + grid["lead"])
    grid = grid[grid["arrives"] <= nodes["index"].max()]
    whole: pd.DataFrame = grid.merge(given["sites"][["site"]], how="cross")
    return whole


def _standing(given: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Accelerator, site and node where cards may be in service: ordered in time, or on hand from the start."""
    first = _orders(given).groupby(["accelerator", "site"], as_index=False)[["arrives"]].min()
    on_hand = given["fleet"][["accelerator", "site"]].assign(arrives=0)
    places = pd.concat([first, on_hand]).merge(given["periods"][["node", "index"]], how="cross")
    places = places[places["index"] >= places["arrives"]]
    return places[["accelerator", "site", "node"]].drop_duplicates()
