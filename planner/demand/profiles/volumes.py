"""Volumes of a workload: per day by region and month over the time that was recorded, and whole days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from planner.demand.profiles.shape import HOUR_S
from planner.demand.profiles.sums import VOLUMES, WorkloadSums
from planner.units import SECONDS_PER_DAY, TOKENS_PER_MTOK


def volumes_of(sums: WorkloadSums, windows: pd.DataFrame, zone: ZoneInfo, notes: list[str]) -> pd.DataFrame:
    """Volumes per day by region and month, over the days that were observed."""
    rows = [(region, day, *values) for (region, day), values in sorted(sums.days.items())]
    table = pd.DataFrame(rows, columns=["region", "day", *VOLUMES])
    dated = not sums.elapsed and sums.timeless < sums.requests + sums.failed and np.isfinite(sums.first_s)
    dates = pd.DatetimeIndex(np.asarray(table["day"], dtype="datetime64[D]"))
    table["month"] = dates.strftime("%Y-%m") if dated else ""
    observed = _observed_days(sums, windows, dated, zone, notes)
    sumd = table.groupby(["region", "month"], as_index=False)[VOLUMES].sum()
    days = sumd["month"].map(observed).to_numpy(float)
    attempts = sumd["requests"] + sumd["failed"]
    return pd.DataFrame(
        {
            "region": sumd["region"],
            "month": sumd["month"],
            "days": days,
            "requests_per_day": sumd["requests"] / days,
            "input_mtok_per_day": sumd["input_tokens"] / days / TOKENS_PER_MTOK,
            "compute_input_mtok_per_day": (sumd["input_tokens"] - sumd["cached_input_tokens"])
            / days
            / TOKENS_PER_MTOK,
            "output_mtok_per_day": sumd["output_tokens"] / days / TOKENS_PER_MTOK,
            "failed_share": sumd["failed"] / attempts.where(attempts > 0),
        }
    )


def days_of(sums: WorkloadSums) -> pd.DataFrame:
    """Volumes of whole days: the first and the last may have been recorded in part."""
    rows = [(region, day, *values) for (region, day), values in sorted(sums.days.items())]
    table = pd.DataFrame(rows, columns=["region", "day", *VOLUMES])
    if sums.elapsed or not np.isfinite(sums.first_s):
        table = table.iloc[:0]
    table = table[(table["day"] > table["day"].min()) & (table["day"] < table["day"].max())]
    return pd.DataFrame(
        {
            "region": table["region"],
            "period": pd.DatetimeIndex(np.asarray(table["day"], dtype="datetime64[D]")).strftime("%Y-%m-%d"),
            "requests_per_day": np.nan if sums.unknown_requests else table["requests"],
            "input_mtok_per_day": table["input_tokens"] / TOKENS_PER_MTOK,
            "output_mtok_per_day": table["output_tokens"] / TOKENS_PER_MTOK,
        }
    ).reset_index(drop=True)


def _observed_days(
    sums: WorkloadSums, windows: pd.DataFrame, dated: bool, zone: ZoneInfo, notes: list[str]
) -> dict[str, float]:
    """Days of each month that were recorded, holes left out."""
    if not np.isfinite(sums.first_s):
        notes.append("no times: all requests are taken to be those of one day")
        return {"": 1.0}
    seconds = sums.last_s - sums.first_s
    if seconds < SECONDS_PER_DAY:
        notes.append(f"{seconds / HOUR_S:.1f} hours recorded: a whole day is taken to be like them")
    gap_s = float((windows["is_gap"] * windows["span_s"]).sum()) if len(windows) else 0.0
    if not dated:
        return {"": max(seconds - gap_s, 1.0) / SECONDS_PER_DAY}
    edges = pd.to_datetime(
        [sums.first_s, max(sums.last_s, sums.first_s + 1.0)], unit="s", utc=True
    ).tz_convert(zone)
    months = pd.period_range(edges[0].tz_localize(None), edges[1].tz_localize(None), freq="M")
    found = {}
    for month in months:
        start = month.start_time.tz_localize(zone, ambiguous=False, nonexistent="shift_forward").timestamp()
        end = (
            (month + 1).start_time.tz_localize(zone, ambiguous=False, nonexistent="shift_forward").timestamp()
        )
        inside = windows[(windows["start_s"] >= start) & (windows["start_s"] < end)]
        hole = float((inside["is_gap"] * inside["span_s"]).sum())
        covered = min(end, sums.last_s) - max(start, sums.first_s) - hole
        found[str(month)] = max(covered, 1.0) / SECONDS_PER_DAY
    return found
