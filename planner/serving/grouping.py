"""Merge length buckets that every layout finds about equally hard, so that fewer of them are routed apart.

What routing by length gains is that each card serves the lengths it is relatively good at. So two buckets may be
merged when the *ratios* between layouts are alike in them, whatever their absolute rates::

    profile[b, c]  = ln(rate per card of layout c) - its mean over the layouts that serve b      (NaN: cannot)
    distance(A, B) = share[A] * share[B] / (share[A] + share[B]) * mean over layouts of
                     (profile[A, c] - profile[B, c])^2, or APART^2 where one can and the other cannot

A Ward-like agglomeration: the pair with the least distance is merged until few enough are left. A merge that would
take the last layout from a bucket at some network time is never made. Only whole replicas are looked at, so that a
case has the same groups whatever its pools; a role's rate in a group is made as any other.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.serving.columns import (
    GROUP_COLUMNS,
    RATE_COLUMNS,
    RATE_KEY,
    REFUSED_COLUMNS,
    REFUSED_KEY,
    ServingTables,
    table_of,
)
from planner.serving.hand_over import WHOLE
from planner.serving.reasons import LENGTHS
from planner.serving.work import Numbers

APART = 3.0  # assumed: a layout that serves one bucket and not the other counts as a factor of e^3 = 20
APART_REASON = "no one layout of this card serves all lengths of the group"
LEAST_SHARE = 1e-12  # a bucket without requests still has a place in some group
MEANS = ["mean_in", "mean_cached_in", "mean_out"]


def grouped(tables: ServingTables, buckets: pd.DataFrame, most: int) -> tuple[ServingTables, pd.DataFrame]:
    """Serving table and length buckets with at most so many groups per workload.

    A group's rate is the harmonic mixture of its buckets', 1 / sum(share / rate) with shares inside the group; a
    layout that cannot serve one of them cannot serve the group. ``ttft_ms`` and ``tpot_ms`` are the largest of the
    group, ``running_requests`` the mean by time.

    Parameters
    ----------
    tables : the fine serving table
    buckets : workload, bucket, share, mean_in, mean_cached_in, mean_out
    most : groups per workload; buckets that nothing serves stay apart and do not count. More are left where merging
        would leave some bucket without any layout.

    Returns
    -------
    (ServingTables, DataFrame)
        The table by group, its ``groups`` the map from fine bucket to group; and the buckets by group with shares
        added and means weighted. A group is named after its member with the largest share.
    """
    whole = tables.layouts.loc[tables.layouts["role"] == WHOLE, ["layout", "cards_per_replica"]]
    rates = tables.rates.merge(whole, on="layout")
    names: list[tuple[object, ...]] = []
    for workload, mine in buckets.groupby("workload", sort=True):
        own = rates[rates["workload"] == workload]
        ordered = mine.sort_values("bucket")
        share = ordered["share"].to_numpy(dtype=float)
        fine = [str(name) for name in ordered["bucket"]]
        for members in _groups(_rates_per_card(own, fine), share, most):
            largest = max(members, key=lambda i: (share[i], -i))
            names += [(workload, fine[i], fine[largest]) for i in members]
    groups = table_of(names, GROUP_COLUMNS, ["workload", "bucket"])
    keyed = buckets.merge(groups, on=["workload", "bucket"])
    keyed["weight"] = keyed["share"] / keyed.groupby(["workload", "group"])["share"].transform("sum")
    # A workload whose group has no share at all (all rows 0) weighs its buckets alike.
    keyed["weight"] = keyed["weight"].fillna(
        1.0 / keyed.groupby(["workload", "group"])["share"].transform("size")
    )
    merged_rates = _group_rates(tables.rates, keyed)
    layouts = tables.layouts[tables.layouts["layout"].isin(merged_rates["layout"])].reset_index(drop=True)
    refused = _group_refusals(tables, merged_rates, layouts, keyed)
    return ServingTables(layouts, merged_rates, refused, groups), _group_buckets(keyed)


def _rates_per_card(rates: pd.DataFrame, fine: list[str]) -> list[Numbers]:
    """Per network time, rates per card of shape (buckets, layouts); 0 where it cannot."""
    tables = []
    layouts = sorted(set(rates["layout"]))
    for _, mine in rates.groupby("band_ms", sort=True):
        per_card = (mine["requests_per_s"] / mine["cards_per_replica"]).to_numpy()
        table = np.zeros((len(fine), len(layouts)))
        at = pd.Index(fine).get_indexer(pd.Index(mine["bucket"]))
        table[at, pd.Index(layouts).get_indexer(pd.Index(mine["layout"]))] = per_card
        tables.append(table)
    return tables


def _profiles(per_band: list[Numbers], buckets: int) -> Numbers:
    """Log rates less their mean, over all layouts and network times; NaN where a layout cannot."""
    if not per_band:
        return np.full((buckets, 0), np.nan)
    table = np.concatenate(per_band, axis=1)
    served = table > 0
    logs = np.where(served, np.log(np.where(served, table, 1.0)), 0.0)
    count = served.sum(axis=1, keepdims=True)
    mean = logs.sum(axis=1, keepdims=True) / np.maximum(count, 1)
    result: Numbers = np.where(served, logs - mean, np.nan)
    return result


def _groups(per_band: list[Numbers], share: Numbers, most: int) -> list[list[int]]:
    """Positions of the buckets of each group, by first member."""
    centre = _profiles(per_band, len(share))
    can = ~np.isnan(centre)
    alone = [[i] for i in np.flatnonzero(~can.any(axis=1)).tolist()]
    groups = [[i] for i in np.flatnonzero(can.any(axis=1)).tolist()]
    first = [members[0] for members in groups]
    centre, weight = centre[first], np.maximum(share[first], LEAST_SHARE)
    served = [band[first] > 0 for band in per_band]
    while len(groups) > most:
        distance = _distances(centre, weight, served)
        i, j = divmod(int(np.argmin(distance)), len(groups))
        if not np.isfinite(distance[i, j]):
            break
        # A layout that serves only one of the two serves not their union: NaN spreads.
        centre[i] = (weight[i] * centre[i] + weight[j] * centre[j]) / (weight[i] + weight[j])
        weight[i] += weight[j]
        groups[i] = sorted(groups[i] + groups.pop(j))
        for band in served:
            band[i] &= band[j]
        centre, weight = np.delete(centre, j, axis=0), np.delete(weight, j)
        served = [np.delete(band, j, axis=0) for band in served]
    return sorted(groups + alone)


def _distances(centre: Numbers, weight: Numbers, served: list[NDArray[np.bool_]]) -> Numbers:
    """What merging each pair of groups loses, see the head of this file; only above the diagonal, infinite elsewhere
    and where in some band either has a layout but their union has none. Layouts that serve neither say nothing."""
    can = ~np.isnan(centre)
    gap = np.abs(centre[:, None] - centre[None, :])
    square = np.square(np.where(np.isnan(gap), APART, gap))
    either = can[:, None] | can[None, :]
    mean = (square * either).sum(axis=2) / np.maximum(either.sum(axis=2), 1)
    pair = weight[:, None] * weight[None, :] / (weight[:, None] + weight[None, :])
    barred = np.tril(np.ones(mean.shape, dtype=bool))
    for band in served:
        some = np.asarray(band.any(axis=1))
        union = np.asarray((band[:, None] & band[None, :]).any(axis=2))
        barred |= (some[:, None] | some[None, :]) & ~union
    result: Numbers = np.where(barred, np.inf, pair * mean)
    return result


def _group_rates(rates: pd.DataFrame, keyed: pd.DataFrame) -> pd.DataFrame:
    """Harmonic mixture over the buckets of a group, for layouts that serve them all."""
    size = keyed.groupby(["workload", "group"], as_index=False).agg(size=("bucket", "size"))
    fine = rates.merge(keyed[["workload", "bucket", "group", "weight"]], on=["workload", "bucket"])
    fine["time"] = fine["weight"] / fine["requests_per_s"]
    fine["occupied"] = fine["time"] * fine["running_requests"]
    key = ["workload", "group", "band_ms", "layout"]
    sums = fine.groupby(key, as_index=False).agg(
        served=("bucket", "size"),
        time=("time", "sum"),
        occupied=("occupied", "sum"),
        known=("occupied", "count"),
        ttft_ms=("ttft_ms", "max"),
        tpot_ms=("tpot_ms", "max"),
    )
    sums = sums.merge(size, on=["workload", "group"])
    sums = sums[sums["served"] == sums["size"]]
    sums = sums.assign(
        bucket=sums["group"],
        requests_per_s=1.0 / sums["time"],
        running_requests=(sums["occupied"] / sums["time"]).where(sums["known"] == sums["size"]),
    )
    return sums[list(RATE_COLUMNS)].astype(RATE_COLUMNS).sort_values(RATE_KEY, ignore_index=True)


def _group_refusals(
    tables: ServingTables, rates: pd.DataFrame, layouts: pd.DataFrame, keyed: pd.DataFrame
) -> pd.DataFrame:
    """For every card that serves no layout of a group: the reason of its largest refused bucket, by name where the
    group is called otherwise, or that none of its layouts serves all lengths of the group."""
    key = ["workload", "group", "band_ms", "accelerator"]
    of_bucket = keyed[["workload", "bucket", "group", "share"]]
    fine = tables.refused.merge(of_bucket, on=["workload", "bucket"])
    named = fine["bucket"] + ": " + fine["reason"]
    fine["reason"] = fine["reason"].where(fine["bucket"] == fine["group"], named)
    fine = fine.sort_values([*key, "share", "bucket"], ascending=[True] * 4 + [False, True]).drop_duplicates(
        key
    )
    parts = tables.rates.merge(of_bucket, on=["workload", "bucket"])
    whole = tables.layouts["role"] == WHOLE
    parts = parts.merge(tables.layouts.loc[whole, ["layout", "accelerator"]], on="layout")[
        key
    ].drop_duplicates()
    parts = parts.assign(layout="", reason=APART_REASON, promise=LENGTHS, limit=np.nan, nearest=np.nan)
    both = pd.concat([fine, parts], ignore_index=True) if len(fine) else parts
    served = rates.merge(layouts.loc[layouts["role"] == WHOLE, ["layout", "accelerator"]], on="layout")
    served = served.rename(columns={"bucket": "group"})
    # A card's own reason stands before the general one.
    both = both.drop_duplicates(key).merge(served[key].drop_duplicates(), on=key, how="left", indicator=True)
    out = both[both["_merge"] == "left_only"].assign(bucket=lambda frame: frame["group"])
    return out[list(REFUSED_COLUMNS)].astype(REFUSED_COLUMNS).sort_values(REFUSED_KEY, ignore_index=True)


def _group_buckets(keyed: pd.DataFrame) -> pd.DataFrame:
    """Shares added, means weighted."""
    weighted = keyed.assign(**{name: keyed[name] * keyed["weight"] for name in MEANS})
    sums = weighted.groupby(["workload", "group"], as_index=False)[["share", *MEANS]].sum()
    return sums.rename(columns={"group": "bucket"})[["workload", "bucket", "share", *MEANS]]
