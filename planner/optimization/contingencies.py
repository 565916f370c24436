"""Failures as slices that last no time: the busiest hour again, without the cards that are lost."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.joins import matched
from planner.optimization.selectors import spanned_nodes

FAILURES = ("failure", "node", "kept_share")
LOST = ("slice", "accelerator", "site")


def contingencies(
    tables: Mapping[str, pd.DataFrame], nodes: pd.DataFrame, waiting: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What failures ask of a plan.

    Parameters
    ----------
    tables : failures (may be missing), requests, buckets, cards, sites
    waiting : workloads whose work may wait for another slice; it waits during a failure

    Returns
    -------
    failures : failure, node, kept_share
    lost : slice (the failure), accelerator, site
    requests : workload, bucket, region, node, slice (the failure), requests_per_s: those of the busiest slice of each
        node, by logical tokens per second
    """
    rules = tables.get("failures")
    if rules is None or rules.empty:
        empty = pd.DataFrame({name: pd.Series(dtype=object) for name in (*FAILURES, *LOST)})
        return empty[list(FAILURES)], empty[list(LOST)], pd.DataFrame()
    failures = spanned_nodes(rules, "failure", nodes).pipe(
        matched, rules[["failure", "kept_share"]], on="failure"
    )
    asked = busiest_requests(tables["requests"], tables["buckets"])
    asked = asked[~asked["workload"].isin(waiting)].drop(columns="slice")
    requests = failures[["failure", "node"]].merge(asked, on="node").rename(columns={"failure": "slice"})
    return failures[list(FAILURES)], _lost(rules, tables["cards"], tables["sites"]), requests


def busiest_requests(requests: pd.DataFrame, buckets: pd.DataFrame) -> pd.DataFrame:
    """Requests of every node in its slice of most tokens per second, the first of equals."""
    tokens = buckets[["workload", "bucket"]].assign(tokens=buckets["mean_in"] + buckets["mean_out"])
    work = requests.pipe(matched, tokens, on=["workload", "bucket"])
    sums = work.assign(tokens=work["tokens"] * work["requests_per_s"])
    sums = sums.groupby(["node", "slice"], as_index=False, sort=False)[["tokens"]].sum()
    most = sums.sort_values(["tokens", "slice"], ascending=[False, True], kind="stable").drop_duplicates(
        "node"
    )
    keep = ["workload", "bucket", "region", "node", "slice", "requests_per_s"]
    return requests.pipe(matched, most[["node", "slice"]], on=["node", "slice"])[keep]


def _lost(rules: pd.DataFrame, cards: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Every card and site that all filled selectors of a failure name."""
    places = cards[["accelerator", "vendor"]].merge(sites[["site"]], how="cross")
    selectors = ["site", "vendor", "accelerator"]
    asked = rules[["failure", *selectors]].rename(columns={name: f"{name}_lost" for name in selectors})
    pairs = asked.merge(places, how="cross").rename(columns={"failure": "slice"})
    for name in selectors:
        wanted = pairs[f"{name}_lost"]
        pairs = pairs[wanted.isna() | (wanted == pairs[name])]
    return pairs[list(LOST)].reset_index(drop=True)
