"""Amounts are exact, and parts add up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.budget.money import cents, evenly, exact, money, over_time, shared

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=2)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20).filter(any)


@given(amounts, weights)
def test_shares_add_up_and_stay_within_a_cent(amount: Decimal, parts: list[int]) -> None:
    found = shared(amount, parts)
    assert sum(found) == amount
    for value, part in zip(found, parts, strict=True):
        assert abs(Fraction(value) - Fraction(amount) * part / sum(parts)) < Fraction(1, 100)


@given(amounts, st.integers(min_value=1, max_value=60))
def test_parts_over_time_add_up_and_never_drift(amount: Decimal, months: int) -> None:
    found = evenly(amount, months)
    assert sum(found) == amount
    paid = Decimal(0)
    for i, part in enumerate(found):
        paid += part
        assert abs(Fraction(paid) - Fraction(amount) * (i + 1) / months) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.675", 268), ("-2.675", -268), ("1.005", 101), ("0.004999", 0),
        ("1e-9", 0), ("123456789012.345", 12345678901235),
    ],
)  # fmt: skip
def test_half_is_rounded_away_from_zero_as_written(text: str, expected: int) -> None:
    assert cents(exact(float(text))) == expected


def test_a_rate_is_applied_before_rounding() -> None:
    assert money(0.10, Fraction("0.149")) == Decimal("0.01")
    assert over_time(Decimal("0.05"), [Fraction(1, 2), Fraction(1)]) == [Decimal("0.03"), Decimal("0.02")]


def test_nothing_to_weigh_by_is_refused() -> None:
    with pytest.raises(ValueError, match="weights of 0"):
        shared(Decimal("1.00"), [0, 0])
    assert shared(Decimal("0.00"), [0]) == [Decimal("0.00")]
