"""Unit constants and conversions; no other file multiplies by one of these.

Sources: SI for kilo, mega and giga; IEC 80000-13 for gibi; the Gregorian year of 365.2425 days.
"""

from __future__ import annotations

KILO = 1e3
MEGA = 1e6
GIGA = 1e9
TERA = 1e12
GIB_BYTES = float(2**30)
MS_PER_S = 1e3
SECONDS_PER_HOUR = 3600.0
MINUTES_PER_HOUR = 60.0
HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = SECONDS_PER_HOUR * HOURS_PER_DAY
DAYS_PER_YEAR = 365.2425
MONTHS_PER_YEAR = 12
DAYS_PER_MONTH = DAYS_PER_YEAR / MONTHS_PER_YEAR
HOURS_PER_MONTH = DAYS_PER_MONTH * HOURS_PER_DAY
TOKENS_PER_MTOK = 1e6
WATTS_PER_KW = 1e3


def per_day_to_per_s(volume_per_day: float) -> float:
    """Mean rate of a daily volume, in units per second."""
    return volume_per_day / SECONDS_PER_DAY
