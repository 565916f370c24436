"""Traffic of a workload: rates by window, the shape of its week, peaks and bursts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from planner.demand.profiles.peaks import (
    BASE_WINDOW_S,
    QUANTILES,
    burst_z,
    dispersion,
    peak_table,
    peak_to_mean,
)
from planner.demand.profiles.shape import HOUR_S, WINDOW_S, holes, hour_shape, local_week_seconds
from planner.demand.profiles.sums import WorkloadSums
from planner.units import HOURS_PER_DAY, SECONDS_PER_DAY

LEAST_PER_WINDOW = (
    30.0  # assumed: below it, chance alone (Poisson) puts the p95 of windows 30 % above the mean
)
WEIGHT_DIGITS, PEAK_DIGITS = 10, 6


def windows_of(sums: WorkloadSums, zone: ZoneInfo) -> pd.DataFrame:
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


def shape_of(windows: pd.DataFrame, notes: list[str]) -> pd.DataFrame | None:
    """The 168 hours of the week (`hour_shape`), None where the recording is too short or too coarse; notes say why."""
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


def peaks_of(sums: WorkloadSums, windows: pd.DataFrame) -> pd.DataFrame:
    """Peak over mean by window and quantile (`peak_table`); of spans of time by their own length, holes left out."""
    if not sums.spans:
        return peak_table(sums.starts)
    seen = windows.loc[windows["is_gap"] == 0, "rate_rps"].to_numpy(float)
    ratios = peak_to_mean(seen)
    columns = ["window_s", "windows", *(f"p{100 * q:g}" if q < 1 else "max" for q in QUANTILES)]
    rows = [[float(windows["span_s"].median()), len(seen), *ratios.values()]] if ratios else []
    return pd.DataFrame(rows, columns=columns)


def bursts_of(sums: WorkloadSums, notes: list[str]) -> tuple[float, float]:
    """Variance over mean of busy slots (at least 1) and of arrivals in ten seconds; NaN under ten minutes of them."""
    _, counts = sums.starts.dense()
    if len(counts) < 60:
        return float("nan"), float("nan")
    if sums.assumed_durations:
        notes.append("durations are not in the log: 30 ms per output token are assumed for the burstiness")
    per_hour = round(HOUR_S / BASE_WINDOW_S)
    return max(1.0, burst_z(sums.starts, sums.ends)), dispersion(counts[1:-1], per_hour)
