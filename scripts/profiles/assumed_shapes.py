"""Weekly traffic shapes that follow a rule: ``flat``, ``office`` and ``developer``.

No trace at hand shows a business week hour by hour. Two ratios of such weeks are known, though (demand
reference, section 3.2, Azure conversation and code services): the busy hour over the week's mean and a
weekday over a weekend day. They set the height of the day and of the weekend; the width of the day is
assumed. Two regions 8 h apart, pooled, then keep a busy hour of 1.40 (published: 1.43) and 1.77 (1.93).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HOURS_PER_DAY = 24
WEEKDAYS = 5
DAYS_PER_WEEK = 7
BUSIEST_HOUR = 14  # assumed: local clock, middle of the working afternoon
WINDOW_S = 600
WINDOW_QUANTILE = 0.95


@dataclass(frozen=True)
class Ratios:
    """What the shape must reproduce, and the hour-long trace its window peak comes from."""

    busy_hour_to_mean: float
    weekday_to_weekend: float
    exponent: float
    window_trace: str
    service: str


# Exponents are assumed: 1 is a plain raised cosine; 2 is the least whole one that keeps the developers'
# nights above zero at their higher busy hour.
OFFICE = Ratios(1.66, 1.76, 1.0, "azure_llm_2023_conv.csv", "conversation")
DEVELOPER = Ratios(3.00, 3.1, 2.0, "azure_llm_2023_code.csv", "code")

SOURCE = (
    "assumed: raised-cosine day, busiest {hour}:00, set by Azure {service} ratios (busy hour {peak} x mean, "
    "weekday {weekday} x weekend day); window_peak of its 2023-11-16 hour"
)
FLAT_SOURCE = "assumed: the same rate in every hour; the shape of work that can be moved"


def assumed_shapes(folder: Path) -> list[pd.DataFrame]:
    """Tables of developer, flat and office: shape, hour_of_week, weight, window_peak, source."""
    hours = np.arange(HOURS_PER_DAY * DAYS_PER_WEEK)
    flat = pd.DataFrame({"hour_of_week": hours, "weight": 1.0, "window_peak": 1.0})
    tables = [flat.assign(shape="flat", source=FLAT_SOURCE)]
    for shape, ratios in (("developer", DEVELOPER), ("office", OFFICE)):
        source = SOURCE.format(
            hour=BUSIEST_HOUR,
            service=ratios.service,
            peak=f"{ratios.busy_hour_to_mean:g}",
            weekday=f"{ratios.weekday_to_weekend:g}",
        )
        table = flat.assign(
            weight=week_weights(ratios), window_peak=window_peak(folder / ratios.window_trace)
        )
        tables.append(table.assign(shape=shape, source=source))
    return tables


def week_weights(ratios: Ratios) -> np.ndarray:
    """Week with the stated busy hour and the stated weekend.

    Formula, with bump b[h] between 0 and 1, its mean over the day m, and the weekday's level v over the
    week's mean::

        v       = 7 / (5 + 2 / weekday_to_weekend)
        floor   = (v / busy_hour_to_mean - m) / (1 - m)
        day[h]  = (floor + (1 - floor) * b[h]) / (floor + (1 - floor) * m)

    The day has mean 1 and its busiest hour is ``busy_hour_to_mean / v``; weekdays are v times the day,
    weekend days ``v / weekday_to_weekend`` times the day.

    Returns
    -------
    array of 168 weights with mean 1, hour 0 = Monday 00.
    """
    hours = np.arange(HOURS_PER_DAY)
    bump = (0.5 + 0.5 * np.cos(2 * np.pi * (hours - BUSIEST_HOUR) / HOURS_PER_DAY)) ** ratios.exponent
    weekend_days = DAYS_PER_WEEK - WEEKDAYS
    weekday = DAYS_PER_WEEK / (WEEKDAYS + weekend_days / ratios.weekday_to_weekend)
    floor = (weekday / ratios.busy_hour_to_mean - bump.mean()) / (1 - bump.mean())
    day = floor + (1 - floor) * bump
    day /= day.mean()
    weekend = weekday / ratios.weekday_to_weekend
    levels = [weekday] * WEEKDAYS + [weekend] * weekend_days
    return np.concatenate([level * day for level in levels])


def window_peak(trace: Path) -> float:
    """p95 over the whole ten-minute windows of an hour-long Azure trace, over their mean, at least 1."""
    stamps = pd.to_datetime(pd.read_csv(trace)["TIMESTAMP"])
    elapsed_s = (stamps - stamps.min()).dt.total_seconds()
    whole = int(elapsed_s.max() // WINDOW_S)
    counts = np.bincount((elapsed_s // WINDOW_S).astype(int), minlength=whole)[:whole]
    return max(1.0, float(np.quantile(counts / counts.mean(), WINDOW_QUANTILE)))
