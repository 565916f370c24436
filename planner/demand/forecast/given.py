"""Forecasts that people bring: a range of growth where history is short, or their own quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import NORMAL_P90, Band, Numbers
from planner.demand.forecast.history import EVERYWHERE
from planner.errors import InputError, Problem
from planner.tables import Column, Table

VOLUME, PROMPT, ANSWER = METRICS = (
    "volume_per_day",
    "input_tokens_per_request",
    "output_tokens_per_request",
)
SHOCK_SD_PER_MONTH = 0.10  # reference/demand.md section 5: shocks of 10 % a month per class

QUANTILES = Table(
    "quantiles",
    "forecasts made elsewhere, such as in a planning spreadsheet",
    ("period", "region", "workload", "metric"),
    (
        Column("period", "month", "month or quarter"),
        Column("region", "id", "region", default=EVERYWHERE),
        Column("workload", "id", "workload"),
        Column("metric", "choice", "what is forecast; only the volume is read back", choices=METRICS, default=VOLUME),
        Column("p10", "number", "exceeded nine times of ten", "million tokens or requests per day", low=0),
        Column("p50", "number", "exceeded half the time", "million tokens or requests per day", low=0),
        Column("p90", "number", "exceeded one time of ten", "million tokens or requests per day", low=0),
        Column("source", "text", "where the figures come from", default=None),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class GrowthRange:
    """Growth per month [share]: p10, p50 and p90 of a rate that is not known but holds throughout.

    Raises
    ------
    InputError : not in order, or a month that loses everything
    """

    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        if not -1.0 < self.low <= self.mid <= self.high:
            found = f"{self.low:g}:{self.mid:g}:{self.high:g}"
            raise InputError(
                [Problem("--growth", "", "", found, "LOW:MID:HIGH in order, each above -1", "0.02:0.05:0.1")]
            )


def parse_growth(text: str) -> GrowthRange:
    """``LOW:MID:HIGH`` as a range of growth per month.

    Examples
    --------
    >>> parse_growth("0.02:0.05:0.1")
    GrowthRange(low=0.02, mid=0.05, high=0.1)
    """
    try:
        low, mid, high = (float(part) for part in text.split(":"))
    except ValueError as error:
        expected = "LOW:MID:HIGH growth per month, such as 0.02:0.05:0.1"
        raise InputError([Problem("--growth", "", "", f"'{text}'", expected, "")]) from error
    return GrowthRange(low, mid, high)


def grown(level: Numbers, growth: GrowthRange, months: Numbers) -> Band:
    """Quantiles of a level that grows by a rate known within a range.

    Formula, t months ahead::

        log p50 = level + t ln(1 + mid),   log p90 = log p50 + sqrt((t ln((1 + high) / (1 + mid)))^2 + (1.2816 s)^2 t)

    with s = 10 % a month of shocks; p10 likewise downwards.

    Parameters
    ----------
    level : log volume of the last point, shape (series,)
    months : ahead, shape (points,)
    """
    rates = np.log1p([growth.low, growth.mid, growth.high])
    mid = level[:, None] + rates[1] * months
    noise = (NORMAL_P90 * SHOCK_SD_PER_MONTH) ** 2 * months
    down = np.sqrt(((rates[1] - rates[0]) * months) ** 2 + noise)
    up = np.sqrt(((rates[2] - rates[1]) * months) ** 2 + noise)
    return Band(mid - down, mid, mid + up)


def check_quantiles(table: pd.DataFrame, file: str) -> None:
    """Quantiles in order.

    Raises
    ------
    InputError : with every row that is not
    """
    wrong = table[(table["p10"] > table["p50"]) | (table["p50"] > table["p90"])]
    problems = [
        Problem(file, f"{row.period}, {row.region}, {row.workload}", "p50",
                f"{row.p10:g}, {row.p50:g}, {row.p90:g}", "p10 <= p50 <= p90", "Put them in order.")
        for row in wrong.itertuples()
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
