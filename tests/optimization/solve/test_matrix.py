"""Arrays, guards and the bound; no solver is started here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import SolverError
from planner.optimization.matrix import (
    Matrix,
    MatrixError,
    check_matrix,
    dual_bound,
    matrix_from_triplets,
    plan_cost,
    row_activity,
    violation,
    whole_integer_bounds,
)


def changed(matrix: Matrix, field: str, position: int, value: float) -> Matrix:
    array = getattr(matrix, field).copy()
    array[position] = value
    return replace(matrix, **{field: array})


def test_triplets_are_sorted_summed_and_freed_of_zeros() -> None:
    matrix = matrix_from_triplets(
        [1, 0, 1, 0, 1, 0, 0, 0],
        [0, 2, 0, 1, 1, 0, 0, 0],
        [2, 5, 4, 0, 7, 0.1, 0.2, -0.3],  # 0.1 + 0.2 - 0.3 is 5.6e-17 in floats: it has cancelled
        cost=[1, 1, 1],
        lower=[0, 0, 0],
        upper=[1, 1, 1],
        integer=[False] * 3,
        row_lower=[0, 0],
        row_upper=[9, 9],
    )
    entries = list(zip(matrix.entry_rows, matrix.entry_columns, matrix.entry_values, strict=True))
    assert entries == [(0, 2, 5), (1, 0, 6), (1, 1, 7)]


def test_an_entry_outside_the_program_is_refused(small: Matrix) -> None:
    with pytest.raises(MatrixError, match="name column 0 to 2; there are 2"):
        matrix_from_triplets(
            [0, 0],
            [0, 2],
            [1, 1],
            cost=small.cost,
            lower=small.lower,
            upper=small.upper,
            integer=small.integer,
            row_lower=[0],
            row_upper=[1],
        )


@pytest.mark.parametrize(
    ("field", "position", "value", "text"),
    [
        ("cost", 1, np.nan, "cost is not a finite number: column 1"),
        ("cost", 0, np.inf, "cost is not a finite number: column 0"),
        ("cost", 0, 1e13, "cost beyond 1e\\+12: column 0"),
        ("upper", 1, np.inf, "no finite bounds: column 1"),
        ("lower", 1, np.nan, "no finite bounds: column 1"),
        ("upper", 0, 1e13, "bound beyond 1e\\+12: column 0"),
        ("lower", 0, 11.0, "lower bound above upper bound: column 0"),
        ("row_lower", 0, np.nan, "right side is not a number: row 0"),
        ("row_lower", 0, np.inf, "infinite on the wrong side: row 0"),
        ("row_upper", 0, 6.0, "lower side above upper side: row 0"),
        ("row_lower", 0, 1e13, "side beyond 1e\\+12: row 0"),
        ("entry_values", 1, np.nan, "not a finite number: nan in row 0, column 1"),
        ("entry_values", 0, 1e-10, "nearer to zero than 1e-07: 1e-10 in row 0, column 0"),
        ("entry_values", 0, 1e16, "coefficient beyond 1e\\+09: 1e\\+16"),
        ("entry_columns", 0, 1, "not sorted, or one place twice"),
    ],
)
def test_each_bad_number_is_named(small: Matrix, field: str, position: int, value: float, text: str) -> None:
    check_matrix(small)
    with pytest.raises(SolverError, match=text.replace("(", "\\(")):
        check_matrix(changed(small, field, position, value))


def test_all_faults_are_reported_at_once_by_name(small: Matrix) -> None:
    bad = changed(changed(small, "cost", 1, np.nan), "row_lower", 0, np.nan)
    with pytest.raises(MatrixError) as caught:
        check_matrix(bad, names=lambda kind, number: f"{kind[0].upper()}{number}")
    assert "column 1 (C1)" in str(caught.value)
    assert "row 0 (R0)" in str(caught.value)


def test_a_row_without_entries_must_allow_zero(small: Matrix) -> None:
    more = replace(small, row_lower=np.array([7.0, 1.0]), row_upper=np.array([np.inf, 2.0]))
    with pytest.raises(MatrixError, match="zero is not allowed: row 1"):
        check_matrix(more)


def test_integer_bounds_round_inward_but_forgive_float_sums(small: Matrix) -> None:
    rounded = whole_integer_bounds(changed(changed(small, "upper", 0, 2.7), "upper", 1, 3 - 4e-16))
    assert rounded.upper.tolist() == [2, 3]
    with pytest.raises(MatrixError, match="lower bound above upper bound: column 0"):
        check_matrix(changed(changed(small, "lower", 0, 2.2), "upper", 0, 2.8))


def test_activity_cost_and_violation(small: Matrix) -> None:
    assert row_activity(small, np.array([2.0, 1.0])).tolist() == [7]
    assert plan_cost(replace(small, offset=5.0), np.array([2.0, 1.0])) == 15
    assert violation(small, np.array([2.0, 1.0])) == 0
    assert violation(small, np.array([2.0, 0.0])) == 3  # the row misses 3
    assert violation(small, np.array([0.0, 12.0])) == 2  # the bound
    assert violation(small, np.array([3.25, 1.0])) == 0.25  # whole numbers


def test_the_bound_by_hand(small: Matrix) -> None:
    # y = 4/3: 7 * 4/3 = 28/3; reduced costs 3 - 8/3 = 1/3 and 0, both at their lower bound 0.
    assert dual_bound(small, np.array([4 / 3])) == pytest.approx(28 / 3, rel=1e-12)
    # y = 1: 7 + min over boxes of (1, 1) = 7.  y = 2: 14 + (-1) * 10 + (-2) * 10 = -16.
    assert dual_bound(small, np.array([1.0])) == pytest.approx(7, rel=1e-12)
    assert dual_bound(small, np.array([2.0])) == pytest.approx(-16, rel=1e-12)
    # The upper side is infinite: a negative price is dropped, and the bound is that of no rows at all.
    assert dual_bound(small, np.array([-5.0])) == pytest.approx(0, abs=1e-12)


def exact_bound(matrix: Matrix, duals: np.ndarray) -> Fraction:
    """The formula again, in exact fractions and plain loops."""
    total = Fraction(matrix.offset)
    reduced = [Fraction(cost) for cost in matrix.cost]
    price = [Fraction(dual) for dual in duals]
    for i, (low, high) in enumerate(zip(matrix.row_lower, matrix.row_upper, strict=True)):
        side = low if price[i] > 0 else high
        if np.isinf(side):
            price[i] = Fraction(0)
        else:
            total += price[i] * Fraction(side)
    for i, j, value in zip(matrix.entry_rows, matrix.entry_columns, matrix.entry_values, strict=True):
        reduced[j] -= Fraction(value) * price[i]
    for j, d in enumerate(reduced):
        total += min(d * Fraction(matrix.lower[j]), d * Fraction(matrix.upper[j]))
    return total


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1.0, 1e-5, 1e6]))
def test_the_bound_never_exceeds_the_exact_one_and_is_near_it(seed: int, size: float) -> None:
    draw = np.random.default_rng(seed)
    rows, columns = 5, 7
    a = draw.normal(size=(rows, columns)) * size
    row, column = np.indices(a.shape)
    matrix = matrix_from_triplets(
        row.ravel(),
        column.ravel(),
        a.ravel(),
        cost=draw.normal(size=columns) * 1e3,
        lower=-draw.random(columns) * 100,
        upper=draw.random(columns) * 1e4,
        integer=np.zeros(columns, bool),
        row_lower=np.where(draw.random(rows) < 0.3, -np.inf, -draw.random(rows)),
        row_upper=np.where(draw.random(rows) < 0.3, np.inf, draw.random(rows)),
        offset=float(draw.normal()),
    )
    duals = draw.normal(size=rows) * 10
    exact = exact_bound(matrix, duals)
    bound = dual_bound(matrix, duals)
    assert Fraction(bound) <= exact
    assert bound == pytest.approx(float(exact), rel=1e-9, abs=1e-9 * size)


def test_the_bound_wants_one_finite_dual_per_row(small: Matrix) -> None:
    for wrong in (np.array([np.nan]), np.array([1.0, 2.0])):
        with pytest.raises(ValueError, match="one finite number per row"):
            dual_bound(small, wrong)
