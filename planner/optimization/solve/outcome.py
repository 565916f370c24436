"""What came of a solve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from planner.optimization.matrix import FloatArray

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "no_plan", "crashed", "interrupted"]


def relative_gap(cost: float, bound: float) -> float:
    """Share of the cost that is not proven necessary: (cost - bound) / |cost|; infinite without plan or bound."""
    if not (math.isfinite(cost) and math.isfinite(bound)):
        return math.inf
    if cost <= bound:
        return 0.0
    return (cost - bound) / abs(cost) if cost else math.inf


@dataclass(frozen=True)
class Progress:
    """One line of the solver's own account, while it runs: claims, not yet checked.

    ``cost`` is infinite until there is a plan, ``bound`` minus infinite until there is one; seconds are the solver's.
    """

    cost: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Relative gap [share]."""
        return relative_gap(self.cost, self.bound)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answer of one solve, after the checks of ``judge``.

    Parameters
    ----------
    status :
        'optimal' proven within the gap asked for; 'feasible' a plan, not proven; 'infeasible' no plan exists;
        'unbounded' a fault of the program; 'no_plan' a limit came before any plan; 'crashed' the solver died,
        hung or answered nonsense; 'interrupted' by the caller or Ctrl-C. The last two keep the best plan that
        had been found and checked, if any.
    values : one per column, within the bounds, or None
    cost : of ``values``, computed here from the matrix, never the solver's figure; infinite without values
    bound : the solver's claim; minus infinite if none
    duals : one per row, d cost / d right side, for relaxations; or None
    stop_reason : in words
    seconds : wall time, start of the child included [s]
    solver, solver_version : what solved it
    messages : what the solver or the adapter had to say, for a log
    """

    status: Status
    values: FloatArray | None
    cost: float
    bound: float
    duals: FloatArray | None
    stop_reason: str
    seconds: float
    solver: str
    solver_version: str
    messages: tuple[str, ...]

    @property
    def gap(self) -> float:
        """Relative gap between cost and claimed bound [share]."""
        return relative_gap(self.cost, self.bound)
