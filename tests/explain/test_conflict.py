"""Conflicts: in words by hand, and minimal on cases drawn at random."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from planner.explain.conflict import conflict, dropped, elastic_rows, fits
from planner.explain.opened import opened
from planner.explain.render_conflict import render_conflict
from tests.explain.explain_world import case_folder, program_of
from tests.properties.tiny import Tables, instance

pytestmark = pytest.mark.deep


def test_a_trial_against_a_quota(tmp_path: Path) -> None:
    """Three `imp` are wanted for a trial, two may be ordered; the permit says nothing against either."""
    program = program_of(
        case_folder(
            "base", tmp_path,
            selections_csv="selection,rule,accelerator,min_cards\ntrial,include,imp,3\n",
            supply_csv="limit,accelerator,max_cards\nfew,imp,2\nmany,dom,9\n",
            permits_csv="permit,accelerator,from_period\nold,imp,2026-07\n",
        )
    )  # fmt: skip
    found = conflict(program)
    assert found is not None
    assert set(found.texts) == {"quota few: at most 2 cards", "rule trial: at least 3 cards"}
    assert [(item.name, item.amount) for item in found.way_out] == [("rule trial", pytest.approx(1.0))]
    assert "these 2 limits cannot all be kept" in render_conflict("base", found)


def test_a_fleet_beyond_its_connection(tmp_path: Path) -> None:
    sites = "sites:\n  hall:\n    pue: 1.25\n    power_kw: 4\n"
    fleet = "batch,accelerator,site,cards\nold,imp,hall,2\n"
    found = conflict(program_of(case_folder("base", tmp_path, sites_yaml=sites, fleet_csv=fleet)))
    assert found is not None
    assert found.texts == ("power at hall: at most 4 kW in 2027-01",)
    assert [(item.name, item.text) for item in found.way_out] == [("power at hall in 2027-01", "1 kW")]


def test_a_case_that_can_be_planned_has_no_conflict(tmp_path: Path) -> None:
    found = conflict(program_of(case_folder("quota", tmp_path)))
    assert found is None
    assert "nothing conflicts" in render_conflict("quota", found)


def impossible(seed: int) -> Tables:
    """A case of two quarters whose trials, quotas, budgets, power and shares are drawn tight; often they conflict."""
    draw = random.Random(seed)
    cards = ("home", "away")
    return instance(
        settings={"periods": 2, "period_months": 3},
        sites=[{"site": "hall", "power_kw": draw.choice((2, 20))}],
        routes=[{"region": "town", "site": "hall"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 1}],
        requests=[{"workload": "chat", "region": "town", "node": n, "requests_per_s": 4} for n in (0, 1)],
        layouts=[{"layout": f"{card}/x1", "accelerator": card} for card in cards],
        rates=[{"workload": "chat", "layout": f"{card}/x1", "requests_per_s": 2} for card in cards],
        cards=[
            {"accelerator": "home", "power_kw": 1.0},
            {"accelerator": "away", "power_kw": 1.0, "origin": "imported", "vendor": "v2"},
        ],
        offers=[{"offer": card, "accelerator": card, "price_per_card": 10_000} for card in cards],
        selections=[
            {"selection": "trial", "rule": "include", "accelerator": "away", "min_cards": draw.randint(3, 6)},
            {"selection": "ban", "rule": "exclude", "accelerator": draw.choice(cards)},
        ][: draw.randint(1, 2)],
        supply=[{"limit": "few", "accelerator": "away", "max_cards": draw.randint(2, 8)}],
        budgets=[{"budget": "capex", "kind": "capex", "amount": draw.choice((25_000, 90_000))}],
        domestic_share=[{"policy": "own", "measure": "cards", "min_share": draw.choice((0.3, 0.7))}],
    )


@pytest.mark.parametrize("seed", [0, 1, 3, 5, 7, 11])
def test_a_conflict_is_minimal(seed: int) -> None:
    """Alone among the limits it leaves no plan; without any one of its rows it does."""
    program = opened(impossible(seed))
    found = conflict(program)
    others = elastic_rows(program)
    if found is None:
        assert fits(program.built.matrix)
        return
    rows = np.array(found.rows)
    assert not fits(dropped(program.matrix, np.setdiff1d(others, rows)))
    for row in rows:
        assert fits(dropped(program.matrix, np.setdiff1d(others, rows[rows != row])))
