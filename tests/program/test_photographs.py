"""The rows of every family, as text, against the files beside this one; see `tests.program.photograph`."""

from __future__ import annotations

import pytest

from planner.optimization.families import FAMILIES
from tests.program.photograph import HERE, built, listing, path_of


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_as_photographed(family: str) -> None:
    assert listing(family) == path_of(family).read_text(encoding="utf-8")


def test_every_family_has_a_row_and_every_file_a_family() -> None:
    assert all(len(built().program.families[family].keys) for family in FAMILIES)
    assert {path.stem for path in HERE.glob("*.txt")} == set(FAMILIES)
