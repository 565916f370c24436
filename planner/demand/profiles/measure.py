"""From the sums of a workload to what is measured of it, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pandas as pd

from planner.demand.profiles.fold import merge_small, rounded
from planner.demand.profiles.grid import MEANS, with_edges
from planner.demand.profiles.sums import VOLUMES, WorkloadSums
from planner.demand.profiles.traffic import bursts_of, peaks_of, shape_of, windows_of
from planner.demand.profiles.volumes import days_of, volumes_of

LEAST_REQUESTS = 100  # assumed: fewer requests are no profile


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
    windows = windows_of(sums, zone)
    attempts = sums.requests + sums.failed
    return MeasuredWorkload(
        workload,
        _lengths(sums, notes),
        shape_of(windows, notes),
        peaks_of(sums, windows),
        volumes_of(sums, windows, zone, notes),
        dict(zip(VOLUMES, (float(one) for one in sums.totals), strict=True)),
        *bursts_of(sums, notes),
        retry_share=sums.failed / attempts if attempts else 0.0,
        response_cache_share=sums.answered / sums.requests if sums.requests else 0.0,
        sessions=sums.sessions.summary(),
        reuse=None if sums.reuse is None else sums.reuse.table(),
        models=dict(sums.models.most_common()),
        batch=sums.batch,
        requests_known=not sums.unknown_requests,
        days=days_of(sums),
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
