"""Constraint families: what is prefilled is decoded, and its KV caches travel within the site's network."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions
from planner.serving.hand_over import DECODE, PREFILL
from planner.units import GIGA

KEY = ["workload", "bucket", "band_ms", "hand_over", "site", "node", "slice"]
PLACE = ["site", "node", "slice"]


def add_pool_balance(program: Program, given: Given, decide: Decisions) -> Rows:
    """Work that a site prefills is decoded there, by cards that may take over the caches.

    Formulation, for every workload w, bucket b, band k, class of cards e, site s, node n and slice h of a case with
    pools::

        sum_{c in e, prefill} load[w,b,k,c,s,n,h] - sum_{c in e, decode} load[w,b,k,c,s,n,h] = 0

        load[w,b,k,c,s,n,h]   decision   placed on layout c                                     [requests/s]
        e                     given      cards that may exchange caches: the same card, cards of one maker, or all

    Price of a row: what one more request per second to decode costs, already prefilled.

    Examples
    --------
    30 requests/s prefilled on one card and 10 on another of its maker: 40 requests/s decoded on that maker's cards.
    """
    loads = _loads_of_roles(given, decide)
    rows = program.rows("pool_balance", loads[KEY].drop_duplicates(ignore_index=True), equal=0.0)
    if rows.keys.empty:
        return rows
    rows.add(loads.assign(coefficient=(loads["role"] == PREFILL) * 1.0 - (loads["role"] == DECODE)))
    return rows


def add_kv_transfer(program: Program, given: Given, decide: Decisions) -> Rows:
    """KV caches handed from prefill to decode travel within the site's interconnect.

    Formulation, for every site s with a limit, node n and slice h of a case with pools::

        sum_{w,b,k,c prefill} cache[c] * prompt[w,b] * load[w,b,k,c,s,n,h] <= kv[s]

        load[w,b,k,c,s,n,h]   decision   placed on prefill layout c                [requests/s]
        cache[c]              given      KV cache that a token leaves               [GB/token]
        prompt[w,b]           given      mean tokens of a prompt, cached ones too   [tokens/request]
        kv[s]                 given      caches that may travel at once             [GB/s]

    Price of a row: what one more GB per second at s would save.

    Examples
    --------
    10 requests/s of 4,000 tokens at 0.25 MB: 10 GB/s.
    """
    loads = _loads_of_roles(given, decide)
    limited = given.sites.loc[given.sites["kv_gb_per_s"].notna(), ["site", "kv_gb_per_s"]]
    handing = loads[loads["role"] == PREFILL].pipe(matched, limited, on="site")
    keys = handing[[*PLACE, "kv_gb_per_s"]].drop_duplicates(ignore_index=True)
    rows = program.rows("kv_transfer", keys[PLACE], at_most=keys["kv_gb_per_s"])
    if rows.keys.empty:
        return rows
    handing = handing.pipe(matched, given.tokens[["workload", "bucket", "prompt_tokens"]], on=KEY[:2])
    rows.add(handing.assign(coefficient=handing["cache_bytes_per_token"] * handing["prompt_tokens"] / GIGA))
    return rows


def _loads_of_roles(given: Given, decide: Decisions) -> pd.DataFrame:
    """Load on layouts of one role, with it, the class of their card and the cache they hand over."""
    roles = given.layouts.loc[
        given.layouts["role"].isin([PREFILL, DECODE]),
        ["layout", "role", "hand_over", "cache_bytes_per_token"],
    ]
    return decide.load.pipe(matched, roles, on="layout")
