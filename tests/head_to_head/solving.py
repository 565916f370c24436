"""Solves an instance the way a user would, from its folder, and takes the times."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

from case_writer import Instance, write_case

from planner import api

SOLVER_STARTS, SOLVER_ENDS = "Solving the relaxation", "Auditing the plan"  # stages as `api.solve` names them


@dataclass
class Clock:
    """Wall and CPU seconds at the start of each stage; CPU counts child processes that have ended."""

    marks: dict[str, tuple[float, float]] = field(default_factory=dict)

    def mark(self, stage: str) -> None:
        """A stage starts now."""
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
        self.marks[stage] = (time.perf_counter(), cpu_s)

    def between(self, first: str, last: str) -> tuple[float, float]:
        """Wall and CPU seconds from the start of one stage to the start of another."""
        return (
            self.marks[last][0] - self.marks[first][0],
            self.marks[last][1] - self.marks[first][1],
        )


@dataclass(frozen=True)
class Answer:
    """Our answer: cost and bound per hour, work left [requests/s], cards by type, wall and CPU seconds."""

    cost: float
    bound: float
    unmet: float
    cards: dict[str, int]
    path_s: tuple[float, float]
    solver_s: tuple[float, float]


def solved(instance: Instance, folder: Path) -> Answer:
    """Write the case, which is not timed, and plan it: load, rate, build, solve, audit."""
    write_case(instance, folder)
    clock = Clock()
    clock.mark("start")
    plan = api.solve(folder, on_stage=clock.mark)
    clock.mark("end")
    cards = plan.table("orders").groupby("accelerator")["cards"].sum()
    return Answer(
        plan.cost,
        plan.bound,
        float(plan.table("unmet")["requests_per_s"].sum()),
        {str(card): int(count) for card, count in cards.items()},
        clock.between("start", "end"),
        clock.between(SOLVER_STARTS, SOLVER_ENDS),
    )
