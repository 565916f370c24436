"""How a program is solved: relaxation for a bound we can check ourselves, then whole numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import SolverError
from planner.optimization.matrix import Matrix, dual_bound
from planner.optimization.solve import Cancel, Outcome, Progress, SolveOptions, solve_matrix

Names = Callable[[str, int], str]


@dataclass(frozen=True)
class Solved:
    """What came out of the solver, in the program's units.

    Attributes
    ----------
    outcome : the last solve; its values are the best plan found
    certified_bound : floor from the relaxation's duals, evaluated here and not by the solver
    claimed_bound : floor the solver claims after branching, minus infinity if none
    seconds : wall time of all solves
    """

    outcome: Outcome
    certified_bound: float
    claimed_bound: float
    seconds: float

    @property
    def bound(self) -> float:
        """The better of the two floors."""
        return max(self.certified_bound, self.claimed_bound)


def solve_program(
    matrix: Matrix,
    options: SolveOptions,
    *,
    names: Names | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancel: Cancel | None = None,
) -> Solved:
    """Relaxation first: its duals give a certified bound. Then the whole program, with the time that is left.

    Raises
    ------
    SolverError
        The relaxation is unbounded or the solver failed on it: a fault of the program, not of the case.
    """
    started = time.monotonic()
    relaxed = solve_matrix(matrix, options, relax=True, names=names, cancel=cancel)
    if relaxed.status in {"unbounded", "crashed"}:
        raise SolverError(
            f"The solver failed on the relaxation: {relaxed.stop_reason}. {' '.join(relaxed.messages[-3:])}"
        )
    certified = dual_bound(matrix, relaxed.duals) if relaxed.duals is not None else -np.inf
    if relaxed.values is None or not matrix.integer.any():
        return Solved(relaxed, certified, relaxed.bound, time.monotonic() - started)
    left = options.time_limit_s - (time.monotonic() - started)
    whole = solve_matrix(
        matrix,
        replace(options, time_limit_s=max(1.0, left)),
        names=names,
        on_progress=on_progress,
        cancel=cancel,
    )
    return Solved(whole, certified, whole.bound, time.monotonic() - started)
