"""Request lengths of a workload: the buckets of its profile, or one bucket of mean lengths."""

from __future__ import annotations

import pandas as pd

from planner.inputs.checks.serving import WHOLE, bucket_name

COLUMNS = ["workload", "bucket", "share", "mean_in", "mean_cached_in", "mean_out"]


def length_buckets(workloads: pd.DataFrame, profiles: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """Shares and means by workload and bucket.

    Mean lengths are used only where a workload has no length profile: then its demand rows give them, weighted by
    requests (`inputs` has checked that they do).

    Parameters
    ----------
    workloads : workload, length_profile (None where there is none), cached_input_share [share of input]
    profiles : profile, in_hi, out_hi [tokens], share, mean_in, mean_out, mean_cached_in [tokens per request]
    demand : workload, requests_per_day, mean_input_tokens, mean_output_tokens

    Returns
    -------
    workload, bucket, share (adds up to 1 per workload), mean_in, mean_cached_in, mean_out [tokens per request].
    A profile that records no cached tokens takes ``cached_input_share`` of its input instead.
    """
    with_profile = workloads[workloads["length_profile"].notna()]
    fine = with_profile[["workload", "length_profile", "cached_input_share"]].merge(
        profiles.rename(columns={"profile": "length_profile"}), on="length_profile"
    )
    fine = fine[fine["share"] > 0].copy()
    fine["bucket"] = [bucket_name(i, o) for i, o in zip(fine["in_hi"], fine["out_hi"], strict=True)]
    fine["share"] /= fine.groupby("workload")["share"].transform("sum")
    recorded = fine.groupby("workload")["mean_cached_in"].transform("sum") > 0
    fine["mean_cached_in"] = fine["mean_cached_in"].where(
        recorded, fine["mean_in"] * fine["cached_input_share"]
    )

    without = workloads[workloads["length_profile"].isna()]
    coarse = demand.merge(without[["workload", "cached_input_share"]], on="workload")
    coarse = coarse.assign(
        total_in=coarse["requests_per_day"] * coarse["mean_input_tokens"],
        total_out=coarse["requests_per_day"] * coarse["mean_output_tokens"],
    )
    sums = coarse.groupby(["workload", "cached_input_share"], as_index=False)[
        ["requests_per_day", "total_in", "total_out"]
    ].sum()
    sums = sums[sums["requests_per_day"] > 0]
    sums = sums.assign(bucket=WHOLE, share=1.0, mean_in=sums["total_in"] / sums["requests_per_day"])
    sums = sums.assign(mean_out=sums["total_out"] / sums["requests_per_day"])
    sums = sums.assign(mean_cached_in=sums["mean_in"] * sums["cached_input_share"])

    buckets = pd.concat([fine[COLUMNS], sums[COLUMNS]], ignore_index=True)
    return buckets.sort_values(["workload", "bucket"], ignore_index=True)
