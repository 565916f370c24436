"""A history of demand: the declared table, its grain, and one series per workload and region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.forecast.drift import Grain, Numbers
from planner.errors import InputError, Problem
from planner.tables import Column, Table
from planner.units import DAYS_PER_MONTH, TOKENS_PER_MTOK

EVERYWHERE = "all"
Dates = npt.NDArray[np.datetime64]
MONTHLY = Grain("month", DAYS_PER_MONTH, 1, 12)
MONTHLY_SEASONAL = Grain("month", DAYS_PER_MONTH, 12, 12)
WEEKLY = Grain("week", 7.0, 1, 12)
DAILY = Grain("day", 1.0, 7, 90)
SEASONAL_MONTHS = 36  # assumed: a yearly season needs three of them to be told from growth
MOST_HOLES = 0.25  # assumed: of the points of a series; more is no history

_VOLUME = "million tokens per day"
HISTORY = Table(
    "history",
    "past volume by day, week or month; a case's demand.csv with more months will do",
    ("period", "region", "workload", "llm"),
    (
        Column("period", "text", "month such as 2026-07, or day such as 2026-07-31 (of a week: its first)"),
        Column("region", "id", "region the requests come from", default=EVERYWHERE),
        Column("workload", "id", "workload or class of work"),
        Column("llm", "id", "language model; its share is forecast apart", default=""),
        Column("input_mtok_per_day", "number", "logical input, cached included", _VOLUME, low=0, default=None),
        Column("output_mtok_per_day", "number", "output, reasoning included", _VOLUME, low=0, default=None),
        Column("requests_per_day", "number", "requests", "requests per day", low=0, default=None),
        Column("mean_input_tokens", "number", "in place of input_mtok_per_day", "tokens per request", above=0,
               default=None),
        Column("mean_output_tokens", "number", "in place of output_mtok_per_day", "tokens per request", above=0,
               default=None),
        Column("sessions_per_day", "number", "with steps_per_session, in place of requests_per_day", "sessions per day",
               low=0, default=None),
        Column("steps_per_session", "number", "model calls per session", "calls", above=0, default=None),
        Column("peak_to_mean", "number", "not used", "ratio", low=1, default=None),
        Column("source", "text", "where the figures come from", default=None),
        Column("note", "text", "free text", default=None),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class History:
    """Series on one time axis.

    Attributes
    ----------
    grain : of the points
    dates : of the points, days (first of the month in a monthly history), shape (points,)
    keys : region, workload; one row per series
    volume : million tokens per day, or requests per day where ``unit`` says so, NaN in holes; (series, points)
    input_length, output_length : tokens per request, NaN where not known; (series, points)
    input_share : input tokens of all tokens, NaN where not known; (series, points)
    unit : "tokens" or "requests"
    model_volume : region, workload, llm, date, volume: as given, for shares
    """

    grain: Grain
    dates: Dates
    keys: pd.DataFrame
    volume: Numbers
    input_length: Numbers
    output_length: Numbers
    input_share: Numbers
    unit: str
    model_volume: pd.DataFrame


def history_of(rows: pd.DataFrame, file: str) -> History:
    """Series of a table of `HISTORY`; blanks and dates that are missing become holes.

    Raises
    ------
    InputError : dates that are none, dates of different grains, no volume
    """
    dated = rows.assign(date=_dates(rows["period"], file))
    monthly = rows["period"].str.fullmatch(r"\d{4}-\d{2}").to_numpy()
    if monthly.any() and not monthly.all():
        raise _error(file, "months and days", "one of the two", "Give one grain per file.")
    sessions = dated["sessions_per_day"] * dated["steps_per_session"]
    requests = dated["requests_per_day"] = dated["requests_per_day"].fillna(sessions)
    dated["into"] = dated["input_mtok_per_day"].fillna(
        requests * dated["mean_input_tokens"] / TOKENS_PER_MTOK
    )
    dated["out"] = dated["output_mtok_per_day"].fillna(
        requests * dated["mean_output_tokens"] / TOKENS_PER_MTOK
    )
    tokens = dated["into"].notna() & dated["out"].notna()
    unit = "tokens" if tokens.any() else "requests"
    dated["volume"] = (dated["into"] + dated["out"]) if unit == "tokens" else requests
    if dated["volume"].notna().sum() == 0:
        expected = "input_mtok_per_day and output_mtok_per_day, or requests_per_day"
        raise _error(file, "no volume", expected, "Fill the columns.")
    dates, grain = _axis(dated["date"].to_numpy(), bool(monthly.all()), file)
    keys = dated[["region", "workload"]].drop_duplicates().sort_values(["region", "workload"])
    keys = keys.reset_index(drop=True)

    def series(name: str) -> Numbers:
        wide = dated.pivot_table(
            index=["region", "workload"],
            columns="date",
            values=name,
            aggfunc=lambda part: part.sum(skipna=False),
            dropna=False,
        )
        wide = wide.reindex(index=pd.MultiIndex.from_frame(keys), columns=dates)
        return wide.to_numpy(dtype=float)

    with np.errstate(divide="ignore", invalid="ignore"):
        count, into, out = (series(name) for name in ("requests_per_day", "into", "out"))
        lengths = [np.where(count > 0, tokens * TOKENS_PER_MTOK / count, np.nan) for tokens in (into, out)]
        share = np.where(into + out > 0, into / (into + out), np.nan)
    shares = dated[["region", "workload", "llm", "date", "volume"]]
    return History(grain, dates, keys, series("volume"), lengths[0], lengths[1], share, unit, shares)


def _dates(periods: pd.Series[str], file: str) -> pd.Series[pd.Timestamp]:
    dates = pd.to_datetime(periods, format="ISO8601", errors="coerce")
    shaped = periods.str.fullmatch(r"\d{4}-\d{2}(-\d{2})?")
    wrong = periods[dates.isna() | ~shaped]
    if len(wrong):
        found = ", ".join(f"'{text}'" for text in wrong.unique()[:5])
        raise _error(file, found, "a month such as 2026-07 or a day such as 2026-07-31", "", "period")
    return dates


def _axis(found: Dates, monthly: bool, file: str) -> tuple[Dates, Grain]:
    """All dates from the first to the last, and their grain."""
    days = np.unique(found.astype("datetime64[D]"))
    if monthly:
        months = np.arange(days[0].astype("datetime64[M]"), days[-1].astype("datetime64[M]") + 1)
        grain = MONTHLY_SEASONAL if len(months) >= SEASONAL_MONTHS else MONTHLY
        return months.astype("datetime64[D]"), grain
    gaps = np.diff(days).astype(int)
    if len(gaps) and np.all(gaps % 7 == 0):
        return np.arange(days[0], days[-1] + 1, np.timedelta64(7, "D")), WEEKLY
    if len(gaps) and int(np.median(gaps)) > 1:
        text = f"dates {int(np.median(gaps))} days apart"
        raise _error(file, text, "every day, every seventh day, or months", "Sum the rows up by month.")
    return np.arange(days[0], days[-1] + 1), DAILY


def without_holes(volume: Numbers) -> tuple[Numbers, int, str]:
    """Logs of one series from its first positive point on, holes bridged on the straight line between logs.

    Zeros after the first volume are holes too: a log of zero is none, and recording gaps read as zero.

    Returns
    -------
    logs (points,), number of bridged holes, and what is wrong ("" when nothing is)
    """
    known = np.flatnonzero(np.nan_to_num(volume) > 0)
    if not len(known):
        return np.array([]), 0, "no volume above zero"
    if known[-1] != len(volume) - 1:
        return np.array([]), 0, f"no volume in the last {len(volume) - 1 - known[-1]} points"
    span = np.arange(known[0], len(volume))
    holes = len(span) - len(known)
    if holes > MOST_HOLES * len(span):
        return np.array([]), holes, f"{holes} holes in {len(span)} points"
    return np.interp(span, known, np.log(volume[known])), holes, ""


def _error(file: str, found: str, expected: str, mend: str, field: str = "") -> InputError:
    return InputError([Problem(file, "", field, found, expected, mend)])
