"""Constraint families: how many tokens an API gives, and what prepaid packages hold."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

VOLUME = ["workload", "bucket", "node", "slice"]


def served_by_api(given: Given, decide: Decisions) -> pd.DataFrame:
    """Requests/s bought and drawn: token_offer, workload, bucket, region, node, slice, column."""
    drawn = decide.drawn.pipe(
        matched, given.tokens_for_sale.packages[["package", "token_offer"]], on="package"
    )
    names = ["token_offer", *VOLUME, "column"]
    parts = [part[names] for part in (decide.bought, drawn) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else decide.bought[names]


def add_token_rate(program: Program, given: Given, decide: Decisions) -> Rows:
    """Requests that an API takes at the peak stay within its limit.

    Formulation, for every token offer o with such a limit, node n and slice h::

        sum_{w,b,r} (bought[w,b,r,o,n,h] + drawn of its packages) <= max_requests_per_s[o]

        bought[w,b,r,o,n,h]     decision   served at list price          [requests/s at the peak]
        drawn[p,w,b,r,n,h]      decision   served from package p         [requests/s at the peak]
        max_requests_per_s[o]   given      most requests                 [requests/s]

    Price of a row: what one more request/s of the API would save.

    Examples
    --------
    A limit of 20: of 30 requests/s the API serves 20, cards or nobody the rest.
    """
    limited = given.tokens_for_sale.offers[["token_offer", "max_requests_per_s"]].dropna()
    terms = served_by_api(given, decide)
    keys = terms[["token_offer", "node", "slice"]].drop_duplicates().merge(limited, on="token_offer")
    rows = program.rows(
        "token_rate", keys[["token_offer", "node", "slice"]], at_most=keys["max_requests_per_s"]
    )
    if rows.keys.empty:
        return rows
    rows.add(terms)
    return rows


def add_token_volume(program: Program, given: Given, decide: Decisions) -> Rows:
    """Tokens that an API gives on a mean day stay within its limit.

    Formulation, for every token offer o with such a limit, and node n::

        sum_{w,b,r,h} mtok_per_day[w,b,n,h] * (bought[w,b,r,o,n,h] + drawn of its packages) <= max_mtok_per_day[o]

        bought, drawn           decision   as in `add_token_rate`                    [requests/s at the peak]
        mtok_per_day[w,b,n,h]   given      mean over peak * seconds of a day in h * tokens   [Mtok per request/s]
        max_mtok_per_day[o]     given      most tokens a day                         [Mtok/day]

    Price of a row: what one million tokens a day more would save.

    Examples
    --------
    One request/s of 1,000 tokens all day is 86.4 million tokens.
    """
    limited = given.tokens_for_sale.offers[["token_offer", "max_mtok_per_day"]].dropna()
    terms = served_by_api(given, decide)
    keys = terms[["token_offer", "node"]].drop_duplicates().merge(limited, on="token_offer")
    rows = program.rows("token_volume", keys[["token_offer", "node"]], at_most=keys["max_mtok_per_day"])
    if rows.keys.empty:
        return rows
    volume = terms.pipe(matched, given.tokens_for_sale.volume, on=VOLUME)
    rows.add(volume.assign(coefficient=volume["mtok_per_day"]))
    return rows


def add_package_use(program: Program, given: Given, decide: Decisions) -> Rows:
    """Tokens used of a package kind in a node are those drawn in its slices, within the daily cap of valid packages.

    Formulation, for every package kind p and node n::

        sum_{w,b,r,h} mtok[w,b,n,h] * drawn[p,w,b,r,n,h] - used[p,n] = 0                              (side use)
        sum_{w,b,r,h} mtok_per_day[w,b,n,h] * drawn[p,w,b,r,n,h]
            - max_mtok_per_day[p] * sum_{m: bought in m, valid in n} packages[p,m] <= 0               (side rate)

        drawn[p,w,b,r,n,h]    decision   served from packages             [requests/s at the peak]
        used[p,n]             decision   tokens of the node               [Mtok]
        packages[p,m]         decision   packages bought                  [packages]
        mtok, mtok_per_day    given      tokens of one request/s, in the slice of the node, and a day   [Mtok]

    Price of a row: what one million tokens more would save.

    Examples
    --------
    Two packages of at most 100 million tokens a day: 200 a day while both are valid.
    """
    sale = given.tokens_for_sale
    keys = decide.drawn[["package", "node"]].drop_duplicates()
    capped = keys.merge(sale.packages[["package", "max_mtok_per_day"]].dropna(), on="package")
    both = pd.concat(
        [keys.assign(side="use"), capped[["package", "node"]].assign(side="rate")], ignore_index=True
    )
    lower = pd.Series(0.0, both.index).where(both["side"] == "use", -float("inf"))
    rows = program.rows("package_use", both, at_least=lower, at_most=pd.Series(0.0, both.index))
    if rows.keys.empty:
        return rows
    drawn = decide.drawn.pipe(matched, sale.volume, on=VOLUME)
    rows.add(drawn.assign(coefficient=drawn["mtok"], side="use"))
    rows.add(decide.used.assign(side="use"), coefficient=-1)
    rows.add(drawn.assign(coefficient=drawn["mtok_per_day"], side="rate"))
    caps = decide.packages.pipe(matched, sale.valid, on=["package", "node"])
    caps = caps.pipe(matched, sale.packages[["package", "max_mtok_per_day"]].dropna(), on="package")
    caps = caps.assign(coefficient=-caps["max_mtok_per_day"], side="rate").drop(columns="node")
    rows.add(caps.rename(columns={"used": "node"}))
    return rows


def add_package_balance(program: Program, given: Given, decide: Decisions) -> Rows:
    """What is drawn from one node to a later one fits into the packages that are valid somewhere between.

    Formulation, for every package kind p and nodes i, j with i on the way to j::

        sum_{n from i to j} used[p,n] - mtok[p] * sum_{m up to j: bought in m, valid in i or later} packages[p,m] <= 0

        used[p,n]       decision   tokens drawn       [Mtok]
        packages[p,m]   decision   packages bought    [packages]
        mtok[p]         given      tokens in one      [Mtok]

    Packages of one kind are valid for the same time, so this holds for all i, j exactly when drawing the oldest first
    never runs dry (Hall's condition for intervals); it needs no vintages.

    Price of a row: what one million tokens more would save.

    Examples
    --------
    100 million tokens bought in January, valid two months: January and February together draw at most 100, March
    none.
    """
    sale = given.tokens_for_sale
    keys = sale.windows[["package", "first", "last"]].drop_duplicates()
    keys = keys[keys["package"].isin(decide.used["package"])]
    rows = program.rows("package_balance", keys, at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(decide.used.pipe(matched, sale.between, on="node"))
    held = decide.packages.pipe(matched, sale.windows, on=["package", "node"])
    held = held.pipe(matched, sale.packages[["package", "mtok"]], on="package")
    rows.add(held.assign(coefficient=-held["mtok"]))
    return rows
