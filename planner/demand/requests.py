"""Demand tables: every basis of volume becomes requests per second by bucket, region and node."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.demand.lengths import length_buckets
from planner.demand.peaks import peak_to_mean
from planner.inputs.case import Case
from planner.units import SECONDS_PER_DAY, TOKENS_PER_MTOK


@dataclass(frozen=True)
class DemandTables:
    """What must be served.

    Attributes
    ----------
    buckets : workload, bucket, share, mean_in, mean_cached_in, mean_out [tokens per request]
    requests : workload, bucket, region, node, requests_per_s (at the peak), mean_requests_per_s
    volumes : workload, region, node, requests_per_day, input_mtok_per_day, output_mtok_per_day (logical),
        compute_input_mtok_per_day (after prefix reuse), peak_to_mean
    """

    buckets: pd.DataFrame
    requests: pd.DataFrame
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
    """Requests per second by workload, bucket, region and node, at the peak and on average.

    Work per request counts retries and answers from a response cache::

        served = volume * (1 - response_cache_share) * (1 + failed_work_share * retry_share / (1 - retry_share))

    where ``retry_share / (1 - retry_share)`` is the number of failed attempts per request under unlimited retry.
    """
    workloads, demand = case.frame("workloads"), case.frame("demand")
    buckets = length_buckets(workloads, case.frame("length_profiles"), demand)
    demand["requests_per_day"] = requests_per_day(demand, buckets)
    demand = demand.rename(columns={"period": "node", "peak_to_mean": "own_peak"})
    peaks = peak_to_mean(workloads, case.frame("traffic_shapes"))
    demand["peak_to_mean"] = demand["own_peak"].fillna(demand["workload"].map(peaks)).astype(float)

    attempts = workloads.set_index("workload")
    failed = attempts["retry_share"] / (1.0 - attempts["retry_share"])
    work = (1.0 - attempts["response_cache_share"]) * (1.0 + attempts["failed_work_share"] * failed)
    demand["mean_rate"] = demand["requests_per_day"] / SECONDS_PER_DAY * demand["workload"].map(work)

    keyed = demand[["workload", "region", "node", "requests_per_day", "mean_rate", "peak_to_mean"]]
    fine = keyed.merge(buckets, on="workload")
    fine["mean_requests_per_s"] = fine["mean_rate"] * fine["share"]
    fine["requests_per_s"] = fine["mean_requests_per_s"] * fine["peak_to_mean"]
    key = ["workload", "bucket", "region", "node"]
    requests = fine.loc[fine["requests_per_s"] > 0, [*key, "requests_per_s", "mean_requests_per_s"]]
    return DemandTables(buckets, requests.sort_values(key, ignore_index=True), _volumes(fine))


def _volumes(fine: pd.DataFrame) -> pd.DataFrame:
    """Token volumes per workload, region and node, logical and to be computed."""
    volume = fine["requests_per_day"] * fine["share"] / TOKENS_PER_MTOK
    fine = fine.assign(
        input_mtok_per_day=volume * fine["mean_in"],
        output_mtok_per_day=volume * fine["mean_out"],
        compute_input_mtok_per_day=volume * (fine["mean_in"] - fine["mean_cached_in"]),
    )
    key = ["workload", "region", "node"]
    first = fine.groupby(key, as_index=False)[["requests_per_day", "peak_to_mean"]].first()
    sums = fine.groupby(key, as_index=False)[
        ["input_mtok_per_day", "output_mtok_per_day", "compute_input_mtok_per_day"]
    ].sum()
    return first.merge(sums, on=key)
