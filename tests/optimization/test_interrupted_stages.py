"""Ctrl-C between the solves of a plan in whole replicas: the best plan so far is kept."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.inputs import load_case
from planner.optimization import round_up, strategy
from planner.optimization.build import Built, build
from planner.optimization.gather import gather
from planner.optimization.solve import SolveOptions, solve_matrix
from planner.optimization.solve.judge import fault_of_values
from planner.optimization.strategy import solve_program
from planner.prepare import prepare

TINY = Path(__file__).resolve().parents[2] / "demand" / "tiny"


@pytest.fixture(scope="module")
def whole_replicas(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The tiny case with replicas that are whole."""
    folder = tmp_path_factory.mktemp("whole") / "tiny"
    shutil.copytree(TINY, folder)
    case = folder / "case.yaml"
    lines = [
        line for line in case.read_text(encoding="utf-8").split("\n") if not line.startswith("replicas:")
    ]
    case.write_text("\n".join([*lines, "replicas: whole", ""]), encoding="utf-8")
    built = build(gather(prepare(load_case(folder)).given))
    assert built.matrix.integer[built.structure.replicas].all()
    return built


def interrupting(after: int) -> Callable[..., Any]:
    """`solve_matrix`, and Ctrl-C once it has returned for the so-manieth time: then nothing is being solved."""
    calls: list[int] = []

    def solve(*given: Any, **named: Any) -> Any:
        outcome = solve_matrix(*given, **named)
        calls.append(1)
        if len(calls) == after:
            os.kill(os.getpid(), signal.SIGINT)
        return outcome

    return solve


@pytest.mark.parametrize("after", [1, 2, 4])
def test_the_plan_so_far_is_kept(whole_replicas: Built, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """After the orders (1), and after some nodes (2, 4)."""
    monkeypatch.setattr(strategy, "SMALL", 0)
    monkeypatch.setattr(round_up, "solve_matrix", interrupting(after))
    matrix = whole_replicas.matrix
    solved = solve_program(matrix, whole_replicas.structure, SolveOptions(gap=0.001, time_limit_s=60))
    assert (solved.outcome.status, solved.outcome.stop_reason) == ("interrupted", "interrupted by the user")
    assert solved.outcome.values is not None
    assert fault_of_values(matrix, solved.outcome.values) is None
    assert solved.bound <= solved.outcome.cost
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_interrupt_it_goes_on(whole_replicas: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "SMALL", 0)
    solved = solve_program(
        whole_replicas.matrix, whole_replicas.structure, SolveOptions(gap=0.2, time_limit_s=60)
    )
    assert solved.outcome.status == "optimal"
