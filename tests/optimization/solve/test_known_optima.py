"""Right answers: by hand, by enumeration, by a second solver, by duality."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from planner.errors import SolverError
from planner.optimization.matrix import (
    Matrix,
    MatrixError,
    dual_bound,
    matrix_from_triplets,
    plan_cost,
    violation,
)
from planner.optimization.solve import SolveOptions, solve_matrix


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_milp_by_hand(small: Matrix, solver: str) -> None:
    outcome = solve_matrix(small, SolveOptions(solver=solver))
    assert outcome.status == "optimal"
    assert outcome.values is not None
    assert outcome.values.round(9).tolist() == [2, 1]
    assert (outcome.cost, outcome.bound, outcome.gap) == pytest.approx((10, 10, 0))
    assert (outcome.solver, outcome.solver_version[:12]) == (solver, "OR-Tools 9.1")


@pytest.mark.parametrize("solver", ["highs", "glop"])
def test_relaxation_by_hand(small: Matrix, solver: str) -> None:
    outcome = solve_matrix(small, SolveOptions(solver=solver), relax=True)
    assert outcome.status == "optimal"
    assert outcome.cost == pytest.approx(28 / 3)
    assert outcome.duals == pytest.approx(
        [4 / 3]
    )  # d cost / d right side: one more unit of the row is 1/3 more b


def test_plan_and_duals_of_the_relaxation_in_one_go(small: Matrix) -> None:
    outcome = solve_matrix(small, relax_first=True)
    assert outcome.duals == pytest.approx([4 / 3])  # as of the relaxation alone
    assert outcome.values is not None
    assert outcome.values.round(9).tolist() == [2, 1]
    assert (outcome.status, outcome.cost, outcome.bound) == ("optimal", pytest.approx(10), pytest.approx(10))


def test_no_duals_where_the_relaxation_has_no_plan(small: Matrix) -> None:
    outcome = solve_matrix(replace(small, row_lower=np.array([51.0])), relax_first=True)  # 50 at most
    assert (outcome.status, outcome.duals, outcome.values) == ("infeasible", None, None)


def test_offset_and_signs(small: Matrix) -> None:
    # Maximise a + b, 2 a + 3 b <= 7, plus 100: (3, 0) gives 3, cost 97. The row's price is negative: more room saves.
    rows = replace(
        small, row_lower=np.array([-np.inf]), row_upper=np.array([7.0]), cost=-np.ones(2), offset=100.0
    )
    assert solve_matrix(rows).cost == pytest.approx(97)
    relaxed = solve_matrix(rows, relax=True)
    assert relaxed.cost == pytest.approx(96.5)
    assert relaxed.duals == pytest.approx([-0.5])
    assert dual_bound(rows, relaxed.duals) == pytest.approx(96.5)


@pytest.mark.parametrize("seed", range(6))
def test_duals_of_the_relaxation_prove_its_cost(random_milp: Callable[[int], Matrix], seed: int) -> None:
    matrix = random_milp(seed)
    matrix = replace(matrix, row_upper=matrix.row_lower + np.array([0.0, 5.0, np.inf, np.inf]))
    outcome = solve_matrix(matrix, relax=True)
    assert outcome.status == "optimal"
    assert outcome.duals is not None
    assert dual_bound(matrix, outcome.duals) == pytest.approx(outcome.cost, rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_two_solvers_agree(random_milp: Callable[[int], Matrix], seed: int) -> None:
    matrix = random_milp(seed)
    first, second = (solve_matrix(matrix, SolveOptions(solver=solver)) for solver in ("highs", "scip"))
    assert first.status == second.status == "optimal"
    assert first.cost == pytest.approx(second.cost, rel=1e-6)
    assert violation(matrix, first.values) < 1e-6


@pytest.mark.parametrize("seed", [11, 12])
def test_enumeration_agrees(random_milp: Callable[[int], Matrix], seed: int) -> None:
    matrix = replace(random_milp(seed), integer=np.ones(6, bool))
    every = (np.array(x, float) for x in itertools.product(range(5), repeat=6))
    best = min(plan_cost(matrix, x) for x in every if violation(matrix, x) == 0)
    assert solve_matrix(matrix).cost == pytest.approx(best, abs=1e-9)


def test_infeasible_is_told_from_unbounded(small: Matrix) -> None:
    outcome = solve_matrix(replace(small, row_lower=np.array([51.0])))  # 2 * 10 + 3 * 10 = 50 at most
    assert (outcome.status, outcome.values, outcome.cost) == ("infeasible", None, np.inf)
    parity = replace(small, row_lower=np.array([1.0]), row_upper=np.array([1.0]))
    assert solve_matrix(replace(parity, entry_values=np.array([2.0, 4.0]))).status == "infeasible"
    with pytest.raises(MatrixError, match="no finite bounds: column 0"):  # so unbounded cannot reach a solver
        solve_matrix(replace(small, cost=-small.cost, upper=np.array([np.inf, 10.0])))


def test_relaxation_of_whole_columns_uses_their_whole_bounds(small: Matrix) -> None:
    """2.5 as upper bound of whole cards is 2, also in the relaxation: 2 a + 3 b >= 7 with b <= 2 costs 1.5 + 8."""
    tight = replace(small, upper=np.array([10.0, 2.5]))
    assert solve_matrix(tight, relax=True).cost == pytest.approx(9.5)


def test_programs_without_rows_or_columns() -> None:
    none: list[float] = []
    rowless = matrix_from_triplets(
        none,
        none,
        none,
        cost=[2, -3],
        lower=[1, 0],
        upper=[5, 4],
        integer=[1, 0],
        row_lower=none,
        row_upper=none,
    )
    assert solve_matrix(rowless).cost == pytest.approx(2 - 12)
    empty = matrix_from_triplets(
        none,
        none,
        none,
        cost=none,
        lower=none,
        upper=none,
        integer=none,
        row_lower=none,
        row_upper=none,
        offset=7,
    )
    assert (solve_matrix(empty).status, solve_matrix(empty).cost) == ("optimal", 7)


@pytest.mark.parametrize(
    ("options", "relax", "text"),
    [
        (SolveOptions(solver="scip"), True, "SCIP gives no duals"),
        (SolveOptions(solver="glop"), False, "GLOP cannot"),
    ],
)
def test_solver_and_task_must_fit(small: Matrix, options: SolveOptions, relax: bool, text: str) -> None:
    with pytest.raises(SolverError, match=text):
        solve_matrix(small, options, relax=relax)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gap", -0.1),
        ("gap", float("nan")),
        ("time_limit_s", 0.0),
        ("time_limit_s", float("nan")),
        ("time_limit_s", float("inf")),
        ("node_limit", -1),
        ("seed", -1),
        ("seed", 2**31),
        ("threads", 0),
        ("memory_limit_gib", 0.0),
        ("solver", "cp-sat"),
    ],
)
def test_settings_are_checked(name: str, value: object) -> None:
    with pytest.raises(SolverError, match=name):
        SolveOptions(**{name: value})  # type: ignore[arg-type]
