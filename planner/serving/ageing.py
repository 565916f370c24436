"""Calibrations age: engines and drivers change, so an interval widens with the time since its measurements."""

from __future__ import annotations

import re
from math import hypot

# Half width per year, in logs. One engine at two dates half a year to a year apart differed by up to a factor of two
# (reference/serving.md 5, point 4); assumed: a typical year changes an 80 % interval by a quarter of that.
WIDENS_PER_YEAR = 0.17
_MONTH = re.compile(r"(\d{4})-?(?:(\d{2})|Q([1-4]))")


def years_between(measured: str, start: str) -> float:
    """Years from the latest date in a text to a start; 0 where there is none, or it is later.

    Parameters
    ----------
    measured : dates as YYYY-MM or YYYY-MM-DD, one or several
    start : a month (YYYY-MM) or quarter (YYYYQn)

    Examples
    --------
    >>> years_between("2026-01-15, 2026-07-01", "2027-01")
    0.5
    >>> years_between("", "2027Q1")
    0.0
    """
    dates = [_years(match) for match in _MONTH.finditer(measured)]
    begins = _MONTH.search(start)
    return max(_years(begins) - max(dates), 0.0) if dates and begins else 0.0


def _years(match: re.Match[str]) -> float:
    year, month, quarter = match.groups()
    return int(year) + ((int(month) - 1) / 12 if month else (int(quarter) - 1) / 4)


def aged(spread: float, measured: str, start: str) -> float:
    """Half width of an interval at the start of a plan: its own and that of the years since, independent of each other.

    Examples
    --------
    >>> round(aged(0.3, "2026-01", "2027-01"), 3)
    0.345
    """
    return hypot(spread, WIDENS_PER_YEAR * years_between(measured, start))
