"""Months and quarters: labels of periods, what is accepted for them and how to mend the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.inputs.numbers import shown
from planner.inputs.problems import Fault

QUARTER_MONTHS = 3
EITHER = 0  # the length of a period could not be read: months and quarters are both let pass
FIRST_YEAR, LAST_YEAR = 1990, 2199  # assumed: a year outside is a slip of the pen
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")
_LOOSE_MONTH = r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*月?"
_LOOSE_DATE = r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?([T ].*)?"
_COMPACT = r"([0-9]{4})([0-9]{2})"
_LOOSE_QUARTER = r"([0-9]{4})\s*[-/ ]?\s*[qQ]\s*([1-4])|[qQ]([1-4])\s*[-/ ]?\s*([0-9]{4})"
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = r"([A-Za-z]{3,9})[ \-.,/]*([0-9]{4}|[0-9]{2})"
_SERIAL = r"[345][0-9]{4}"


@dataclass(frozen=True)
class Horizon:
    """The periods that are planned.

    Attributes
    ----------
    labels : ``2027-01``... in a monthly case, ``2027Q1``... in a quarterly one
    period_months : 1 or 3
    """

    labels: tuple[str, ...]
    period_months: int

    def __contains__(self, label: object) -> bool:
        return label in self.labels


def periods_from(start: str, periods: int, period_months: int) -> tuple[str, ...]:
    """Labels of ``periods`` periods from the label ``start``.

    Examples
    --------
    >>> periods_from("2027-11", 3, 1)
    ('2027-11', '2027-12', '2028-01')
    >>> periods_from("2027Q4", 2, 3)
    ('2027Q4', '2028Q1')
    """
    year = int(start[:4])
    step = int(start[5:])
    per_year = 4 if period_months == QUARTER_MONTHS else 12
    first = year * per_year + step - 1
    return tuple(_label(divmod(first + i, per_year), period_months) for i in range(periods))


def _label(year_and_step: tuple[int, int], period_months: int) -> str:
    year, step = year_and_step
    return f"{year}Q{step + 1}" if period_months == QUARTER_MONTHS else f"{year}-{step + 1:02d}"


def month_expected(period_months: int) -> str:
    """What a month column wants, for messages."""
    if period_months == EITHER:
        return "a month such as 2027-01, or a quarter such as 2027Q1"
    return "a quarter such as 2027Q1" if period_months == QUARTER_MONTHS else "a month such as 2027-01"


def parse_month(text: str, period_months: int) -> str | Fault:
    """The label of the period that ``text`` names, or what is wrong with it.

    A quarterly case takes quarters (2027Q1) and the first month of one (2027-01).

    Examples
    --------
    >>> parse_month("2027-04", 3)
    '2027Q2'
    >>> parse_month("2027-1", 1).mend
    'Write 2027-01.'
    """
    expected = month_expected(period_months)
    match = _MONTH.fullmatch(text) or _QUARTER.fullmatch(text)
    if not match:
        return Fault(shown(text), expected, _mend(text, period_months))
    year = int(match[1])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Fault(shown(text), f"{expected}, between {FIRST_YEAR} and {LAST_YEAR}", "Check the year.")
    if period_months == EITHER or ("Q" in text) == (period_months == QUARTER_MONTHS):
        return text
    if "Q" in text:
        mend = f"The case is monthly: write {year}-{int(match[2]) * 3 - 2:02d} or another month."
        return Fault(shown(text), expected, mend)
    quarter, month = divmod(int(match[2]) - 1, QUARTER_MONTHS)
    label = f"{year}Q{quarter + 1}"
    return Fault(f"{shown(text)}, inside a quarter", expected, f"Write {label}.") if month else label


def _write(year: int, month: int, period_months: int) -> str:
    if not 1 <= month <= 12:
        return "There is no such month."
    if period_months == QUARTER_MONTHS:
        return f"Write {year}Q{(month - 1) // QUARTER_MONTHS + 1}."
    return f"Write {year}-{month:02d}."


def _mend(text: str, period_months: int) -> str:
    if match := re.fullmatch(_LOOSE_MONTH, text) or re.fullmatch(_LOOSE_DATE, text):
        return _write(int(match[1]), int(match[2]), period_months)
    if match := re.fullmatch(_LOOSE_QUARTER, text):
        year, quarter = int(match[1] or match[4]), int(match[2] or match[3])
        return _write(year, quarter * QUARTER_MONTHS - 2, period_months)
    if match := re.fullmatch(_COMPACT, text):
        return _write(int(match[1]), int(match[2]), period_months)
    if match := re.fullmatch(_NAMED, text):
        name = match[1][:3].lower()
        year = int(match[2]) + (2000 if len(match[2]) == 2 else 0)
        if name in _NAMES:
            return _write(year, _NAMES.index(name) + 1, period_months)
    if re.fullmatch(_SERIAL, text):
        return (
            "It looks like a date serial of a spreadsheet: format the column as text and write the month out."
        )
    return "Write year-month." if period_months != QUARTER_MONTHS else "Write the year, Q and the quarter."
