"""Constraint family: what is sent to a site is placed on its layouts."""

from __future__ import annotations

import pandas as pd

from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions
from planner.serving.hand_over import DECODE

KEY = ["workload", "bucket", "band_ms", "site", "node", "slice"]


def add_site_balance(program: Program, given: Given, decide: Decisions) -> Rows:
    """Work sent to a site over a network band is placed on layouts that keep the promise over that band.

    Formulation, for every workload w, bucket b, band k, site s, node n and slice h::

        sum_{r: band(r,s) = k} flow[w,b,r,s,n,h] - sum_{c whole or prefill} load[w,b,k,c,s,n,h] = 0

        flow[w,b,r,s,n,h]      decision   sent from region r                                  [requests/s]
        load[w,b,k,c,s,n,h]    decision   placed on layout c; what decodes is in `pool_balance`   [requests/s]
        band(r,s)            given      network time of the route, rounded up               [ms]

    The promise on TTFT is reduced by the band before layouts are rated, so a far site may need a faster layout.

    Price of a row: what serving one more request per second at s, already sent there, costs.

    Examples
    --------
    30 requests/s arrive at a site over the 50 ms band: 20 on one layout, 10 on another.
    """
    keys = decide.flow[KEY].drop_duplicates(ignore_index=True)
    rows = program.rows("site_balance", keys, equal=0.0)
    rows.add(decide.flow)
    rows.add(first_placed(given, decide), coefficient=-1)
    return rows


def first_placed(given: Given, decide: Decisions) -> pd.DataFrame:
    """Load on layouts that take requests as they come: all but those that only decode."""
    decoding = given.layouts.loc[given.layouts["role"] == DECODE, "layout"]
    return decide.load if decoding.empty else decide.load[~decide.load["layout"].isin(decoding)]
