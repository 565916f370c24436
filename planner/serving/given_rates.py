"""Rates that the case gives: they replace the model for their workload and card entirely.

A row for a workload comes before one for ``*``, and one for a bucket before one for ``*``; per workload, bucket,
card and layout name the most specific row holds. The same rate holds at any network time: whoever gives it has
taken the promise into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.errors import InputError, Problem
from planner.inputs.nearest import listing, nearest_mend
from planner.tables import ANY

if TYPE_CHECKING:
    import pandas as pd

KEY = ["workload", "bucket", "accelerator", "layout"]
FILE = "serving.csv"


def given_rates(serving: pd.DataFrame, buckets: pd.DataFrame, llm_of: dict[str, str]) -> pd.DataFrame:
    """Given rates of every workload and bucket.

    Parameters
    ----------
    serving : the case's ``serving`` table
    buckets : workload, bucket of the case's demand
    llm_of : llm of every workload

    Returns
    -------
    DataFrame
        workload, bucket, accelerator, layout (id: llm/accelerator/name, and /xN for N cards), llm,
        cards_per_replica, requests_per_s (0: cannot); sorted by key.

    Raises
    ------
    InputError
        A row names a bucket that its workload (or any, for ``*``) does not have.
    """
    check_buckets(serving, buckets)
    rows = serving.assign(
        _row=range(len(serving)),
        _general=2.0 * (serving["workload"] == ANY) + 1.0 * (serving["bucket"] == ANY),
    )
    pairs = buckets[["workload", "bucket"]].drop_duplicates()
    spread = rows.rename(columns={"workload": "_workload", "bucket": "_bucket"}).merge(pairs, how="cross")
    same_workload = spread["_workload"].isin([ANY]) | (spread["_workload"] == spread["workload"])
    same_bucket = spread["_bucket"].isin([ANY]) | (spread["_bucket"] == spread["bucket"])
    spread = spread[same_workload & same_bucket].sort_values([*KEY, "_general", "_row"])
    spread = spread.drop_duplicates(KEY).reset_index(drop=True)
    spread["llm"] = spread["workload"].map(llm_of).astype(object)
    cards = spread["cards_per_replica"].astype(int)
    suffix = ["" if n == 1 else f"/x{n}" for n in cards]
    spread["layout"] = spread["llm"] + "/" + spread["accelerator"] + "/" + spread["layout"] + suffix
    spread["cards_per_replica"] = cards
    return spread[[*KEY, "llm", "cards_per_replica", "requests_per_s"]]


def given_pairs(serving: pd.DataFrame, workloads: Sequence[str]) -> set[tuple[str, str]]:
    """Pairs (workload, accelerator) for which the case gives rates, so that the model does not speak."""
    pairs = zip(serving["workload"], serving["accelerator"], strict=True)
    return {
        (each, str(card)) for name, card in pairs for each in (workloads if name == ANY else (str(name),))
    }


def check_buckets(serving: pd.DataFrame, buckets: pd.DataFrame) -> None:
    """Raise InputError with every row whose bucket does not exist, and the nearest that does."""
    problems = []
    for row in serving.itertuples(index=False):
        mine = buckets if row.workload == ANY else buckets[buckets["workload"] == row.workload]
        known = [str(name) for name in dict.fromkeys(mine["bucket"])]
        if row.bucket == ANY or row.bucket in known:
            continue
        problems.append(
            Problem(
                file=FILE,
                where=f"key {row.workload}, {row.bucket}, {row.accelerator}, {row.layout}",
                field="bucket",
                found=f"'{row.bucket}' is no length bucket of workload '{row.workload}'",
                expected="a bucket as `capplan serving` prints it, or *",
                mend=nearest_mend(str(row.bucket), known, f"Known: {listing(known)}."),
            )
        )
    if problems:
        raise InputError(problems)
