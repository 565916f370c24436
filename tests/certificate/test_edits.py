"""Every single edit of a run is found, except those that leave a valid plan of equal cost.

``python -m tests.certificate.test_edits 1000`` makes a thousand and prints what came of them.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from functools import cache

import pandas as pd
import pytest

from planner.inputs import load_case
from planner.plan import Plan
from planner.planning import LIGHT_STRINGS
from planner.prepare import prepare
from tests.certificate.edits import detected, harmless, one_edit
from tests.certificate.runs import audited, run_of
from tests.program.photograph import smallest
from tests.properties.draw import WORLDS, random_tables

pytestmark = pytest.mark.deep

SEED = 4
SAMPLE = 4  # edits of each run that the tests make
RUNS = ("smallest", "tiny 1", "tiny 3")


@cache
def run(name: str) -> Plan:
    """A run to edit; with every family where it is called smallest, else a random tiny one."""
    with pd.option_context(*LIGHT_STRINGS):
        if name == "smallest":
            made = run_of(relaxed(smallest()))
        elif name.startswith("tiny"):
            world = int(name.split()[1])
            made = run_of(random_tables(9000 + 100 * world + world, WORLDS[world]))
        else:
            made = run_of(prepare(load_case(name)).given)  # type: ignore[arg-type]
    assert made is not None
    return made


def relaxed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The smallest case without the rules that rule every plan out."""
    asked = tables["selections"]
    return tables | {
        "selections": asked[asked["rule"] != "exclude"], "domestic_share": tables["domestic_share"].iloc[:1],
    }  # fmt: skip


def tried(name: str, count: int, rng: random.Random) -> tuple[Counter[str], list[str]]:
    """What came of edits: counts, and those that were neither found nor harmless."""
    before, counts, missed = run(name), Counter[str](), []
    for _ in range(count):
        edit = one_edit(before, rng)
        if detected(edit):
            counts["found"] += 1
        elif why := harmless(edit, before):
            counts[f"harmless: {why}"] += 1
        else:
            missed.append(f"{name}: {edit.text}")
    return counts, missed


@pytest.mark.parametrize("name", RUNS)
def test_single_edits_are_found(name: str) -> None:
    assert audited(run(name)).clean
    counts, missed = tried(name, SAMPLE, random.Random(f"{SEED} {name}"))
    assert missed == []
    assert counts["found"] >= SAMPLE // 2


if __name__ == "__main__":
    total, every = Counter[str](), []
    with pd.option_context(*LIGHT_STRINGS):
        for name in RUNS:
            assert audited(run(name)).clean
            found, missed = tried(name, int(sys.argv[1]) // len(RUNS), random.Random(f"{SEED} {name}"))
            print(name, dict(found), *missed, sep="\n", flush=True)
            total.update(found)
            every += missed
    print(dict(total), f"missed: {len(every)}", *every, sep="\n")
