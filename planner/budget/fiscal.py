"""Calendar months as numbers, and the fiscal periods they fall in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from planner.units import MONTHS_PER_YEAR

FOUR_WEEKS_DAYS = 28
THIRTEEN = 13


def month_number(label: str) -> int:
    """Months since year 0 of a month or of the first month of a quarter.

    Examples
    --------
    >>> month_number("2027-01") - month_number("2026-11"), month_number("2027Q2") - month_number("2027-01")
    (2, 3)
    """
    year, step = int(label[:4]), int(label[5:])
    month = 3 * step - 2 if label[4] == "Q" else step
    return year * MONTHS_PER_YEAR + month - 1


def month_label(number: int) -> str:
    """Label of a month: ``2027-01``."""
    return f"{number // MONTHS_PER_YEAR:04d}-{number % MONTHS_PER_YEAR + 1:02d}"


def first_day(number: int) -> date:
    """First day of a month."""
    return date(number // MONTHS_PER_YEAR, number % MONTHS_PER_YEAR + 1, 1)


@dataclass(frozen=True, order=True)
class FiscalPeriod:
    """A period of a fiscal year and its first day."""

    fiscal_year: int
    fiscal_period: int
    starts: date


@dataclass(frozen=True)
class FiscalCalendar:
    """Twelve months, or thirteen periods of four weeks of which the last takes the days left over.

    Parameters
    ----------
    start_month : 1-12, month in which a fiscal year begins
    periods : 12 or 13
    named_by_end : a fiscal year has the number of the calendar year in which it ends
    payment_day : day of the month on which money moves
    """

    start_month: int
    periods: int
    named_by_end: bool
    payment_day: int

    def _year(self, number: int) -> tuple[int, int]:
        """Number of the fiscal year of a month, and of its first month."""
        start = number - (number - (self.start_month - 1)) % MONTHS_PER_YEAR
        ends = start + MONTHS_PER_YEAR - 1
        return (ends if self.named_by_end else start) // MONTHS_PER_YEAR, start

    def _of_day(self, day: date) -> FiscalPeriod:
        year, start = self._year(day.year * MONTHS_PER_YEAR + day.month - 1)
        begins = first_day(start)
        period = min((day - begins).days // FOUR_WEEKS_DAYS, THIRTEEN - 1)
        return FiscalPeriod(year, period + 1, begins + timedelta(days=period * FOUR_WEEKS_DAYS))

    def of_payment(self, number: int) -> FiscalPeriod:
        """The period in which money of a month moves."""
        if self.periods == MONTHS_PER_YEAR:
            return self.of_month(number)[0][0]
        return self._of_day(first_day(number) + timedelta(days=self.payment_day - 1))

    def of_month(self, number: int) -> tuple[tuple[FiscalPeriod, int], ...]:
        """Periods that a month overlaps, in order, with the days in each."""
        return _overlaps(self, number)


@cache
def _overlaps(calendar: FiscalCalendar, number: int) -> tuple[tuple[FiscalPeriod, int], ...]:
    begins, ends = first_day(number), first_day(number + 1)
    if calendar.periods == MONTHS_PER_YEAR:
        year, start = calendar._year(number)
        return ((FiscalPeriod(year, number - start + 1, begins), (ends - begins).days),)
    days: dict[FiscalPeriod, int] = {}
    for offset in range((ends - begins).days):
        period = calendar._of_day(begins + timedelta(days=offset))
        days[period] = days.get(period, 0) + 1
    return tuple(days.items())
