"""Exact money: decimals of two places, and two ways of cutting an amount so that the parts add up.

The rounding rule, everywhere: an amount is rounded half away from zero to the cent. An amount shared out over objects
(orders, sites) is cut by largest remainder; an amount shared out over time is rounded cumulatively, so that what has
been charged by any date is the exact amount by that date, rounded once. Either way the parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

PLACES = 2
CENTS = 10**PLACES
CENT = Decimal(1).scaleb(-PLACES)
ZERO = Decimal("0.00")
Exact = Fraction | Decimal | int


def exact(value: float | str | Decimal | int) -> Fraction:
    """The number as it is written: 0.1 is one tenth, not the nearest binary fraction.

    Examples
    --------
    >>> exact(0.1)
    Fraction(1, 10)
    """
    return Fraction(value) if isinstance(value, Decimal | int) else Fraction(str(value))


def cents(value: Exact) -> int:
    """Whole cents, half away from zero.

    Examples
    --------
    >>> cents(Fraction("0.005")), cents(Fraction("-0.005")), cents(Fraction("0.0049"))
    (1, -1, 0)
    """
    scaled = Fraction(value) * CENTS
    top, bottom = int(abs(scaled.numerator)), int(scaled.denominator)
    size = (2 * top + bottom) // (2 * bottom)
    return size if scaled >= 0 else -size


def of_cents(whole: int) -> Decimal:
    """The amount of so many cents, two places always."""
    return Decimal(whole).scaleb(-PLACES)


def money(value: float | str | Exact, rate: Fraction = Fraction(1)) -> Decimal:
    """The amount, times a rate, rounded once.

    Examples
    --------
    >>> money(1.005), money(100, Fraction("7.125"))
    (Decimal('1.01'), Decimal('712.50'))
    """
    number = value if isinstance(value, Fraction) else exact(value)
    return of_cents(cents(number * rate))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Sum; of nothing, 0.00."""
    return sum(amounts, ZERO)


def shared(amount: Decimal, weights: Sequence[Exact]) -> list[Decimal]:
    """The amount cut in proportion to weights, none negative, by largest remainder; ties go to the first.

    Raises
    ------
    ValueError : every weight is 0 and the amount is not

    Examples
    --------
    >>> shared(Decimal("100.00"), [1, 1, 1])
    [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')]
    """
    whole = cents(amount)
    parts = [Fraction(weight) for weight in weights]
    all_of_it = sum(parts, Fraction(0))
    if not all_of_it:
        if whole:
            raise ValueError("an amount cannot be shared over weights of 0")
        return [ZERO for _ in parts]
    sign = -1 if whole < 0 else 1
    ideal = [abs(whole) * part / all_of_it for part in parts]
    floors = [value.numerator // value.denominator for value in ideal]
    left = abs(whole) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - ideal[i], i))
    for i in by_remainder[:left]:
        floors[i] += 1
    return [of_cents(sign * value) for value in floors]


def over_time(amount: Decimal, done: Sequence[Fraction]) -> list[Decimal]:
    """The amount cut at dates by which the shares ``done`` of it are due (rising, the last 1): cumulative rounding.

    Examples
    --------
    >>> over_time(Decimal("100.00"), [Fraction(1, 3), Fraction(2, 3), Fraction(1)])
    [Decimal('33.33'), Decimal('33.34'), Decimal('33.33')]
    """
    due = [cents(Fraction(amount) * share) for share in done]
    return [of_cents(now - before) for now, before in zip(due, [0, *due[:-1]], strict=True)]


def evenly(amount: Decimal, parts: int) -> list[Decimal]:
    """The amount in equal parts over time."""
    return over_time(amount, [Fraction(i + 1, parts) for i in range(parts)])
