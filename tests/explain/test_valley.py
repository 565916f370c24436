"""What filling valleys saves, on the case done on paper (``tests/cases/valley``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.explain.valley import render_valley, valley_saving
from planner.inputs import load_case
from planner.optimization.solve import SolveOptions
from planner.plan import Plan
from planner.planning import solve_prepared
from planner.prepare import prepare
from tests.cases.test_worked_cases import complete


def planned(name: str, tmp_path: Path) -> Plan:
    return solve_prepared(prepare(load_case(complete(name, tmp_path / name))), SolveOptions(gap=0.0))


def test_the_saving_is_the_one_on_paper(tmp_path: Path) -> None:
    """12/s day and night are 3 `dom` of 13,000; 16/s by day, with all work as it comes, 4."""
    found = valley_saving(planned("valley", tmp_path))
    assert found is not None
    assert found.cards == pytest.approx(1.0)
    assert found.cost == pytest.approx(13_000)
    assert "1.0 cards and 13,000 CNY" in render_valley(found, "CNY")


def test_a_case_without_slices_has_no_valley(tmp_path: Path) -> None:
    assert valley_saving(planned("base", tmp_path)) is None
