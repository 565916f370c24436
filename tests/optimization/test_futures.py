"""Regret, perfect information and paths, on cases done on paper (see ``tests/cases/ban_may_come``)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from planner.demand.tree import demand_in, tree_of
from planner.futures import best_of_paths, mean_tables, with_best, worth_of_knowing
from planner.inputs import load_case
from planner.optimization.solve import SolveOptions
from planner.planning import solve_prepared
from planner.prepare import prepare
from tests.cases.test_worked_cases import complete
from tests.properties.audited import faults
from tests.properties.in_process import plan

OPTIONS = SolveOptions(gap=0.0)


def given(tmp_path: Path, **settings: object) -> dict[str, pd.DataFrame]:
    tables = prepare(load_case(complete("ban_may_come", tmp_path / "case"))).given
    return tables | {"settings": tables["settings"].assign(**settings)}


def test_each_future_alone_costs_what_the_paper_says(tmp_path: Path) -> None:
    best = best_of_paths(given(tmp_path), OPTIONS).set_index("path")["cost"]
    # Open: 1 dom, then 2 imp at 20,000. Banned: 2 imp in January at 30,000, then 1 dom.
    assert best.to_dict() == pytest.approx({"2027-02@open": 53_000, "2027-02@ban": 73_000})


def test_the_largest_regret_is_that_of_waiting(tmp_path: Path) -> None:
    """Waiting regrets 0 or 5,000; two imp in January 20,000 or 0; one of them 10,000 or 9,000."""
    tables = with_best(given(tmp_path, objective="regret"), OPTIONS)
    planned = plan(tables)
    assert planned is not None
    assert planned.cost == pytest.approx(5_000 + 0.001 * 65_500)
    assert planned.tables["costs"].groupby("term")["discounted"].sum()["purchase"] == pytest.approx(65_500)
    assert faults(tables, planned) == []


def test_more_weight_on_the_worst_never_lowers_the_objective(tmp_path: Path) -> None:
    costs = []
    tables = given(tmp_path, objective="cvar", risk_quantile=0.5)
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0):
        planned = plan(tables | {"settings": tables["settings"].assign(risk_weight=weight)})
        assert planned is not None
        costs.append(planned.cost)
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(65_500)
    assert costs[-1] == pytest.approx(73_000)


def test_scenarios_share_nodes_until_their_effects_differ() -> None:
    scenarios = pd.DataFrame({"scenario": ["a", "b", "c"], "probability": [0.5, 0.3, 0.2]})
    rows = [
        ("early", ("b", "c"), "p2", None, "demand", 2.0),
        ("late", ("c",), "p3", None, "demand", 3.0),
    ]
    effects = pd.DataFrame(
        rows, columns=["effect", "scenarios", "from_period", "to_period", "what", "factor"]
    )
    effects = effects.assign(workload=None, region=None)
    tree = tree_of(("p1", "p2", "p3"), scenarios, effects)
    assert tree.nodes.set_index("node")["probability"].to_dict() == {
        "p1": 1.0, "p2@a": 0.5, "p2@b": 0.5, "p3@a": 0.5, "p3@b": 0.3, "p3@c": 0.2,
    }  # fmt: skip
    assert tree.nodes.set_index("node")["parent"].dropna().to_dict() == {
        "p2@a": "p1", "p2@b": "p1", "p3@a": "p2@a", "p3@b": "p2@b", "p3@c": "p2@b",
    }  # fmt: skip
    requests = pd.DataFrame({"workload": "w", "region": "r", "node": ["p1", "p3"], "requests_per_s": 1.0})
    scaled = demand_in(tree, requests.assign(mean_requests_per_s=0.5)).set_index("node")
    assert scaled["requests_per_s"].to_dict() == {"p1": 1.0, "p3@a": 1.0, "p3@b": 2.0, "p3@c": 6.0}
    assert (scaled["mean_requests_per_s"] * 2 == scaled["requests_per_s"]).all()


def test_a_scenario_that_cannot_come_changes_nothing() -> None:
    scenarios = pd.DataFrame({"scenario": ["a", "b"], "probability": [1.0, 0.0]})
    row = ("early", ("b",), "p2", None, "demand")
    effects = pd.DataFrame([row], columns=["effect", "scenarios", "from_period", "to_period", "what"])
    assert tree_of(("p1", "p2"), scenarios, effects).nodes["node"].to_list() == ["p1", "p2"]


def test_knowing_and_planning_for_both_are_worth_what_the_paper_says(tmp_path: Path) -> None:
    """Known: 0.5 * 53,000 + 0.5 * 73,000. The mean future is open, buys a dom in January and two imp at 20,000."""
    prepared = prepare(load_case(complete("ban_may_come", tmp_path / "case")))
    worth = worth_of_knowing(solve_prepared(prepared, OPTIONS), OPTIONS)
    assert worth.known == pytest.approx(63_000)
    assert worth.perfect_information == pytest.approx(2_500)
    assert worth.stochastic_solution == pytest.approx(0.0)


def test_planning_for_a_likely_ban_beats_planning_for_the_mean(tmp_path: Path) -> None:
    """The mean future is banned: it has what most futures have."""
    prepared = prepare(load_case(complete("ban_is_likely", tmp_path / "case")))
    worth = worth_of_knowing(solve_prepared(prepared, OPTIONS), OPTIONS)
    assert worth.known == pytest.approx(0.1 * 53_000 + 0.9 * 73_000)
    assert worth.averaged >= worth.planned - 1e-6 >= worth.known - 2e-6


def test_the_mean_future_has_the_mean_demand(tmp_path: Path) -> None:
    tables = prepare(load_case(complete("demand_may_double", tmp_path / "case"))).given
    mean = mean_tables(tables)
    assert mean["periods"]["node"].to_list() == ["2027-01", "2027-02"]
    assert mean["requests"].set_index("node")["requests_per_s"].to_dict() == pytest.approx(
        {"2027-01": 20.0, "2027-02": 0.75 * 20 + 0.25 * 40}
    )
