"""Reduced scenarios keep probability and mean, the stress path its true probability; a case is planned with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_paths import setup

from planner.cli import main
from planner.demand.scenarios import Paths, draw_paths, reduce_paths, scenario_tables
from planner.demand.scenarios.groups import medoids, strata
from planner.demand.scenarios.paths import NEVER
from planner.demand.scenarios.reduction import Branching
from planner.errors import InputError
from planner.inputs import load_case

TINY = Path(__file__).parents[2] / "demand" / "tiny"
BAN = {"event": "ban", "probability": 0.2, "what": "permit", "factor": 0.0, "origin": "imported"}
RUSH = {"event": "rush", "probability": 0.3, "what": "demand", "factor": 2.0}


def drawn(count: int = 600, seed: int = 1) -> Paths:
    return draw_paths(setup(0.03, 0.1, BAN, RUSH), count, seed)


def weights(paths: Paths) -> np.ndarray:
    return np.linspace(1.0, 2.0, paths.demand.shape[1])[:, None] * np.ones(paths.demand.shape[2])


HOWS = st.builds(
    Branching,
    count=st.integers(5, 12),
    periods=st.sampled_from([(1,), (6,), (3, 8), (0, 4, 9)]),
    method=st.sampled_from(["strata", "medoids"]),
    stress_share=st.sampled_from([0.0, 0.02, 0.1]),
).filter(lambda how: how.method == "strata" or len(how.periods) == 1)


@settings(deadline=None, max_examples=40)
@given(HOWS, st.integers(0, 1000))
def test_probability_and_mean_are_kept(how: Branching, seed: int) -> None:
    paths = drawn(300, seed)
    reduced = reduce_paths(paths, weights(paths), how, seed)
    assert reduced.probability.sum() == pytest.approx(1.0)
    mean = np.einsum("s,skt->kt", reduced.probability, reduced.demand)
    assert mean == pytest.approx(paths.demand.mean(axis=0))
    assert (reduced.demand > 0).all()
    assert len(reduced.names) <= how.count
    assert len(set(reduced.names)) == len(reduced.names)
    before = how.periods[0]
    assert np.ptp(reduced.demand[:, :, :before], axis=0) == pytest.approx(0.0)
    if how.method == "strata":
        assert 0.0 <= reduced.kept_total <= 1.0 + 1e-9
        assert 0.0 <= reduced.kept_cells <= 1.0 + 1e-9


def test_the_stress_path_has_its_true_probability_and_the_highest_demand() -> None:
    paths = drawn()
    reduced = reduce_paths(paths, weights(paths), Branching(stress_share=0.05))
    at = reduced.names.index("stress")
    total = np.einsum("nkt,kt->n", paths.demand[:, :, 1:], weights(paths)[:, 1:])
    worst = np.sort(total)[-30:]  # 5 % of 600
    assert reduced.probability[at] == pytest.approx(0.05)
    own = np.einsum("kt,kt->", reduced.demand[at][:, 1:], weights(paths)[:, 1:])
    assert own == pytest.approx(worst.mean())


def test_a_stress_path_of_a_ban_has_the_ban() -> None:
    paths = drawn()
    how = Branching(stress_share=0.05, stress_events=("ban",))
    reduced = reduce_paths(paths, weights(paths), how)
    at = reduced.names.index("stress")
    assert reduced.starts[at, paths.events.index("ban")] != NEVER
    assert paths.happens("ban")[reduced.group == at].all()


def test_an_event_of_supply_keeps_its_probability_when_there_is_room() -> None:
    paths = drawn()
    reduced = reduce_paths(paths, weights(paths), Branching(count=6, stress_share=0.0))
    banned = reduced.starts[:, paths.events.index("ban")] != NEVER
    assert reduced.probability[banned].sum() == pytest.approx(paths.happens("ban").mean())
    assert (reduced.starts[:, paths.events.index("rush")] == NEVER).all()  # it is in the demand already


def test_more_strata_keep_more_variance() -> None:
    paths = draw_paths(setup(0.03, 0.1), 2000, 3)
    kept = [
        reduce_paths(paths, weights(paths), Branching(count=count, stress_share=0.0)).kept_total
        for count in (2, 4, 8, 16, 32)
    ]
    assert kept == sorted(kept)
    assert kept[0] > 0.4
    assert kept[-1] > 0.95


def test_strata_by_hand() -> None:
    """Totals 1 to 8 without events in four: pairs in order. With one event: its paths stand apart."""
    total = np.array([8.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0, 4.0])
    calm = np.zeros((8, 1), dtype=bool)
    assert strata(total, calm, 4).tolist() == [3, 0, 3, 0, 2, 1, 2, 1]
    banned = (total > 6.5)[:, None]
    group = strata(total, banned, 3)
    assert len(set(group[banned[:, 0]]) & set(group[~banned[:, 0]])) == 0


def test_medoids_find_clumps_and_stand_on_real_paths() -> None:
    random = np.random.default_rng(1)
    centres = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = np.concatenate([centre + 0.1 * random.standard_normal((20, 2)) for centre in centres])
    group, chosen = medoids(points, 3, 7)
    assert sorted(np.bincount(group).tolist()) == [20, 20, 20]
    for at, one in enumerate(chosen):
        assert group[one] == at
        middle = points[group == at].mean(axis=0)
        apart = ((points[group == at] - middle) ** 2).sum(axis=1)
        assert ((points[one] - middle) ** 2).sum() == pytest.approx(apart.min())


def test_later_branchings_part_what_was_one() -> None:
    paths = draw_paths(setup(0.03, 0.1), 800, 3)
    reduced = reduce_paths(paths, weights(paths), Branching(count=8, periods=(3, 8), stress_share=0.0))
    assert len(reduced.names) == 8
    for group in np.unique(reduced.stages[0]):
        members = np.flatnonzero(reduced.stages[0] == group)
        assert len(members) == 2
        assert np.ptp(reduced.demand[members][:, :, 3:8], axis=0) == pytest.approx(0.0)
        assert (np.ptp(reduced.demand[members][:, :, 8:], axis=0) > 0).all()


@pytest.mark.parametrize(
    "how",
    [
        Branching(count=1),
        Branching(count=4, periods=(1, 4, 7)),
        Branching(stress_share=0.7),
        Branching(periods=(99,)),
        Branching(periods=(1, 5), method="medoids"),
        Branching(stress_events=("bann",)),
    ],
)
def test_what_cannot_be_is_told(how: Branching) -> None:
    paths = drawn(100)
    with pytest.raises(InputError):
        reduce_paths(paths, weights(paths), how)


def test_few_scenarios_buy_nearly_as_well_as_all_paths() -> None:
    """Section 5's trial: capacity of a total bought ahead, shortage at four times the price: the 0.75 quantile of the
    paths. Ten strata's own best capacity costs at most 2 % more on all paths."""
    paths = draw_paths(setup(0.03, 0.1), 4000, 9)
    total = paths.demand[:, :, -1].sum(axis=1)

    def cost(capacity: float) -> float:
        return float(capacity + 4.0 * np.maximum(total - capacity, 0.0).mean())

    reduced = reduce_paths(paths, np.ones(paths.demand.shape[1:]), Branching(count=10, stress_share=0.0))
    own = reduced.demand[:, :, -1].sum(axis=1)
    tries = [
        (own_capacity + 4.0 * float(reduced.probability @ np.maximum(own - own_capacity, 0.0)), own_capacity)
        for own_capacity in own
    ]
    assert cost(min(tries)[1]) <= 1.02 * cost(float(np.quantile(total, 0.75)))


