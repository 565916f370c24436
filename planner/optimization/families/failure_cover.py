"""Constraint family: enough is still served in a failure."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["failure", "workload", "node"]


def add_failure_cover(program: Program, given: Given, decide: Decisions) -> Rows:
    """In a failure no more of a workload is left undone than its failure allows.

    Formulation, for every failure f, workload w and node n of its span; f counts as a slice of no length, with the
    requests of the busiest slice of n::

        sum_{b,r} unmet[w,b,r,n,f] <= (1 - kept[f]) * sum_{b,r} requests[w,b,r,n,f]

        unmet[w,b,r,n,f]      decision   not served in the failure             [requests/s]
        kept[f]               given      share that must still be served       [share]
        requests[w,b,r,n,f]   given      demand of the busiest slice           [requests/s]

    `demand_cover`, `site_balance`, `pool_balance`, `kv_transfer`, `serving_capacity` and `card_use` hold in f as in any
    slice, but that lost cards carry nothing there and spares may be used; nothing in f costs energy or a penalty.

    Price of a row: what one request per second of w less to serve in the failure would save.

    Examples
    --------
    90 of 100 requests/s must be served with one of two sites lost: the other one carries 90.
    """
    asked = given.requests.rename(columns={"slice": "failure"})
    asked = asked[asked["failure"].isin(given.failures["failure"])]
    sums = asked.groupby(KEY, as_index=False)[["requests_per_s"]].sum()
    keys = sums.pipe(matched, given.failures, on=["failure", "node"])
    most = (1.0 - keys["kept_share"]) * keys["requests_per_s"]
    rows = program.rows("failure_cover", keys[KEY], at_most=most)
    if rows.keys.empty:
        return rows
    rows.add(decide.unmet.rename(columns={"slice": "failure"}))
    return rows
