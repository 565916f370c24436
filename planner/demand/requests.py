"""Demand tables: every basis of volume becomes requests per second by bucket, region and node."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.demand.lengths import length_buckets
from planner.demand.peaks import slice_loads, slice_table
from planner.inputs.case import Case
from planner.units import SECONDS_PER_DAY, TOKENS_PER_MTOK


@dataclass(frozen=True)
class DemandTables:
    """What must be served.

    Attributes
    ----------
    buckets : workload, bucket, share, mean_in, mean_cached_in, mean_out [tokens per request]
    requests : workload, bucket, region, node, slice, requests_per_s (at the peak), mean_requests_per_s
    slices : slice, days, from_hour, to_hour, share (of the week)
    volumes : workload, region, node, requests_per_day, input_mtok_per_day, output_mtok_per_day (logical),
        compute_input_mtok_per_day (after prefix reuse), peak_to_mean
    """

    buckets: pd.DataFrame
    requests: pd.DataFrame
    slices: pd.DataFrame
    volumes: pd.DataFrame


def requests_per_day(demand: pd.DataFrame, buckets: pd.DataFrame) -> pd.Series[float]:
    """Requests per day of each demand row, from whichever basis it gives.

    A (tokens): input / mean input of the profile, or output / mean output where there is no input;
    B: as given; C: sessions * steps. `inputs` has checked that each row has exactly one basis and that the two
    token totals agree with the profile.
    """
    weighted = buckets.assign(
        mean_in=buckets["mean_in"] * buckets["share"], mean_out=buckets["mean_out"] * buckets["share"]
    )
    means = weighted.groupby("workload")[["mean_in", "mean_out"]].sum().reindex(demand["workload"])
    by_input = demand["input_mtok_per_day"] * TOKENS_PER_MTOK / means["mean_in"].to_numpy()
    by_output = demand["output_mtok_per_day"] * TOKENS_PER_MTOK / means["mean_out"].to_numpy()
    by_tokens = by_input.where(demand["input_mtok_per_day"] > 0, by_output)
    by_sessions = demand["sessions_per_day"] * demand["steps_per_session"]
    return demand["requests_per_day"].fillna(by_tokens).fillna(by_sessions)


def demand_tables(case: Case) -> DemandTables:
    """Requests per second by workload, bucket, region, node and slice, at the peak and on average.

    Work per request counts retries and answers from a response cache::

        served = volume * (1 - response_cache_share) * (1 + failed_work_share * retry_share / (1 - retry_share))

    where ``retry_share / (1 - retry_share)`` is the number of failed attempts per request under unlimited retry.
    """
    workloads, demand = case.frame("workloads"), case.frame("demand")
    buckets = length_buckets(workloads, case.frame("length_profiles"), demand)
    demand["requests_per_day"] = requests_per_day(demand, buckets)
    demand = demand.rename(columns={"period": "node", "peak_to_mean": "own_peak"})
    slices = slice_table(case.frame("slices"))
    loads = slice_loads(workloads, case.frame("traffic_shapes"), slices, _time_shifts(case, demand))

    attempts = workloads.set_index("workload")
    failed = attempts["retry_share"] / (1.0 - attempts["retry_share"])
    work = (1.0 - attempts["response_cache_share"]) * (1.0 + attempts["failed_work_share"] * failed)
    demand["mean_rate"] = demand["requests_per_day"] / SECONDS_PER_DAY * demand["workload"].map(work)

    keyed = demand[["workload", "region", "node", "requests_per_day", "mean_rate", "own_peak"]]
    sized = keyed.merge(loads, on=["workload", "region"])
    # A row's own peak stands for that of the week; slices keep their distance to it.
    own = sized["own_peak"].astype(float) / sized["week_peak"]
    sized["peak_ratio"] *= own.fillna(1.0)
    sized["peak_ratio"] = sized["peak_ratio"].where(
        sized["peak_ratio"] > sized["mean_ratio"], sized["mean_ratio"]
    )
    fine = sized.merge(buckets, on="workload")
    fine["mean_requests_per_s"] = fine["mean_rate"] * fine["mean_ratio"] * fine["share"]
    fine["requests_per_s"] = fine["mean_rate"] * fine["peak_ratio"] * fine["share"]
    key = ["workload", "bucket", "region", "node", "slice"]
    requests = fine.loc[fine["requests_per_s"] > 0, [*key, "requests_per_s", "mean_requests_per_s"]]
    return DemandTables(
        buckets, requests.sort_values(key, ignore_index=True), slices, _volumes(keyed, sized, buckets)
    )


def _time_shifts(case: Case, demand: pd.DataFrame) -> dict[str, int]:
    """Hours by which each region's local time is ahead of the reference time."""
    own = case.frame("regions").set_index("region")["utc_offset_hours"]
    home = case.settings.utc_offset_hours
    return {region: int(own.get(region, home)) - home for region in sorted(set(demand["region"]))}


def _volumes(keyed: pd.DataFrame, sized: pd.DataFrame, buckets: pd.DataFrame) -> pd.DataFrame:
    """Token volumes per workload, region and node, logical and to be computed."""
    key = ["workload", "region", "node"]
    peaks = sized.groupby(key, as_index=False)[["peak_ratio"]].max()
    fine = keyed.merge(buckets, on="workload")
    volume = fine["requests_per_day"] * fine["share"] / TOKENS_PER_MTOK
    fine = fine.assign(
        input_mtok_per_day=volume * fine["mean_in"],
        output_mtok_per_day=volume * fine["mean_out"],
        compute_input_mtok_per_day=volume * (fine["mean_in"] - fine["mean_cached_in"]),
    )
    sums = fine.groupby(key, as_index=False)[
        ["input_mtok_per_day", "output_mtok_per_day", "compute_input_mtok_per_day"]
    ].sum()
    first = keyed[[*key, "requests_per_day"]].merge(
        peaks.rename(columns={"peak_ratio": "peak_to_mean"}), on=key
    )
    return first.merge(sums, on=key)
