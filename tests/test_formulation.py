"""The formulation page is complete: every family, decision and cost term of the code has a line in a table."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from planner.optimization.families import FAMILIES
from planner.optimization.variables import Decisions
from planner.plan.tables import COST_TERMS

PAGE = (Path(__file__).parents[1] / "docs/formulation.md").read_text(encoding="utf-8")


def named(section: str) -> list[str]:
    """Names in the first column of the table of a section, without their indices."""
    text = PAGE.split(f"## {section}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    return re.findall(r"^\| `([a-z_]+)(?:\[[a-z,]+\])?` \|", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "in_code"),
    [
        ("Decisions", [field.name for field in dataclasses.fields(Decisions) if field.name != "costs"]),
        ("Rows", list(FAMILIES)),
        ("Cost terms", list(COST_TERMS)),
    ],
)
def test_every_name_has_one_line(section: str, in_code: list[str]) -> None:
    assert sorted(named(section)) == sorted(in_code)


def test_every_row_has_four_cells_and_names_its_file() -> None:
    rows = PAGE.split("## Rows\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in rows.splitlines() if line.startswith("| `")]
    for line in lines:
        family, formula, price, file = (cell.strip() for cell in line.strip("|").split("|"))
        path = Path(__file__).parents[1] / "planner/optimization/families" / file.strip("`")
        assert f"def add_{family.strip('`')}(" in path.read_text(encoding="utf-8")
        assert formula
        assert price
