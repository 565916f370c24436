"""Slices of the week: the program against trying everything, and what a change of hours may do to the cost.

As in `test_oracle` and `test_metamorphic` instances of one world share a program.
"""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from tests.properties.audited import faults
from tests.properties.draw import SLICED_WORLDS, random_tables
from tests.properties.in_process import Planned, money_by_instance, plan
from tests.properties.oracle import Optimum, TooLargeError, optimum
from tests.properties.tiny import Tables, merged
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

pytestmark = pytest.mark.deep

SIDE_BY_SIDE = 18  # instances per world that share a program
MOST_TRIES = 40  # sets of orders; an instance that needs more is passed over
WORLDS = range(len(SLICED_WORLDS))
PREFIX = len("i000-")


@cache
def shared(world: int) -> tuple[list[tuple[str, Tables, Optimum]], Planned]:
    """Instances of a world with their least cost, and the plan of all of them."""
    chosen: list[tuple[str, Tables, Optimum]] = []
    for seed in itertools.count():
        prefix = f"i{seed:03d}-"
        tables = random_tables(7000 + 1000 * world + seed, SLICED_WORLDS[world], prefix, alone=False)
        try:
            found = optimum(tables, most_tries=MOST_TRIES)
        except TooLargeError:
            continue
        if found is not None:
            chosen.append((prefix, tables, found))
        if len(chosen) == SIDE_BY_SIDE:
            break
    planned = plan(merged([tables for _, tables, _ in chosen]), prefix=PREFIX)
    assert planned is not None
    return chosen, planned


@pytest.mark.parametrize("world", WORLDS)
def test_trying_everything_in_every_slice_finds_the_same_cost(world: int) -> None:
    chosen, planned = shared(world)
    costs = money_by_instance(planned, PREFIX)
    expected = {prefix: float(best.without_fleet) for prefix, _, best in chosen}
    assert {prefix: costs[prefix] for prefix in expected} == pytest.approx(expected, rel=SAME_COST_SHARE)
    assert planned.bound <= planned.cost * (1 + PROVEN_SHARE)
    assert faults(merged([tables for _, tables, _ in chosen]), planned) == []


def test_work_waits_and_replicas_start_in_what_was_tried() -> None:
    """Otherwise equal costs prove nothing: work is moved, some is unmet, and what starts is what runs no longer."""
    moved = [shared(world)[1].tables["deferred"] for world in WORLDS]
    assert all((table["slice"] != table["served"]).any() for table in moved)
    assert all(len(shared(world)[1].tables["unmet"]) for world in WORLDS)
    starts = [shared(world)[1].value["starting"] for world in WORLDS]
    assert [len(table) > 0 for table in starts] == [False, True, True, False]
    assert any((table["value"] > 0).any() for table in starts)
    assert sum(len(shared(world)[0]) for world in WORLDS) >= 60
    assert sum(best.tried > 1 for world in WORLDS for *_, best in shared(world)[0]) >= 20
