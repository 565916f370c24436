"""No family is missing anywhere: registry, formulation page, photograph, audit."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from planner.optimization.families import FAMILIES

ROOT = Path(__file__).parents[1]


def defined() -> set[str]:
    """Families that some file of the folder defines."""
    names = set()
    for path in (ROOT / "planner/optimization/families").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("add_"):
                names.add(node.name.removeprefix("add_"))
    return names


def test_every_family_that_is_written_is_registered() -> None:
    assert defined() == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_states_formula_units_and_price(family: str) -> None:
    text = FAMILIES[family].__doc__ or ""
    assert "Formulation" in text
    assert "::" in text
    assert re.search(r"\[[^\]]+\]\n", text), "units in brackets"
    assert "Price of a row" in text
    assert "Examples" in text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_in_the_formulation_page(family: str) -> None:
    assert f"`{family}`" in (ROOT / "docs/formulation.md").read_text(encoding="utf-8")


def test_every_family_has_a_photograph() -> None:
    pictures = {path.stem for path in (ROOT / "tests/program").rglob("*.txt")}
    assert pictures == set(FAMILIES)
