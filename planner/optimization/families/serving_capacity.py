"""Constraint family: replicas carry no more than their admissible load."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["layout", "site", "node", "slice"]


def add_serving_capacity(program: Program, given: Given, decide: Decisions) -> Rows:
    """Shares of replicas used add up to at most the replicas running, less headroom.

    Formulation, for every layout c, site s, node n and slice h::

        sum_{w,b,k} load[w,b,k,c,s,n,h] / rate[w,b,k,c] - (1 - headroom) * deploy[c,s,n,h] <= 0

        load[w,b,k,c,s,n,h] decision   work placed on the layout                       [requests/s]
        rate[w,b,k,c]       given      most of that work one replica takes, times what its software reaches in n
                                       (case table maturity)                           [requests/s/replica]
        deploy[c,s,n,h]       decision   replicas running                                [replicas]
        headroom            given      share of each replica kept free                 [share]

    Price of a row: what one more replica of c at s, for nothing, would save.

    Examples
    --------
    A replica takes 4 chats/s or 1 long document/s: 6 chats/s and 1 document/s need 6/4 + 1/1 = 2.5, so 3 replicas.
    """
    rows = program.rows("serving_capacity", decide.deploy[KEY], at_most=0.0)
    loads = with_rates(given, decide.load)
    rows.add(loads.assign(coefficient=1.0 / loads["rate"]))
    rows.add(decide.deploy, coefficient=-(1.0 - given.settings.headroom_share))
    return rows


def with_rates(given: Given, load: pd.DataFrame) -> pd.DataFrame:
    """Load with the ``rate`` of its layout in its node [requests/s per replica]."""
    rates = given.rates.rename(columns={"requests_per_s": "rate"})
    rated = load.pipe(matched, rates, on=["workload", "bucket", "band_ms", "layout"])
    factors = given.improving["rate_factors"]
    if factors.empty:
        return rated
    factor = rated.pipe(matched, factors, on=["layout", "node"], how="left")["factor"].fillna(1.0)
    return rated.assign(rate=rated["rate"] * factor)
