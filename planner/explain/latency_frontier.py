"""Cost against the latency promise: another promise is another serving table, so this one needs the case folder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.explain.finished import finished
from planner.explain.frontier import Frontier, Point, Say, solve_options, solved
from planner.explain.opened import opened
from planner.futures import with_best
from planner.inputs import Case
from planner.plan import Plan
from planner.prepare import prepare

LOOSEST, TIGHTEST = 1.5, 0.6  # factors on every promise, unless said; assumed
PROMISES = ("max_ttft_ms", "max_tpot_ms")


def with_promises(case: Case, factor: float) -> Case:
    """The case with every promised latency times a factor."""
    rows = []
    for record in case.records("workloads"):
        changed = {
            name: float(value) * factor if name in PROMISES and isinstance(value, (int, float)) else value
            for name, value in record.items()
        }
        rows.append(tuple(changed.values()))
    return replace(case, rows={**case.rows, "workloads": tuple(rows)})


def latency_frontier(
    plan: Plan,
    case: Case,
    points: int,
    *,
    ends: tuple[float | None, float | None] = (None, None),
    time_limit_s: float | None = None,
    gap: float | None = None,
    on_stage: Say | None = None,
) -> Frontier:
    """The cost of a case as every promise is multiplied by a factor; each point rates all cards anew.

    Rates of a tighter promise are lower, but routed groups of lengths may be cut elsewhere, so a frontier of latency
    need not be monotone to the last cent.
    """
    say = on_stage or (lambda _: None)
    loosest, tightest = (LOOSEST if ends[0] is None else ends[0], TIGHTEST if ends[1] is None else ends[1])
    options = solve_options(plan, time_limit_s, gap)
    found = []
    for number, factor in enumerate(np.linspace(loosest, tightest, points)):
        say(f"Point {number + 1} of {points}: promises x {factor:.3g}")
        prepared = prepare(with_promises(case, float(factor)))
        program = opened(with_best(prepared.given, options))
        outcome, bound = solved(program, program.built.matrix, options, None)
        if outcome.values is None:
            found.append(Point(float(factor), float("nan"), None, bound, outcome.status == "infeasible"))
            continue
        values = np.where(program.built.matrix.integer, np.round(outcome.values), outcome.values)
        made = finished(program, values)
        found.append(Point(float(factor), float(factor), made, min(bound, made.cost)))
    return Frontier(plan, "latency promise, factor on all of them", "x", "", tuple(found))
