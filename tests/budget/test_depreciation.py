"""Schedules against textbook figures and against the law's own wording, year by year."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.budget.depreciation import charges
from planner.budget.money import money


def by_year(cost: str, residual: str, years: int, method: str) -> list[Decimal]:
    found = charges(Decimal(cost), Decimal(residual), 12 * years, method)
    return [sum(found[12 * i : 12 * i + 12], Decimal(0)) for i in range(years)]


def test_sum_of_years_is_the_textbook_table() -> None:
    # 5 + 4 + 3 + 2 + 1 = 15 parts of 15,000
    assert by_year("16000.00", "1000.00", 5, "sum_of_years") == [5000, 4000, 3000, 2000, 1000]


def test_double_declining_ends_in_two_even_years() -> None:
    # 40 % of the book value three times: 4000, 2400, 1440; left 2160 less 500 residual: 830 twice
    assert by_year("10000.00", "500.00", 5, "double_declining") == [4000, 2400, 1440, 830, 830]


def test_double_declining_stops_at_the_residual() -> None:
    # 40 % of 10,000 is 4000, of 6000 is 2400; then only 600 is left above 3000, and nothing after
    assert by_year("10000.00", "3000.00", 5, "double_declining") == [4000, 2400, 600, 0, 0]


@given(
    st.integers(min_value=0, max_value=10**13),
    st.integers(min_value=0, max_value=95),
    st.integers(min_value=1, max_value=10),
    st.sampled_from(["straight_line", "double_declining", "sum_of_years"]),
)
def test_charges_and_residual_are_the_cost(whole: int, percent: int, years: int, method: str) -> None:
    cost = Decimal(whole).scaleb(-2)
    residual = money(Fraction(cost) * percent / 100)
    found = charges(cost, residual, 12 * years, method)
    assert sum(found) + residual == cost
    assert min(found) >= 0


@pytest.mark.parametrize("years", [3, 4, 5, 8, 10])
def test_double_declining_by_its_recurrence(years: int) -> None:
    cost, residual = Fraction(987654, 100), Fraction(49383, 100)
    value, expected = cost, []
    for year in range(years):
        if year < years - 2:
            charge = min(value * 2 / years, value - residual)
            last = value - charge
        else:
            charge = (last - residual) / 2
        expected.append(charge)
        value -= charge
    found = by_year("9876.54", "493.83", years, "double_declining")
    for ours, theirs in zip(found, expected, strict=True):
        assert abs(Fraction(ours) - theirs) <= Fraction(1, 100)
