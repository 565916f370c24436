"""Depreciation: the charge of every month of a life, three methods, in whole cents.

Each method is a formula for what has been charged after m months of a life of N years (L months), between yearly
steps in a straight line. With cost C and base B = C - residual::

    straight_line       B * m / L
    sum_of_years        after y years  B * y * (2N - y + 1) / (N * (N + 1))
    double_declining    after y years  C * (1 - (1 - 2/N)^y), never more than B; the last two years share what is
                        left evenly, as the PRC's tax law has it (Implementation Regulations, double-declining
                        balance method)

The charge of a month is the rounded amount after it less the rounded amount before it. After L months exactly B has
been charged.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from planner.budget.money import over_time
from planner.units import MONTHS_PER_YEAR

EVEN_YEARS = 2  # years at the end of a double-declining life that share evenly


def charges(cost: Decimal, residual: Decimal, life_months: int, method: str) -> list[Decimal]:
    """Charge of each month of the life [currency].

    Examples
    --------
    >>> [str(value) for value in charges(Decimal("100.00"), Decimal("5.00"), 3, "straight_line")]
    ['31.67', '31.66', '31.67']
    """
    base = cost - residual
    if not base:
        return [Decimal("0.00")] * life_months
    done = [charged(cost, residual, life_months, method, month) for month in range(1, life_months + 1)]
    return over_time(base, [value / Fraction(base) for value in done])


def charged(cost: Decimal, residual: Decimal, life_months: int, method: str, months: int) -> Fraction:
    """Exact amount charged after so many months of the life."""
    base = Fraction(cost - residual)
    if method == "straight_line":
        return base * months / life_months
    years = life_months // MONTHS_PER_YEAR
    year, month = divmod(months, MONTHS_PER_YEAR)
    after = _after_years(Fraction(cost), base, years, method, year)
    if not month:
        return after
    following = _after_years(Fraction(cost), base, years, method, year + 1)
    return after + (following - after) * month / MONTHS_PER_YEAR


def _after_years(cost: Fraction, base: Fraction, years: int, method: str, year: int) -> Fraction:
    """Exact amount charged after whole years."""
    if method == "sum_of_years":
        return base * year * (2 * years - year + 1) / (years * (years + 1))
    if years <= EVEN_YEARS:
        return base * year / years
    declining = years - EVEN_YEARS
    before = min(base, cost * (1 - (1 - Fraction(2, years)) ** min(year, declining)))
    return before + (base - before) * max(0, year - declining) / EVEN_YEARS
