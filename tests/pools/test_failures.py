"""The worked case ``site_lost``, see `tests/cases/site_lost/WHY.md`; surviving more is never cheaper."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from planner.plan.audit import audit
from tests.pools.pool_world import drawn, tables_of
from tests.properties.audited import faults
from tests.properties.in_process import Planned, money_by_instance, plan
from tests.properties.tiny import Row, Tables, frame, instance, merged
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

pytestmark = pytest.mark.deep


def case(failures: list[Row], slices: bool = False, **site: float) -> Tables:
    """Ten requests/s at the busiest, two sites, two cards."""
    parts = [{"slice": "day", "hours": 12}, {"slice": "night", "hours": 12}]
    requests = [{"workload": "chat", "region": "home", "requests_per_s": 10}]
    if slices:
        requests = [{**requests[0], "slice": "day"}, {**requests[0], "slice": "night", "requests_per_s": 1}]
    made = instance(
        settings={"switch_minutes": 10},
        **({"slices": parts} if slices else {}),
        sites=[{"site": "east", **site}, {"site": "west", **site}],
        routes=[{"region": "home", "site": "east"}, {"region": "home", "site": "west"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 1000}],
        requests=requests,
        layouts=[{"layout": "dom/x1", "accelerator": "dom"}, {"layout": "imp/x1", "accelerator": "imp"}],
        rates=[
            {"workload": "chat", "layout": "dom/x1", "requests_per_s": 4},
            {"workload": "chat", "layout": "imp/x1", "requests_per_s": 10},
        ],
        cards=[
            {"accelerator": "dom", "vendor": "home-maker", "cards_per_server": 1},
            {"accelerator": "imp", "vendor": "away-maker", "origin": "imported", "cards_per_server": 1},
        ],
        offers=[
            {"offer": "dom", "accelerator": "dom", "price_per_card": 13_000, "residual_share": 0},
            {"offer": "imp", "accelerator": "imp", "price_per_card": 30_000, "residual_share": 0},
        ],
    )
    return made | {"failures": frame("failures", failures)}


def sites(kept: float) -> list[Row]:
    return [{"failure": f"no-{name}", "site": name, "kept_share": kept} for name in ("east", "west")]


def maker(kept: float) -> list[Row]:
    return [{"failure": "no-maker", "vendor": "away-maker", "kept_share": kept}]


def planned(tables: Tables) -> Planned:
    found = plan(tables)
    assert found is not None
    assert faults(tables, found) == []
    return found


@pytest.mark.parametrize(
    ("tables", "cost"),
    [
        (case([]), 30_000),
        (case(sites(1.0)), 60_000),
        (case(sites(1.0), slices=True), 60_000),
        (case(sites(0.8)), 52_000),
        (case(maker(0.8)), 39_000),
        (case(maker(1.0), spare_servers=1), 52_000),
    ],
)
def test_the_optimum_is_the_one_on_paper(tables: Tables, cost: float) -> None:
    found = planned(tables)
    assert found.cost == pytest.approx(cost, rel=SAME_COST_SHARE)
    assert set(found.tables["deployment"].get("slice", [])) <= {"week", "day", "night"}
    assert ("failure_load" in found.tables) == bool(len(tables["failures"]))


def broken(tables: Tables, found: Planned, **changed: pd.DataFrame) -> set[str]:
    return {one.rule for one in audit(tables, found.tables | changed, found.cost).findings}


def test_what_does_not_survive_is_found() -> None:
    tables = case(sites(0.8))
    found = planned(tables)
    result = found.tables
    load, unmet, running = (result[f"failure_{name}"] for name in ("load", "unmet", "deployment"))
    stronger = tables | {"failures": tables["failures"].assign(kept_share=0.81)}
    assert broken(stronger, found) >= {"failure_cover"}
    west_too = pd.concat(
        [tables["failures"], frame("failures", [{"failure": "no-dom", "accelerator": "dom"}])]
    )
    assert broken(tables | {"failures": west_too}, found) >= {"demand_cover"}
    assert broken(tables, found, failure_load=load.assign(requests_per_s=load["requests_per_s"] * 0.9)) >= {
        "site_balance"
    }
    assert broken(tables, found, failure_unmet=unmet.iloc[:0]) >= {"demand_cover"}
    assert broken(tables, found, failure_deployment=running.iloc[1:]) >= {"serving_capacity"}
    swapped = running.assign(site=running["site"].map({"east": "west", "west": "east"}))
    assert broken(tables, found, failure_deployment=swapped) >= {"card_use"}
    assert broken(tables, found, failure_routing=result["failure_routing"].iloc[:0]) >= {"demand_cover"}
    # A plan without the tables says nothing of failures: that is found too.
    without = {name: table for name, table in result.items() if not name.startswith("failure_")}
    assert {one.rule for one in audit(tables, without, found.cost).findings} >= {"demand_cover"}


PREFIX, COUNT = len("i000-"), 12


@cache
def costs(kept: float | None) -> dict[str, float]:
    """Drawn worlds with pools on any cards, in which the first card may be lost."""
    parts = []
    for seed in range(COUNT):
        prefix = f"i{seed:03d}-"
        world = drawn(100 + seed, prefix)
        if not any(kind.whole for kind in world.kinds[1:]):
            continue  # without the first card nothing could be served
        tables = tables_of(world, "any", prefix)
        rule = {"failure": f"{prefix}f", "accelerator": f"{prefix}a0", "kept_share": kept}
        parts.append(tables | {"failures": frame("failures", [] if kept is None else [rule])})
    found = plan(merged(parts) | {"failures": pd.concat([one["failures"] for one in parts])}, prefix=PREFIX)
    assert found is not None
    return money_by_instance(found, PREFIX)


def test_surviving_more_is_never_cheaper() -> None:
    without, half, some = costs(None), costs(0.25), costs(0.0)
    assert all(half[name] >= without[name] * (1 - PROVEN_SHARE) for name in without)
    assert any(half[name] > 1.01 * without[name] for name in without)
    assert some == pytest.approx(without, rel=SAME_COST_SHARE)
