"""How a program is solved: a relaxation for a bound we can check ourselves, then whole numbers, in stages if large."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import SolverError
from planner.optimization.matrix import FloatArray, Matrix, dual_bound
from planner.optimization.narrow import Narrow, narrowed
from planner.optimization.round_up import rounded_plan
from planner.optimization.solve import (
    Cancel,
    Outcome,
    Progress,
    SolveOptions,
    ctrl_c_noted,
    solve_matrix,
)
from planner.optimization.solve.judge import best_plan
from planner.optimization.structure import Structure

Names = Callable[[str, int], str]
SMALL = 600  # whole-number columns up to which branch and bound needs no help; assumed
ROUND_SHARE = 0.8  # of the time left, for a plan by rounding; assumed


@dataclass(frozen=True)
class Solved:
    """What came out of the solver, in the program's units.

    Attributes
    ----------
    outcome : of the last solve; its values are the best plan found
    certified_bound : floor from the relaxation's duals, evaluated here and not by the solver
    claimed_bound : floor the solver claims after branching, minus infinity if none
    seconds : wall time of all solves
    duals : prices of the relaxation's rows, that the certified floor follows from; None if there are none
    """

    outcome: Outcome
    certified_bound: float
    claimed_bound: float
    seconds: float
    duals: FloatArray | None = None

    @property
    def bound(self) -> float:
        """The better of the two floors."""
        return max(self.certified_bound, self.claimed_bound)


@dataclass(frozen=True, eq=False)
class _Either:
    """Ctrl-C, or what the caller says."""

    first: Cancel
    second: Cancel | None

    def is_set(self) -> bool:
        """Whether either asks to stop."""
        return self.first.is_set() or (self.second is not None and self.second.is_set())


@dataclass(frozen=True, eq=False)
class _Task:
    matrix: Matrix
    structure: Structure
    options: SolveOptions
    names: Names | None
    on_progress: Callable[[Progress], None] | None
    cancel: Cancel | None
    started: float

    @property
    def ends(self) -> float:
        """When the time is up, on the monotonic clock."""
        return self.started + self.options.time_limit_s

    def left_s(self, share: float = 1.0) -> float:
        """Share of the time that is left; at least a second, so that every stage can say what it found."""
        return max(1.0, share * (self.ends - time.monotonic()))


def solve_program(
    matrix: Matrix,
    structure: Structure,
    options: SolveOptions,
    *,
    names: Names | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> Solved:
    """Relaxation, then whole numbers: small programs in one go, larger ones with a start from two heuristics.

    The plan is proven as soon as its cost is within the gap of the certified bound, whichever stage found it.

    Raises
    ------
    SolverError
        The relaxation is unbounded or the solver failed on it: a fault of the program, not of the case.
    """
    with ctrl_c_noted() as interrupted:  # also between the stages
        stop = _Either(interrupted, cancel)
        solved = _solved(_Task(matrix, structure, options, names, on_progress, stop, time.monotonic()))
    if interrupted.is_set() and solved.outcome.status == "interrupted":
        return replace(solved, outcome=replace(solved.outcome, stop_reason="interrupted by the user"))
    return solved


def _solved(task: _Task) -> Solved:
    matrix, options, names, cancel, started = task.matrix, task.options, task.names, task.cancel, task.started
    if 0 < int(matrix.integer.sum()) <= SMALL:
        return _at_once(task)
    relaxed = solve_matrix(matrix, options, relax=True, names=names, cancel=cancel)
    if relaxed.status in {"unbounded", "crashed"}:
        log = " ".join(relaxed.messages[-3:])
        raise SolverError(f"The solver failed on the relaxation: {relaxed.stop_reason}. {log}")
    certified = dual_bound(matrix, relaxed.duals) if relaxed.duals is not None else -np.inf
    if relaxed.status != "optimal" or relaxed.values is None or not matrix.integer.any():
        if matrix.integer.any():
            relaxed = replace(relaxed, values=None)  # fractions of servers are no plan
        return Solved(relaxed, certified, relaxed.bound, time.monotonic() - started, relaxed.duals)
    outcome = _whole(task, relaxed, relaxed.values, certified)
    return Solved(outcome, certified, outcome.bound, time.monotonic() - started, relaxed.duals)


def _at_once(task: _Task) -> Solved:
    """Relaxation and branch and bound in one child: starting a second one takes longer than a small program does."""
    outcome = solve_matrix(
        task.matrix,
        task.options,
        relax_first=True,
        names=task.names,
        on_progress=task.on_progress,
        cancel=task.cancel,
    )
    duals = outcome.duals
    if duals is None and outcome.values is not None:  # a plan, but none to say how good it is
        left = replace(task.options, time_limit_s=task.left_s())
        duals = solve_matrix(task.matrix, left, relax=True, names=task.names, cancel=task.cancel).duals
    certified = -np.inf if duals is None else dual_bound(task.matrix, duals)
    return Solved(outcome, certified, outcome.bound, time.monotonic() - task.started, duals)


def _whole(task: _Task, relaxed: Outcome, solution: FloatArray, certified: float) -> Outcome:
    """Whole-number plan: the first stage that is within the gap of the bound ends the search."""
    small = narrowed(task.matrix, task.structure, solution)
    start = None
    if small.matrix.integer[small.structure.replicas].any():
        rounding = replace(task.options, time_limit_s=task.left_s(ROUND_SHARE))
        rounded = rounded_plan(small.matrix, small.structure, rounding, task.cancel)
        if rounded.interrupted:
            plan, cost = best_plan(small.matrix, [rounded.values])
            stopped = replace(
                relaxed, values=plan, cost=cost, duals=None, status="interrupted", stop_reason="cancelled"
            )
            return _of_whole(small, stopped, certified)
        start = rounded.values
    narrow = _of_whole(small, _branch(task, small.matrix, task.left_s(), start), certified)
    if narrow.status != "optimal" or _proven(task, narrow, certified):
        return narrow  # out of time, stopped, or good enough
    return _branch(task, task.matrix, task.left_s(), narrow.values)


def _branch(task: _Task, matrix: Matrix, time_limit_s: float, start: FloatArray | None) -> Outcome:
    options = replace(task.options, time_limit_s=time_limit_s)
    return solve_matrix(
        matrix, options, hint=start, names=task.names, on_progress=task.on_progress, cancel=task.cancel
    )


def _proven(task: _Task, outcome: Outcome, certified: float) -> bool:
    """Whether a plan of a part of the program is within the gap of the bound of the whole."""
    return outcome.values is not None and outcome.cost - certified <= task.options.gap * abs(outcome.cost)


def _of_whole(small: Narrow, outcome: Outcome, certified: float) -> Outcome:
    """An outcome of a part of the program as one of the whole: its values spread, the bound the whole one's."""
    values = None if outcome.values is None else small.whole(outcome.values)
    if outcome.status != "optimal":
        return replace(outcome, values=values, bound=certified)
    return replace(outcome, values=values, bound=certified, stop_reason="proven within the gap asked for")
