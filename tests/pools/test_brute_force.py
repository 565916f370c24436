"""The optimum with pools is the one that trying everything finds; freedom of pools is never dearer."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from tests.pools.pool_world import World, drawn, least_cost, tables_of
from tests.properties.audited import faults
from tests.properties.in_process import Planned, money_by_instance, plan
from tests.properties.tiny import merged
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

pytestmark = pytest.mark.deep

COUNT = 14  # instances that share a program, per setting
SETTINGS = ("none", "same_card", "same_vendor", "any")
PREFIX = len("i000-")


@cache
def worlds() -> dict[str, World]:
    return {f"i{seed:03d}-": drawn(seed, f"i{seed:03d}-") for seed in range(COUNT)}


@cache
def planned(pools: str) -> Planned:
    found = plan(
        merged([tables_of(world, pools, prefix) for prefix, world in worlds().items()]), prefix=PREFIX
    )
    assert found is not None
    return found


@cache
def costs(pools: str) -> dict[str, float]:
    return money_by_instance(planned(pools), PREFIX)


@cache
def tried(pools: str) -> dict[str, float]:
    return {prefix: float(least_cost(world, pools)) for prefix, world in worlds().items()}


@pytest.mark.parametrize("pools", SETTINGS)
def test_trying_everything_finds_the_same_cost(pools: str) -> None:
    assert costs(pools) == pytest.approx(tried(pools), rel=SAME_COST_SHARE)
    assert planned(pools).bound <= planned(pools).cost * (1 + PROVEN_SHARE)


@pytest.mark.parametrize("pools", SETTINGS)
def test_the_plans_are_clean(pools: str) -> None:
    tables = merged([tables_of(world, pools, prefix) for prefix, world in worlds().items()])
    assert faults(tables, planned(pools)) == []


def test_freedom_of_pools_is_never_dearer() -> None:
    for tighter, freer in pairwise(SETTINGS):
        dearer, cheaper = costs(tighter), costs(freer)
        assert all(cheaper[name] <= dearer[name] * (1 + PROVEN_SHARE) for name in dearer)


def test_enough_are_compared_and_pools_are_used() -> None:
    used = [
        planned(pools)
        .tables["load"]
        .loc[lambda load: load["layout"].str.endswith("/decode"), "workload"]
        .nunique()
        for pools in SETTINGS
    ]
    assert used[0] == 0
    assert sum(used) >= 10
    assert COUNT * len(SETTINGS[1:]) >= 40
    assert sum(costs("any")[name] < 0.99 * costs("none")[name] for name in worlds()) >= 3
