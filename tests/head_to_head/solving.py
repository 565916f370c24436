"""Solves an instance the way a user would, from its folder, and takes the times."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

from case_writer import Instance, write_case

from planner.inputs import load_case
from planner.optimization.build import build
from planner.optimization.gather import gather
from planner.optimization.repair import repaired
from planner.optimization.results import result_tables
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions
from planner.optimization.strategy import solve_program
from planner.plan import audit
from planner.prepare import prepare


def cpu_s() -> float:
    """CPU seconds of this process and its ended children so far."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@dataclass
class Clock:
    """Wall and CPU seconds between marks."""

    marks: list[tuple[str, float, float]] = field(default_factory=list)

    def mark(self, stage: str) -> None:
        """From here on the time belongs to ``stage``."""
        self.marks.append((stage, time.perf_counter(), cpu_s()))

    def between(self, first: str, last: str) -> tuple[float, float]:
        """Wall and CPU seconds from the first mark of one stage to the first mark of another."""
        at = {stage: (wall, cpu) for stage, wall, cpu in reversed(self.marks)}
        return at[last][0] - at[first][0], at[last][1] - at[first][1]


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
    """Write the case, load it, plan it, audit the plan, read it; the writing is not timed."""
    write_case(instance, folder)
    clock = Clock()
    clock.mark("load")
    case = load_case(folder)
    prepared = prepare(case)
    given = gather(prepared.given)
    built = build(given)
    clock.mark("solve")
    solved = solve_program(
        built.matrix, built.structure, SolveOptions(gap=case.settings.gap, time_limit_s=60.0)
    )
    clock.mark("read")
    assert solved.outcome.status == "optimal", solved.outcome
    tables = result_tables(given, built, repaired(given, built, solved.outcome.values))
    cost = float(tables["costs"]["discounted"].sum())
    report = audit(prepared.given, tables, cost, solved.bound * MONEY)
    assert report.clean, [finding.text for finding in report.findings]
    clock.mark("end")
    orders = tables["orders"].groupby("accelerator")["cards"].sum()
    return Answer(
        cost,
        solved.bound * MONEY,
        float(tables["unmet"]["requests_per_s"].sum()),
        {str(card): int(cards) for card, cards in orders.items()},
        clock.between("load", "end"),
        clock.between("solve", "read"),
    )
