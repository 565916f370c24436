"""Wrong programs are caught without stored figures.

``python -m tests.mutants.test_mutants`` hunts all of them and prints what caught each.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from planner.planning import LIGHT_STRINGS
from tests.mutants.hunt import against_the_given_tables, caught_by, rich
from tests.mutants.mutants import mutants

pytestmark = pytest.mark.deep

EVERY = 16  # of the mutants hunted in the tests: each so-manieth
ALL = {mutant.name: mutant for mutant in mutants()}
SAMPLE = [name for at, name in enumerate(ALL) if at % EVERY == 1]
LEAST_SHARE = 0.95


@pytest.fixture(autouse=True)
def light_strings():
    with pd.option_context(*LIGHT_STRINGS):
        yield


def test_the_program_itself_is_no_mutant() -> None:
    assert against_the_given_tables(rich()) == ""


def test_there_are_enough_and_no_two_of_a_name() -> None:
    assert len(ALL) == len(list(mutants())) >= 40


@pytest.mark.parametrize("name", SAMPLE)
def test_a_mutant_is_caught(name: str, tmp_path: Path) -> None:
    assert caught_by(ALL[name], tmp_path) != ""


if __name__ == "__main__":
    kinds, free = Counter[str](), []
    with tempfile.TemporaryDirectory() as folder, pd.option_context(*LIGHT_STRINGS):
        for name in [one for one in ALL if not sys.argv[1:] or sys.argv[1] in one]:
            found = caught_by(ALL[name], Path(folder))
            print(f"{name}: {found or 'NOT CAUGHT'}", flush=True)
            kinds[found.split(":")[0] or "nothing"] += 1
            free += [] if found else [name]
    print(dict(kinds), f"caught {1 - len(free) / sum(kinds.values()):.1%}", *free, sep="\n")
