"""What a solve may take, and how near to the optimum it must come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from planner.errors import SolverError

SolverName = Literal["highs", "scip", "glop"]
LARGEST_SEED = 2**31 - 1  # the seed travels as a 32-bit integer in the solver's parameters


class OptionError(SolverError):
    """A setting that no solver could honour."""


@dataclass(frozen=True)
class SolveOptions:
    """Settings of one solve; checked when made.

    Parameters
    ----------
    gap : relative gap at which to stop [share, 0 = proven optimum]
    time_limit_s : wall time for building, loading and solving together [s]
    node_limit : branch-and-bound nodes, or None; unlike seconds it stops at the same plan every time
    seed : of the solver's own random choices
    threads : of the solver; with more than one, SCIP's plan may differ from run to run
    memory_limit_gib : address space of the solving process [GiB], or None
    solver : 'highs'; 'scip' as second opinion; 'glop' for relaxations only

    Raises
    ------
    OptionError
        A value is out of range; the message names it.
    """

    gap: float = 0.0
    time_limit_s: float = 60.0
    node_limit: int | None = None
    seed: int = 0
    threads: int = 1
    memory_limit_gib: float | None = None
    solver: SolverName = "highs"

    def __post_init__(self) -> None:
        rules = [
            (0 <= self.gap <= 1, "gap", self.gap, "a share from 0 to 1"),
            (0 < self.time_limit_s < math.inf, "time_limit_s", self.time_limit_s, "seconds above 0, finite"),
            (
                self.node_limit is None or self.node_limit >= 0,
                "node_limit",
                self.node_limit,
                "0 or more, or None",
            ),
            (0 <= self.seed <= LARGEST_SEED, "seed", self.seed, f"a whole number from 0 to {LARGEST_SEED}"),
            (self.threads >= 1, "threads", self.threads, "1 or more"),
            (
                self.memory_limit_gib is None or 0 < self.memory_limit_gib < math.inf,
                "memory_limit_gib",
                self.memory_limit_gib,
                "GiB above 0, or None",
            ),
            (self.solver in get_args(SolverName), "solver", self.solver, "one of highs, scip, glop"),
        ]
        wrong = [
            f"{name} is {value!r}; expected {expected}" for fine, name, value, expected in rules if not fine
        ]
        if wrong:
            raise OptionError("Solver settings: " + "; ".join(wrong) + ".")
