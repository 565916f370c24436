"""The methods of depreciation as spreadsheet formulas, in whole cents so that halves round alike everywhere.

The formulas are those of `planner.budget.depreciation`, in the same letters: B base, C cost, L months of life, N years.
"""

from __future__ import annotations


def part_cents(cents: str, share: str) -> str:
    """A share of an amount in whole cents, halves away from zero.

    The share is rounded to nine places first, since 0.3 + 0.3 + 0.3 is less than 0.9 in binary, and the product to six,
    so that what is half a cent in decimals is half a cent before it is rounded.
    """
    return f"ROUND(ROUND({cents}*ROUND({share},9),6),0)"


def charged_cents(method: str, base: str, cost: str, life: str, months: str) -> str:
    """Cents charged after so many months; every argument is an address or an expression, money in cents."""
    done = f"MAX(0,MIN({months},{life}))"
    if method == "straight_line":
        return f"ROUND({base}*{done}/{life},0)"
    years = f"({life}/12)"
    year = f"INT({done}/12)"
    month = f"({done}-12*{year})"
    if method == "sum_of_years":
        parts = f"(12*{year}*(2*{years}-{year}+1)+2*{month}*({years}-{year}))"
        return f"ROUND({base}*{parts}/(12*{years}*({years}+1)),0)"
    after, following = (_declining(base, cost, years, at) for at in (year, f"({year}+1)"))
    return f"ROUND({after}+({following}-{after})*{month}/12,0)"


def _declining(base: str, cost: str, years: str, year: str) -> str:
    """Exact cents charged after whole years of a double-declining life."""
    before = f"MIN({base},{cost}*(1-(1-2/{years})^MIN({year},{years}-2)))"
    return f"IF({years}<=2,{base}*{year}/{years},{before}+({base}-{before})*MAX(0,{year}-({years}-2))/2)"