def test_tables_give_the_demand_back() -> None:
    """Effects of a scenario multiplied out, one period a step: its demand, as rounded."""
    paths = drawn()
    reduced = reduce_paths(paths, weights(paths), Branching(count=6, periods=(2, 7)))
    scenarios, effects = scenario_tables(paths, reduced, 1, "test")
    assert scenarios["probability"].sum() == pytest.approx(1.0, abs=1e-9)
    assert effects["effect"].is_unique
    demand = effects[effects["what"] == "demand"]
    for at, name in enumerate(reduced.names):
        mine = demand[[name in names.split() for names in demand["scenarios"]]]
        found = np.ones(reduced.demand.shape[1:])
        for row in mine.itertuples():
            first, last = paths.setup.periods.index(row.from_period), paths.setup.periods.index(row.to_period)
            hit = [
                (row.workload in (None, one.workload)) and (row.region in (None, one.region))
                for one in paths.setup.series.itertuples()
            ]
            found[np.array(hit), first : last + 1] *= row.factor
        assert found == pytest.approx(reduced.demand[at], abs=1e-4)


def test_the_command_makes_tables_that_the_case_can_be_planned_with(tmp_path: Path) -> None:
    case = tmp_path / "tiny"
    shutil.copytree(TINY, case)
    ask = ["demand", "scenarios", str(case), "--count", "7", "--paths", "500", "-o", str(case)]
    result = CliRunner().invoke(main, ask)
    assert result.exit_code == 0, result.output
    read = load_case(case)
    assert not read.warnings
    assert len(read.records("scenarios")) == 7
    assert {row["what"] for row in read.records("scenario_effects")} >= {"demand", "permit"}
    assert CliRunner().invoke(main, ask).exit_code == 8  # it does not write over them by itself
    again = CliRunner().invoke(main, [*ask, "--replace"])
    assert again.exit_code == 0
    assert load_case(case) == read


def test_the_command_tells_mistakes(tmp_path: Path) -> None:
    events = tmp_path / "events.csv"
    events.write_text("event,probability,what,factor,workload\nx,0.5,demand,2,chta\n")
    result = CliRunner().invoke(main, ["demand", "scenarios", str(TINY), "--events", str(events)])
    assert result.exit_code == 3
    assert "Nearest: 'chat'" in result.output
    assert CliRunner().invoke(main, ["demand", "scenarios", str(TINY), "--branch", "2031Q1"]).exit_code == 2
