"""Fiscal calendars of any start, twelve or thirteen periods."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from planner.budget.fiscal import FiscalCalendar, first_day, month_label, month_number


@pytest.mark.parametrize(
    ("start", "by_end", "year"), [(4, False, 2026), (4, True, 2027), (1, True, 2027), (1, False, 2027)]
)
def test_march_2027(start: int, by_end: bool, year: int) -> None:
    ((period, days),) = FiscalCalendar(start, 12, by_end, 15).of_month(month_number("2027-03"))
    assert (period.fiscal_year, days) == (year, 31)
    assert period.fiscal_period == (12 if start == 4 else 3)


@pytest.mark.parametrize("start", range(1, 13))
def test_thirteen_periods_cover_every_day_of_a_year_once(start: int) -> None:
    calendar = FiscalCalendar(start, 13, False, 15)
    first = 2027 * 12 + start - 1
    days: dict[int, int] = {}
    for month in range(first, first + 12):
        for period, count in calendar.of_month(month):
            assert period.fiscal_year == 2027
            assert period.starts == first_day(first) + timedelta(days=28 * (period.fiscal_period - 1))
            days[period.fiscal_period] = days.get(period.fiscal_period, 0) + count
    length = (date(2028, start, 1) - date(2027, start, 1)).days
    assert [days[period] for period in range(1, 13)] == [28] * 12
    assert days[13] == length - 12 * 28


def test_a_payment_falls_on_its_day() -> None:
    # 15 February is day 45 of the year: the second period of four weeks, days 28 to 55.
    assert FiscalCalendar(1, 13, False, 15).of_payment(month_number("2027-02")).fiscal_period == 2
    assert FiscalCalendar(1, 13, False, 27).of_payment(month_number("2027-02")).fiscal_period == 3


def test_months_read_back() -> None:
    assert month_label(month_number("2027Q4")) == "2027-10"
