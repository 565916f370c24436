"""What a fan and its events are made of: declared tables, and figures for who has none.

Growth that is not known but persists, and shocks that add up (reference/demand.md section 5): s_g of 3 points a month,
s of 10 % a month per class, correlation 0.6 across classes; double both for a single model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import NORMAL_P90
from planner.demand.forecast.given import VOLUME
from planner.demand.forecast.history import EVERYWHERE
from planner.errors import InputError, Problem
from planner.tables import Column, Table

GROWTH_SD_PER_MONTH = 0.03  # reference/demand.md section 5
SHOCK_SD_PER_MONTH = 0.10  # reference/demand.md section 5
CLASS_CORRELATION = 0.6  # reference/demand.md section 5
REGION_CORRELATION = 0.8  # assumed: regions of one workload move together more than workloads do

_MARKET = ("price", "supply", "permit", "lead_time")
WHATS = ("demand", *_MARKET)

FAN = Table(
    "fan",
    "how uncertain demand is, by workload and region",
    ("workload", "region"),
    (
        Column("workload", "id", "workload; *: every other", wildcard=True),
        Column("region", "id", "region; *: every other", default="*", wildcard=True),
        Column("growth_sd_per_month", "number", "spread of a growth that persists", "log per month", low=0, high=1,
               default=GROWTH_SD_PER_MONTH),
        Column("shock_sd_per_month", "number", "spread of shocks that add up", "log per month", low=0, high=3,
               default=SHOCK_SD_PER_MONTH),
        Column("source", "text", "where the figures come from", default=None),
    ),
)  # fmt: skip

EVENTS = Table(
    "events",
    "jumps of demand and shocks of supply; rows of one event happen together",
    ("event", "part"),
    (
        Column("event", "id", "event"),
        Column("part", "id", "which of its effects, where it has several", default="all"),
        Column("probability", "share", "that it begins within the span; given that the other did, where it needs one"),
        Column("needs", "id", "event without which it does not happen; it then begins no earlier", default=None),
        Column("earliest", "month", "first period it may begin; blank: the first after the start", default=None),
        Column("latest", "month", "last period it may begin; blank: the last of the horizon", default=None),
        Column("lasts_months", "number", "how long; blank: to the end", "months", above=0, high=1200, default=None),
        Column("what", "choice", "what it changes", choices=WHATS),
        Column("service_class", "id", "demand: workloads of this class; blank: all", default=None),
        Column("workload", "id", "demand: this workload; blank: all", default=None),
        Column("region", "id", "demand: this region; blank: all", default=None),
        Column("limit", "id", "supply: this quota; blank: all", default=None),
        Column("offer", "id", "price, permit, lead_time: this offer; blank: all", default=None),
        Column("accelerator", "id", "likewise: this card", default=None),
        Column("vendor", "id", "likewise: this maker", default=None),
        Column("origin", "choice", "likewise: this origin", choices=("domestic", "imported"), default=None),
        Column("factor", "number", "multiplies requests, price or quota; permit: 0", "ratio", low=0, high=1000,
               default=None),
        Column("factor_sd", "number", "demand: spread of the factor", "log", low=0, high=3, default=0.0),
        Column("months", "number", "lead_time: how much later deliveries come", "months", low=0, high=120,
               default=None),
        Column("ramp_months", "number", "demand: until the whole factor holds", "months", low=0, high=120, default=0.0),
        Column("source", "text", "where the figures come from", default=None),
        Column("note", "text", "free text", default=None),
    ),
)  # fmt: skip

_NAMES = ("event", "probability", "needs", "what", "service_class", "origin", "factor", "months", "lasts_months",
          "ramp_months", "factor_sd", "source")  # fmt: skip
_TENANT = "size: top client of ServeGen m-small, 30 % (16-52 %; reference/demand.md section 1.2); probability assumed"
_ROWS = (
    ("launch", 0.30, None, "demand", "chat", None, 1.3, None, None, 3.0, 0.1, "assumed"),
    ("top-tenant-leaves", 0.10, None, "demand", None, None, 0.7, None, None, 0.0, 0.0, _TENANT),
    ("top-tenant-doubles", 0.10, None, "demand", None, None, 1.3, None, None, 3.0, 0.0, _TENANT),
    ("agents-out-of-fashion", 0.15, None, "demand", "agent", None, 0.5, None, None, 6.0, 0.2, "assumed"),
    ("price-cut", 0.30, None, "demand", None, None, 1.4, None, None, 3.0, 0.2,
     "assumed; the price cut of May 2024 was followed by a rise of 73 % a month (section 3.10)"),
    ("context-x4", 0.20, None, "demand", None, None, 1.3, None, None, 6.0, 0.1,
     "assumed: a tenth of the requests fill a window four times as long: 0.9 + 0.1 * 4"),
    ("import-ban", 0.15, None, "permit", None, "imported", 0.0, None, None, 0.0, 0.0, "assumed"),
    ("quota-cut", 0.50, "import-ban", "supply", None, None, 0.5, None, 12.0, 0.0, 0.0,
     "assumed: half the time a ban sends everybody to the same quotas"),
    ("late-delivery", 0.25, None, "lead_time", None, None, None, 3.0, 6.0, 0.0, 0.0, "assumed: a quarter late"),
)  # fmt: skip


def default_events() -> pd.DataFrame:
    """Rows of `EVENTS` for a case that brings none; every probability is assumed."""
    given = pd.DataFrame(list(_ROWS), columns=list(_NAMES))
    return event_rows(given)


def event_rows(given: pd.DataFrame) -> pd.DataFrame:
    """Rows of `EVENTS` with every declared column, blanks filled with declared defaults."""
    table = pd.DataFrame(index=given.index)
    for column in EVENTS.columns:
        if column.name in given.columns:
            table[column.name] = given[column.name]
        else:
            blank = None if column.required else column.default
            table[column.name] = pd.Series([blank] * len(given), index=given.index, dtype=object)
        if column.kind in ("number", "share"):
            table[column.name] = table[column.name].astype(float)
        else:
            table[column.name] = table[column.name].astype(object).where(table[column.name].notna(), None)
    return table.reset_index(drop=True)


@dataclass(frozen=True)
class Spread:
    """Uncertainty of one series: growth and shocks, logs per month."""

    growth_sd: float
    shock_sd: float


def spreads_of(series: pd.DataFrame, fan: pd.DataFrame | None) -> list[Spread]:
    """Spread of every series (workload, region): its own row of the fan, else the row of its workload, else ``*``.

    Where regions move together (region "") the rows of a workload's regions count by their mean.
    """
    usual = Spread(GROWTH_SD_PER_MONTH, SHOCK_SD_PER_MONTH)
    if fan is None:
        return [usual] * len(series)
    figures = fan[["growth_sd_per_month", "shock_sd_per_month"]].to_numpy(dtype=float)
    work, place = fan["workload"].to_numpy(dtype=str), fan["region"].to_numpy(dtype=str)
    found = []
    for workload, region in zip(series["workload"], series["region"], strict=True):
        tries = [(workload, region), (workload, "*"), ("*", region), ("*", "*")]
        rows = [(work == one) & (place == where) for one, where in tries]
        if region == "":
            rows.insert(0, (work == workload) & (place != "*"))
        hit = next((row for row in rows if row.any()), None)
        found.append(usual if hit is None else Spread(*(float(mean) for mean in figures[hit].mean(axis=0))))
    return found


def fan_of_quantiles(quantiles: pd.DataFrame) -> pd.DataFrame:
    """Rows of `FAN` that spread as given quantiles do.

    Formula: the variance of the log, ``(ln(p90 / p10) / (2 * 1.2816))^2``, t months ahead is ``(s_g t)^2 + s^2 t``;
    least squares over the months, neither part below zero.

    Parameters
    ----------
    quantiles : rows of `QUANTILES`; those of the volume count

    Raises
    ------
    InputError : a p10 of zero, which has no logarithm
    """
    rows = quantiles[quantiles["metric"] == VOLUME]
    zero = rows[rows["p10"] <= 0]
    if len(zero):
        where = ", ".join(str(zero[name].iloc[0]) for name in ("period", "region", "workload"))
        raise InputError([Problem("quantiles", where, "p10", "0", "a volume above 0", "Write a little.")])
    found = []
    for (workload, region), mine in rows.groupby(["workload", "region"]):
        ordered = mine.sort_values("period")
        months = np.arange(1, len(ordered) + 1, dtype=float)
        width = np.log(ordered["p90"].to_numpy(float) / ordered["p10"].to_numpy(float)) / (2 * NORMAL_P90)
        growth, shock = _two_parts(months, width**2)
        found.append((workload, "*" if region == EVERYWHERE else region, growth, shock, "quantiles"))
    return pd.DataFrame(found, columns=list(FAN.names))


def _two_parts(months: np.ndarray, variance: np.ndarray) -> tuple[float, float]:
    """Least squares of variance on months squared and months, in parts of the variance so that early months count."""
    design = np.stack([months**2, months], axis=1) / np.maximum(variance, 1e-12)[:, None]
    both = np.linalg.lstsq(design, np.ones(len(months)), rcond=None)[0]
    if (both < 0).any() or len(months) < 2:
        alone = [max(float(part @ np.ones(len(months)) / (part @ part)), 0.0) for part in design.T]
        errors = [float(np.sum((part * size - 1.0) ** 2)) for part, size in zip(design.T, alone, strict=True)]
        both = np.array([alone[0], 0.0] if errors[0] < errors[1] else [0.0, alone[1]])
    return float(np.sqrt(both[0])), float(np.sqrt(both[1]))
