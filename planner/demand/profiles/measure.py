"""From the sums of a workload to what is measured of it, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from planner.demand.profiles.fold import merge_small, rounded
from planner.demand.profiles.grid import MEANS, with_edges
from planner.demand.profiles.peaks import (
    BASE_WINDOW_S,
    QUANTILES,
    burst_z,
    dispersion,
    peak_table,
    peak_to_mean,
)
from planner.demand.profiles.shape import HOUR_S, WINDOW_S, holes, hour_shape, local_week_seconds
from planner.demand.profiles.sums import VOLUMES, WorkloadSums
from planner.units import HOURS_PER_DAY, SECONDS_PER_DAY, TOKENS_PER_MTOK

LEAST_REQUESTS = 100  # assumed: fewer requests are no profile
LEAST_PER_WINDOW = (
    30.0  # assumed: below it, chance alone (Poisson) puts the p95 of windows 30 % above the mean
)
WEIGHT_DIGITS, PEAK_DIGITS = 10, 6


@dataclass(frozen=True)
class MeasuredWorkload:
    """What usage says of a workload.

    Attributes
    ----------
    lengths : in_lo, in_hi, out_lo, out_hi, share, mean_in, mean_out, mean_cached_in; None where requests are not told
        one by one
    shape : hour_of_week, weight, window_peak; None where the recording is too short or too coarse
    peaks : window_s, windows, and peak over mean by quantile
    volumes : region, month (YYYY-MM, or '' for a trace without a calendar), days [observed], requests_per_day,
        input_mtok_per_day, compute_input_mtok_per_day, output_mtok_per_day, failed_share
    totals : requests, input_tokens, cached_input_tokens, output_tokens, failed, exact
    burst_z, dispersion_10s : variance over mean of busy slots, of arrivals in ten seconds; NaN where not known
    retry_share, response_cache_share : shares
    sessions : summary, empty without sessions
    reuse : store_tokens, store_blocks, hit_share; None without prefix blocks
    models : language model -> requests
    days : region, period (YYYY-MM-DD) and volumes per day, whole days only; no rows without a calendar
    notes : what is missing and why, what was assumed
    """

    workload: str
    lengths: pd.DataFrame | None
    shape: pd.DataFrame | None
    peaks: pd.DataFrame
    volumes: pd.DataFrame
    totals: dict[str, float]
    burst_z: float
    dispersion_10s: float
    retry_share: float
    response_cache_share: float
    sessions: dict[str, float]
    reuse: pd.DataFrame | None
    models: dict[str, int]
    batch: bool
    requests_known: bool
    days: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    @property
    def cached_share(self) -> float:
        """Cached input over logical input."""
        return (
            self.totals["cached_input_tokens"] / self.totals["input_tokens"]
            if self.totals["input_tokens"]
            else 0.0
        )


def measured_workload(workload: str, sums: WorkloadSums, zone: ZoneInfo) -> MeasuredWorkload:
    """What usage says of a workload."""
    notes: list[str] = []
    windows = _windows(sums, zone)
    attempts = sums.requests + sums.failed
    return MeasuredWorkload(
        workload,
        _lengths(sums, notes),
        _shape(windows, notes),
        _peaks(sums, windows),
        _volumes(sums, windows, zone, notes),
        dict(zip(VOLUMES, (float(one) for one in sums.totals), strict=True)),
        *_bursts(sums, notes),
        retry_share=sums.failed / attempts if attempts else 0.0,
        response_cache_share=sums.answered / sums.requests if sums.requests else 0.0,
        sessions=sums.sessions.summary(),
        reuse=None if sums.reuse is None else sums.reuse.table(),
        models=dict(sums.models.most_common()),
        batch=sums.batch,
        requests_known=not sums.unknown_requests,
        days=_days(sums),
        notes=notes,
    )


def _lengths(sums: WorkloadSums, notes: list[str]) -> pd.DataFrame | None:
    table = sums.buckets.table()
    if sums.buckets.requests < LEAST_REQUESTS:
        if sums.buckets.requests:
            notes.append(
                f"only {sums.buckets.requests:.0f} requests with lengths: no length profile of its own"
            )
        elif sums.span_tokens:
            notes.append("aggregates: no input and output of one request, so no length profile of its own")
        return None
    return with_edges(rounded(merge_small(table[["row", "col", "share", *MEANS]])))


def _windows(sums: WorkloadSums, zone: ZoneInfo) -> pd.DataFrame:
    """Rates by window: t_s [local seconds since a Monday 00, or from the start], start_s, rate_rps, is_gap, span_s."""
    if sums.spans:
        spans = (
            pd.concat(sums.spans, ignore_index=True)
            .groupby("time_s", as_index=False)
            .agg({"span_s": "max", "requests": "sum", "tokens": "sum", "hole": "max"})
        )
        gaps = spans["time_s"].diff().shift(-1)
        span = spans["span_s"].fillna(gaps).fillna(gaps.median() if len(spans) > 1 else SECONDS_PER_DAY)
        count = spans["requests"] if spans["requests"].sum() > 0 else spans["tokens"]
        table = pd.DataFrame({"start_s": spans["time_s"], "rate_rps": count / span, "span_s": span})
        table["is_gap"] = spans["hole"].astype(int)
        table = _merged_windows(table)
    else:
        step = round(WINDOW_S / BASE_WINDOW_S)
        first, counts = sums.starts.dense(step)
        if len(counts) > 2:
            first, counts = first + 1, counts[1:-1]  # the recording may begin or end inside a window
        start = (first + np.arange(len(counts), dtype=float)) * WINDOW_S
        table = pd.DataFrame({"start_s": start, "rate_rps": counts / WINDOW_S, "span_s": WINDOW_S})
        table["is_gap"] = holes(counts).astype(int) if len(counts) else 0
    seconds = np.asarray(table["start_s"], dtype=np.float64)
    table["t_s"] = seconds if sums.elapsed or not len(table) else local_week_seconds(seconds, zone)
    return table


def _merged_windows(table: pd.DataFrame) -> pd.DataFrame:
    """Steps shorter than ten minutes, taken together."""
    if not len(table) or table["span_s"].median() >= WINDOW_S:
        return table
    key = np.floor(table["start_s"] / WINDOW_S) * WINDOW_S
    weighted = table.assign(count=table["rate_rps"] * table["span_s"])
    merged = weighted.groupby(key).agg({"count": "sum", "span_s": "sum", "is_gap": "max"}).reset_index()
    merged["rate_rps"] = merged["count"] / merged["span_s"]
    whole = merged["span_s"] >= 0.5 * WINDOW_S
    return merged[whole].drop(columns="count").assign(span_s=WINDOW_S).reset_index(drop=True)


def _shape(windows: pd.DataFrame, notes: list[str]) -> pd.DataFrame | None:
    span = float(windows["span_s"].median()) if len(windows) else 0.0
    covered_h = (windows["start_s"].max() - windows["start_s"].min() + span) / HOUR_S if len(windows) else 0.0
    if not len(windows) or not windows["rate_rps"].sum():
        notes.append("no times: no traffic shape of its own")
        return None
    if span > HOUR_S:
        notes.append(f"rows of {span / HOUR_S:.0f} hours: no traffic shape of its own")
        return None
    if covered_h < HOURS_PER_DAY:
        notes.append("less than a day recorded: no traffic shape of its own, it needs a day, better a week")
        return None
    masked = int(windows["is_gap"].sum())
    if masked:
        notes.append(f"{masked} windows are holes of the recording and left out of shape and peaks")
    try:
        shape = hour_shape(windows)
    except ValueError as error:
        notes.append(f"{error}: no traffic shape of its own")
        return None
    if windows["t_s"].max() // HOUR_S - windows["t_s"].min() // HOUR_S + 1 < 7 * HOURS_PER_DAY:
        notes.append("less than a week recorded: the shape repeats its day on all seven")
    if span > WINDOW_S:
        notes.append(
            "rows of an hour: the busy ten minutes inside it are not known, window_peak is that of the hours"
        )
    per_window = float(windows.loc[windows["is_gap"] == 0, "rate_rps"].mean()) * WINDOW_S
    if per_window < LEAST_PER_WINDOW:
        notes.append(
            f"only {per_window:.1f} requests per ten minutes: shape and peaks hold chance as well as habit"
        )
    return _rounded_shape(shape)


def _rounded_shape(shape: pd.DataFrame) -> pd.DataFrame:
    """Weights to ten digits, the largest taking up what rounding leaves; peaks to six."""
    table = shape.copy()
    table["weight"] = table["weight"].round(WEIGHT_DIGITS)
    table["window_peak"] = table["window_peak"].round(PEAK_DIGITS)
    largest = table["weight"].idxmax()
    table.loc[largest, "weight"] = round(len(table) - table["weight"].drop(largest).sum(), WEIGHT_DIGITS)
    return table


def _peaks(sums: WorkloadSums, windows: pd.DataFrame) -> pd.DataFrame:
    if not sums.spans:
        return peak_table(sums.starts)
    seen = windows.loc[windows["is_gap"] == 0, "rate_rps"].to_numpy(float)
    ratios = peak_to_mean(seen)
    columns = ["window_s", "windows", *(f"p{100 * q:g}" if q < 1 else "max" for q in QUANTILES)]
    rows = [[float(windows["span_s"].median()), len(seen), *ratios.values()]] if ratios else []
    return pd.DataFrame(rows, columns=columns)


def _bursts(sums: WorkloadSums, notes: list[str]) -> tuple[float, float]:
    _, counts = sums.starts.dense()
    if len(counts) < 60:
        return float("nan"), float("nan")
    if sums.assumed_durations:
        notes.append("durations are not in the log: 30 ms per output token are assumed for the burstiness")
    per_hour = round(HOUR_S / BASE_WINDOW_S)
    return max(1.0, burst_z(sums.starts, sums.ends)), dispersion(counts[1:-1], per_hour)


def _volumes(sums: WorkloadSums, windows: pd.DataFrame, zone: ZoneInfo, notes: list[str]) -> pd.DataFrame:
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


def _days(sums: WorkloadSums) -> pd.DataFrame:
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
