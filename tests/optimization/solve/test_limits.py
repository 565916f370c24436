"""A limit ends the search, not the knowledge: incumbent, true bound, progress, hints, repeatability."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from planner.errors import SolverError
from planner.optimization.matrix import Matrix, plan_cost, violation
from planner.optimization.solve import Outcome, Progress, SolveOptions, solve_matrix

PLANTED_COST = 100.0  # the optimum of `market_split`, by construction
Build = Callable[..., Matrix]


def assert_unproven_plan(outcome: Outcome, matrix: Matrix) -> None:
    assert outcome.values is not None
    assert violation(matrix, outcome.values) < 1e-6
    assert outcome.cost == plan_cost(matrix, outcome.values)
    assert outcome.cost > PLANTED_COST
    assert outcome.bound <= PLANTED_COST + 1e-6  # the true bound, not the plan's own cost
    assert outcome.gap > 0


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_time_limit_keeps_incumbent_and_true_bound(market_split: Build, solver: str) -> None:
    matrix = market_split()
    began = time.monotonic()
    outcome = solve_matrix(matrix, SolveOptions(time_limit_s=1.5, solver=solver))
    assert time.monotonic() - began < 3.0
    assert (outcome.status, outcome.stop_reason) == ("feasible", "time limit")
    assert_unproven_plan(outcome, matrix)


def test_node_limit_keeps_incumbent_and_repeats_to_the_byte(market_split: Build) -> None:
    matrix = market_split()
    first, second = (solve_matrix(matrix, SolveOptions(node_limit=200, seed=5)) for _ in range(2))
    assert (first.status, first.stop_reason) == ("feasible", "node limit")
    assert_unproven_plan(first, matrix)
    assert first.values is not None
    assert second.values is not None
    assert first.values.tobytes() == second.values.tobytes()
    assert (first.cost, first.bound) == (second.cost, second.bound)


def test_another_seed_is_honoured(market_split: Build) -> None:
    """Else the test above would pass with the seed ignored."""
    matrix = market_split()
    plans = {
        solve_matrix(matrix, SolveOptions(node_limit=50, seed=seed)).values.tobytes() for seed in range(4)
    }
    assert len(plans) > 1


def test_limit_before_any_plan(market_split: Build) -> None:
    """No slack allowed: only the planted choice is a plan, and it is not found in half a second."""
    matrix = market_split()
    slack = np.zeros(matrix.columns, bool)
    slack[40:50] = True
    outcome = solve_matrix(
        replace(matrix, upper=np.where(slack, 0.0, matrix.upper)), SolveOptions(time_limit_s=0.7)
    )
    assert (outcome.status, outcome.values, outcome.cost) == ("no_plan", None, np.inf)
    assert outcome.bound == pytest.approx(PLANTED_COST)
    assert outcome.stop_reason == "time limit"


def test_no_time_to_load(small: Matrix) -> None:
    outcome = solve_matrix(small, SolveOptions(time_limit_s=1e-6))
    assert (outcome.status, outcome.stop_reason) == ("no_plan", "time limit")


def test_gap_stops_early_and_is_optimal_within_it(market_split: Build) -> None:
    outcome = solve_matrix(market_split(), SolveOptions(gap=0.9, time_limit_s=30))
    assert outcome.status == "optimal"
    assert 0 < outcome.gap <= 0.9
    assert outcome.seconds < 15


def test_progress_is_reported_while_solving(market_split: Build) -> None:
    seen: list[Progress] = []
    outcome = solve_matrix(market_split(), SolveOptions(time_limit_s=2.0), on_progress=seen.append)
    assert seen
    assert seen[-1].cost == pytest.approx(outcome.cost)
    assert seen[-1].bound <= PLANTED_COST
    assert all(progress.gap > 0 for progress in seen)


def test_cancel_keeps_the_best_plan_so_far(market_split: Build) -> None:
    """Also pins HiGHS's file of improving solutions: without it no plan would outlive the child."""
    matrix = market_split()
    cancel = threading.Event()

    def on_progress(progress: Progress) -> None:
        if np.isfinite(progress.cost):
            cancel.set()

    began = time.monotonic()
    outcome = solve_matrix(matrix, SolveOptions(time_limit_s=60), on_progress=on_progress, cancel=cancel)
    assert time.monotonic() - began < 10
    assert (outcome.status, outcome.stop_reason) == ("interrupted", "cancelled")
    assert_unproven_plan(outcome, matrix)
    assert outcome.values[50] == 3.0  # the fixed column that presolve removes is back in its place


def test_hint_is_used_and_kept(market_split: Build) -> None:
    matrix = market_split()
    planted = np.random.default_rng(1)  # the fixture's own draws, repeated
    planted.integers(0, 100, (5, 40))
    start = np.concatenate([planted.integers(0, 2, 40).astype(float), np.zeros(10), [3.0, 0.0]])
    assert plan_cost(matrix, start) == PLANTED_COST
    assert violation(matrix, start) == 0
    outcome = solve_matrix(matrix, SolveOptions(time_limit_s=5), hint=start)
    assert (outcome.status, outcome.cost) == ("optimal", PLANTED_COST)
    partial = np.where(np.arange(52) < 40, start, np.nan)  # the solver completes the slacks
    assert solve_matrix(matrix, SolveOptions(time_limit_s=5), hint=partial).cost == pytest.approx(
        PLANTED_COST
    )


def test_hint_of_another_length_is_refused(small: Matrix) -> None:
    with pytest.raises(SolverError, match="The start has 3 values for 2 columns"):
        solve_matrix(small, hint=np.zeros(3))
