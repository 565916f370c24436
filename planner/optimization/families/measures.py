"""Constraint families: a measure is used as far as it has grown since it began, and begins once."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.paths import paths_of
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions


def saved_work(given: Given, decide: Decisions) -> pd.DataFrame:
    """What a measure saves per share it is used on, of every demand: its keys, column, coefficient [requests/s]."""
    if decide.lever.empty:
        return decide.lever.assign(coefficient=0.0)
    used = decide.lever.pipe(matched, given.improving["measure_effects"], on="measure")
    work = used.merge(given.requests, on=["workload", "node"])
    return work.assign(coefficient=work["saves"] * work["requests_per_s"])


def add_measure_ramp(program: Program, given: Given, decide: Decisions) -> Rows:
    """A measure is used on no more of its workload than it has grown to since it began.

    Formulation, for every measure v and node n::

        lever[v,n] - sum_m most[v,m,n] * begin[v,m] <= 0

        lever[v,n]     decision   share of the workload it is used on                        [share]
        begin[v,m]     decision   1 when it begins in m                                      [-]
        most[v,m,n]    given      share it can have reached in n, begun in m                 [share]

    Price of a row: what using it on one more hundred per cent of the workload in n would save.

    Examples
    --------
    A ramp of six months and quarters: half of the workload in the first, all in the second.
    """
    rows = program.rows("measure_ramp", decide.lever.reindex(columns=["measure", "node"]), at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(decide.lever)
    grown = decide.begin.rename(columns={"node": "begun"}).pipe(
        matched, given.improving["measure_ramp"], on=["measure", "begun"]
    )
    rows.add(grown.assign(coefficient=-grown["most"]))
    return rows


def add_measure_once(program: Program, given: Given, decide: Decisions) -> Rows:
    """A measure begins at most once on every path.

    Formulation, for every measure v and path p::

        sum_{n on p} begin[v,n] <= 1

        begin[v,n]   decision   1 when it begins in n   [-]

    Price of a row: none of use; what beginning twice would save.

    Examples
    --------
    Begun in March, it is not begun again in May.
    """
    ends = pd.DataFrame(
        [(path[-1], node) for path in paths_of(given.nodes) for node in path], columns=["path", "node"]
    )
    begun = decide.begin.merge(ends, on="node") if len(decide.begin) else decide.begin
    keys = begun.reindex(columns=["measure", "path"]).drop_duplicates(ignore_index=True)
    rows = program.rows("measure_once", keys, at_most=1.0)
    if rows.keys.empty:
        return rows
    rows.add(begun)
    return rows
