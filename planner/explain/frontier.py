"""A frontier: what the best plan costs as one quantity is held tighter and tighter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.explain.alternatives import figures
from planner.explain.axes import axis_of
from planner.explain.finished import Finished, finished, start_from
from planner.explain.opened import Opened, opened
from planner.optimization.matrix import FloatArray, Matrix, dual_bound
from planner.optimization.scale import MONEY
from planner.optimization.solve import Outcome, SolveOptions, solve_matrix
from planner.optimization.strategy import solve_program
from planner.plan import Plan

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Point:
    """One plan of a frontier.

    Attributes
    ----------
    asked, reached : of the axis, in its unit
    plan : audited tables and cost, None where none was found in time (or there is none)
    bound : no plan that keeps the value costs less [case currency]
    infeasible : proven that no plan of whole servers keeps the value
    """

    asked: float
    reached: float
    plan: Finished | None
    bound: float
    infeasible: bool = False


@dataclass(frozen=True, eq=False)
class Frontier:
    """Points from the loosest to the tightest."""

    run: Plan
    title: str
    unit: str
    note: str
    points: tuple[Point, ...]


def frontier(
    plan: Plan,
    what: str,
    points: int,
    *,
    ends: tuple[float | None, float | None] = (None, None),
    time_limit_s: float | None = None,
    gap: float | None = None,
    on_stage: Say | None = None,
) -> Frontier:
    """The cost of a run's case along an axis, from the run alone.

    Points are solved from the tightest on: each plan keeps every looser value too, so it starts the next point and no
    looser point costs more. In the same way a bound of a looser point holds for every tighter one.

    Parameters
    ----------
    what : see `planner.explain.axes.WHATS`, but for latency
    points : at least two
    ends : loosest and tightest, where they are given [unit of the axis]

    Raises
    ------
    InputError, NoPlanError, AuditError
        See `planner.explain.axes.axis_of` and `planner.explain.finished.finished`.
    """
    say = on_stage or (lambda _: None)
    program, options = opened(plan.given), solve_options(plan, time_limit_s, gap)
    planned = start_from(program, plan, options) if ends[0] is None else None
    axis = axis_of(program, what, ends, planned)
    base = axis.program.built.matrix
    found: list[Point] = []
    start: FloatArray | None = None
    for number, value in enumerate(np.linspace(axis.tightest, axis.loosest, points)):
        say(f"Point {number + 1} of {points}: {value:,.6g} {axis.unit}")
        matrix = axis.rows(base, float(value))
        outcome, bound = solved(axis.program, matrix, options, start)
        point, start = _point(axis.program, axis.reached, float(value), outcome, bound, start, matrix)
        found.append(point)
    return Frontier(plan, axis.title, axis.unit, axis.note, consistent(tuple(reversed(found))))


def solve_options(plan: Plan, time_limit_s: float | None, gap: float | None) -> SolveOptions:
    """Limits of one point: the case's own where none are given."""
    settings = plan.given["settings"].iloc[0]
    return SolveOptions(
        gap=float(settings["gap"]) if gap is None else gap,
        time_limit_s=float(settings["time_limit_s"]) if time_limit_s is None else time_limit_s,
        seed=int(settings["seed"]),
    )


def solved(
    program: Opened, matrix: Matrix, options: SolveOptions, start: FloatArray | None
) -> tuple[Outcome, float]:
    """A plan of a program and its floor [case currency]: from a start if there is one, else by the whole strategy."""
    if start is None:
        first = solve_program(matrix, program.built.structure, options)
        return first.outcome, first.bound * MONEY
    outcome = solve_matrix(matrix, options, hint=start, relax_first=True)
    certified = -np.inf if outcome.duals is None else dual_bound(matrix, outcome.duals)
    return outcome, max(certified, outcome.bound) * MONEY


def _point(
    program: Opened, reached: Callable[[FloatArray], float], value: float, outcome: Outcome, bound: float,
    start: FloatArray | None, matrix: Matrix,
) -> tuple[Point, FloatArray | None]:  # fmt: skip
    if outcome.values is None:
        return Point(value, float("nan"), None, bound, outcome.status == "infeasible"), start
    values = np.where(matrix.integer, np.round(outcome.values), outcome.values)
    plan = finished(program, values)
    return Point(value, reached(values), plan, min(bound, plan.cost)), values


def consistent(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """Points from the loosest to the tightest, where none costs more than a tighter one, nor has a lower bound."""
    kept = list(points)
    for at in range(len(kept) - 2, -1, -1):
        here, tighter = kept[at], kept[at + 1]
        if tighter.plan is not None and (here.plan is None or here.plan.cost > tighter.plan.cost):
            kept[at] = replace(here, plan=tighter.plan, reached=tighter.reached, infeasible=False)
    floor = -np.inf
    for at, point in enumerate(kept):
        floor = max(floor, point.bound) if np.isfinite(point.bound) else floor
        kept[at] = replace(point, bound=floor)
    return tuple(kept)


def frontier_table(view: Frontier) -> pd.DataFrame:
    """A frontier as a table, for CSV and JSON: asked, reached, cost, bound, gap, cost over the loosest, figures."""
    rows = []
    first = next((point.plan.cost for point in view.points if point.plan is not None), float("nan"))
    for point in view.points:
        line: dict[str, object] = {"asked": point.asked, "unit": view.unit, "found": point.plan is not None}
        line |= {"bound": point.bound if np.isfinite(point.bound) else None}
        if point.plan is not None:
            cost = point.plan.cost
            line |= {
                "reached": point.reached,
                "cost": cost,
                "gap": (cost - point.bound) / abs(cost) if cost else 0.0,
            }
            line |= {"over_loosest": cost - first, **figures(view.run, point.plan.tables)}
        rows.append(line)
    names = [
        "asked",
        "unit",
        "found",
        "reached",
        "cost",
        "bound",
        "gap",
        "over_loosest",
        "makers",
        "imported_cards",
        "cards",
    ]
    return pd.DataFrame(rows).reindex(columns=[*names, "capital", "mean_month_of_order"])
