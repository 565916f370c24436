"""The small run, and the run of the tiny case."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner import api
from planner.plan import Plan
from tests.budget.small import small_plan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def small() -> Plan:
    return small_plan()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the shipped tiny case."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    api.write(api.solve(ROOT / "demand/tiny"), folder)
    return folder
