"""Constraint family: every request is sent somewhere or counted as unmet."""

from __future__ import annotations

from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions


def add_demand_cover(program: Program, given: Given, decide: Decisions) -> Rows:
    """What is sent plus what is left unmet is the demand.

    Formulation, for every workload w, bucket b, region r and node n::

        sum_s flow[w,b,r,s,n] + unmet[w,b,r,n] = requests[w,b,r,n]

        flow[w,b,r,s,n]    decision   sent from region r to site s         [requests/s at the peak]
        unmet[w,b,r,n]     decision   not served, priced                   [requests/s at the peak]
        requests[w,b,r,n]  given      demand at the hour we size for       [requests/s]

    Price of a row: what one more request per second of w from r in n costs.

    Examples
    --------
    Demand 40: 30 sent to one site, 6 to another, 4 unmet.
    """
    keys = given.requests[["workload", "bucket", "region", "node"]]
    rows = program.rows("demand_cover", keys, equal=given.requests["requests_per_s"])
    rows.add(decide.flow)
    rows.add(decide.unmet)
    return rows
