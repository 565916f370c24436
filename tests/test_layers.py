"""Imports go one way, and only the rooms that may touch the solver or files do."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "planner"

# Rooms from left to right; a room may import itself and what stands in an earlier column.
ORDER = [
    {"errors", "units"},
    {"tables", "joins"},
    {"inputs"},
    {"demand", "measure"},
    {"serving", "finance"},
    {"calibration", "prepare"},
    {"optimization"},
    {"plan"},
    {"simulation", "budget"},
    {"record", "savings"},
    {"futures"},
    {"planning"},
    {"explain", "compare"},
    {"api"},
    {"cli"},
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
# The plan must be able to disagree: it may know the inputs, not the rooms that made the program.
PLAN_MAY = {"errors", "units", "tables", "joins", "inputs", "plan"}
# It runs on machines that hold nothing but a card: it may know the catalogue, and nothing that plans.
MEASURE_MAY = {"errors", "units", "inputs", "measure"}
MAY = {"plan": PLAN_MAY, "measure": MEASURE_MAY}
FILES_ARE_OPENED_IN = {"inputs", "budget/export", "plan/store.py", "optimization/solve", "cli"}


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "planner"


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Line and module of every import in a file, also those inside functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem != "__init__")


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_left_to_right(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for line, module in imports_of(path):
        if not module.startswith("planner."):
            continue
        there = room_of(module)
        if there.startswith("__"):
            continue
        place = f"{path.relative_to(PACKAGE)}:{line} imports {module}"
        assert there in RANK, f"{place}: no such room in the order"
        if here in MAY:
            assert there in MAY[here], place
        else:
            assert there == here or RANK[there] < RANK[here], place


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_adapter_knows_the_solver(path: Path) -> None:
    inside = path.relative_to(PACKAGE).as_posix().startswith("optimization/solve/")
    for line, module in imports_of(path):
        if module.split(".")[0] in {"ortools", "highspy"}:
            assert inside, f"{path.relative_to(PACKAGE)}:{line} imports {module}"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_opened_where_they_may_be(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    if any(relative.startswith(place) for place in FILES_ARE_OPENED_IN):
        return
    opening = {
        "open",
        "read_text",
        "read_bytes",
        "write_text",
        "write_bytes",
        "read_csv",
        "to_csv",
        "read_parquet",
    }
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert name not in opening, f"{relative}:{node.lineno} opens a file"
