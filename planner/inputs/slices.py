"""Hours of the week and the slices they fall into."""

from __future__ import annotations

from collections.abc import Sequence

HOURS_PER_DAY = 24
DAYS = {"all": range(7), "weekday": range(5), "weekend": range(5, 7)}  # Monday is 0


def slice_hours(days: str, from_hour: int, to_hour: int) -> list[int]:
    """Hours of the week, 0 = Monday 00:00, that a slice covers.

    A slice that ends before it begins runs over midnight; its early hours count to the same kind of day.

    Examples
    --------
    >>> slice_hours("weekend", 22, 24)
    [142, 143, 166, 167]
    >>> len(slice_hours("all", 22, 2))
    28
    """
    day = [hour for hour in range(HOURS_PER_DAY) if _within(hour, from_hour, to_hour)]
    return [HOURS_PER_DAY * at + hour for at in DAYS[days] for hour in day]


def _within(hour: int, first: int, last: int) -> bool:
    return first <= hour < last if first < last else hour >= first or hour < last


def hours_a_day(from_hour: int, to_hour: int) -> int:
    """Length of a slice on a day it holds for [h]."""
    return (to_hour - from_hour - 1) % HOURS_PER_DAY + 1


def local_hours(hours: Sequence[int], shift: int) -> list[int]:
    """Hours of the week in another time zone, ``shift`` hours ahead."""
    return [(hour + shift) % (7 * HOURS_PER_DAY) for hour in hours]
