"""The requests of one period, row by row, as levers change them."""

from __future__ import annotations

import pandas as pd

from planner.demand.requests import DemandTables
from planner.units import TOKENS_PER_MTOK

KEY = ["workload", "bucket", "region"]


def work_of(demand: DemandTables, period: str) -> pd.DataFrame:
    """Requests of a period with their lengths.

    Returns
    -------
    workload, bucket, region, requests_per_day, mean_in, mean_cached_in, mean_out [tokens per request]
    """
    volumes = demand.volumes[demand.volumes["node"] == period]
    table = volumes[["workload", "region", "requests_per_day"]].merge(demand.buckets, on="workload")
    table["requests_per_day"] *= table.pop("share")
    columns = [*KEY, "requests_per_day", "mean_in", "mean_cached_in", "mean_out"]
    return table.loc[table["requests_per_day"] > 0, columns].reset_index(drop=True)


def token_totals(work: pd.DataFrame) -> dict[str, float]:
    """Requests [per day] and tokens [million per day]: logical input, compute input (after prefix reuse), output."""
    requests = work["requests_per_day"]
    per_mtok = requests / TOKENS_PER_MTOK
    return {
        "requests_per_day": float(requests.sum()),
        "input_mtok_per_day": float((per_mtok * work["mean_in"]).sum()),
        "compute_input_mtok_per_day": float((per_mtok * (work["mean_in"] - work["mean_cached_in"])).sum()),
        "output_mtok_per_day": float((per_mtok * work["mean_out"]).sum()),
    }


def buckets_of(work: pd.DataFrame) -> pd.DataFrame:
    """Length buckets of every workload: workload, bucket, share, mean_in, mean_cached_in, mean_out."""
    sums = work.groupby(["workload", "bucket"], as_index=False).agg(
        requests_per_day=("requests_per_day", "sum"),
        mean_in=("mean_in", "first"),
        mean_cached_in=("mean_cached_in", "first"),
        mean_out=("mean_out", "first"),
    )
    sums["share"] = sums["requests_per_day"] / sums.groupby("workload")["requests_per_day"].transform("sum")
    return sums[["workload", "bucket", "share", "mean_in", "mean_cached_in", "mean_out"]]
