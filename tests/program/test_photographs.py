"""The rows of every family, as text, against the files beside this one; see `tests.program.photograph`."""

from __future__ import annotations

import pytest

from planner.optimization.families import FAMILIES
from tests.program.photograph import HERE, OF_SLICES, SHOTS, built, listing, path_of


@pytest.mark.parametrize(("case", "family"), SHOTS)
def test_rows_are_as_photographed(case: str, family: str) -> None:
    assert listing(family, case) == path_of(family, case).read_text(encoding="utf-8")


def test_every_family_has_a_row_and_every_file_a_family() -> None:
    assert all(len(built(case).program.families[family].keys) for case, family in SHOTS)
    assert {family for _, family in SHOTS} == set(FAMILIES)
    assert set(HERE.rglob("*.txt")) == {path_of(family, case) for case, family in SHOTS}


def test_without_slices_nothing_waits_and_nothing_starts() -> None:
    whole = built().program
    assert [len(whole.families[name].keys) for name in OF_SLICES[:2]] == [0, 0]
    assert [len(whole.decisions[name]) for name in ("moved", "starting")] == [0, 0]
