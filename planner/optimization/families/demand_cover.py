"""Constraint families: every request is sent somewhere, in time, or counted as unmet."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.families.measures import saved_work
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["workload", "bucket", "region", "node", "slice"]


def add_demand_cover(program: Program, given: Given, decide: Decisions) -> Rows:
    """What is sent plus what is left unmet is the demand; of work that may wait, what has been moved here is sent.

    Formulation, for every workload w, bucket b, region r, node n and slice h::

        sum_s flow[w,b,r,s,n,h] + api + saved + unmet[w,b,r,n,h] = requests[w,b,r,n,h]      work that cannot wait
        sum_s flow[w,b,r,s,n,h] + api - sum_g moved[w,b,r,n,g,h] = 0                  work that can, several slices

        flow[w,b,r,s,n,h]    decision   sent from region r to site s                  [requests/s at the peak]
        unmet[w,b,r,n,h]     decision   not served, priced                            [requests/s at the peak]
        moved[w,b,r,n,g,h]   decision   arrived in slice g, served in h               [requests/s in h]
        api                  sum over token offers o of bought[w,b,r,o,n,h] and packages p of drawn[p,w,b,r,n,h]
        saved                sum over measures v of saves[v] * requests[w,b,r,n,h] * lever[v,n]
        lever[v,n]           decision   share of the workload a measure is used on    [share]
        requests[w,b,r,n,h]  given      demand at the hour of the slice we size for   [requests/s]

    Price of a row: what one more request per second of w from r in the slice costs, less what it earns unserved.

    Examples
    --------
    Demand 40: 30 sent to one site, 6 to another, 4 unmet.
    """
    waits = given.sendable["workload"].isin(given.moves["workload"])
    asked = given.sendable["requests_per_s"].where(~waits, 0.0)
    rows = program.rows("demand_cover", given.sendable[KEY], equal=asked)
    rows.add(decide.flow)
    rows.add(decide.bought)
    rows.add(decide.drawn)
    rows.add(decide.unmet[~decide.unmet["workload"].isin(given.moves["workload"])])
    saved = saved_work(given, decide)
    rows.add(saved[~saved["workload"].isin(given.moves["workload"])] if len(saved) else saved)
    rows.add(decide.moved.drop(columns="slice").rename(columns={"served": "slice"}), coefficient=-1)
    return rows


def add_batch_cover(program: Program, given: Given, decide: Decisions) -> Rows:
    """Work that may wait is served within its deadline or counted as unmet.

    Formulation, for every deferrable workload w, bucket b, region r, node n and slice h of arrival, where a case has
    several slices::

        sum_g ratio[h,g] * moved[w,b,r,n,h,g] + saved + unmet[w,b,r,n,h] = requests[w,b,r,n,h]

        moved[w,b,r,n,h,g]   decision   arrived in h, served in g                     [requests/s in g]
        ratio[h,g]           given      hours of g over hours of h                    [ratio]
        unmet[w,b,r,n,h]     decision   not served, priced                            [requests/s]
        requests[w,b,r,n,h]  given      mean demand of the slice                      [requests/s]

    Price of a row: what one more request per second of w, arriving in h, costs.

    Examples
    --------
    12 requests/s arrive over 16 hours of day; at night, 8 hours, 24 requests/s serve them all.
    """
    waiting = given.requests[given.requests["workload"].isin(given.moves["workload"])]
    rows = program.rows("batch_cover", waiting[KEY], equal=waiting["requests_per_s"])
    if rows.keys.empty:
        return rows
    ratio = given.moves.rename(columns={"ratio": "coefficient"})
    rows.add(decide.moved.pipe(matched, ratio, on=["workload", "slice", "served"]))
    rows.add(decide.unmet)
    rows.add(saved_work(given, decide))
    return rows
