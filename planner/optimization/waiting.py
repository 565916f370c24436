"""Work that may wait: from the slice in which it arrives to the slices before its deadline."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched

HOURS_PER_DAY = 24


def moves_of(workloads: pd.DataFrame, slices: pd.DataFrame) -> pd.DataFrame:
    """Where deferrable work may be served: workload, slice (of arrival), served, ratio.

    Work that arrives at the start of its slice and is served at the end of the other must still be in time, so the way
    from the one to the other, forward through the days they hold for, must fit into the deadline; what is served in
    the slice of its arrival always does.

    Parameters
    ----------
    workloads : workload, deferrable, deadline_hours [h]
    slices : slice, index, days, share, day_hours [h]; none of it matters while there is only one

    Examples
    --------
    Night (8 h) and day (16 h) with a deadline of 24 h: work of the day may be served at night, and the other way
    round. With 12 h neither.
    """
    columns = ["workload", "slice", "served", "ratio"]
    waiting = workloads.loc[workloads["deferrable"].astype(bool), ["workload", "deadline_hours"]]
    if len(slices) < 2 or waiting.empty:
        return pd.DataFrame({name: pd.Series(dtype=float if name == "ratio" else object) for name in columns})
    pairs = slices.merge(slices, how="cross", suffixes=("", "_served")).rename(
        columns={"slice_served": "served"}
    )
    pairs = pairs[(pairs["days"] == pairs["days_served"])]
    pairs = pairs.assign(way=[_way(slices, *pair) for pair in pairs[["slice", "served"]].to_numpy()])
    pairs["ratio"] = pairs["share_served"] / pairs["share"]
    moves = waiting.merge(pairs, how="cross")
    in_time = (moves["slice"] == moves["served"]) | (moves["way"] <= moves["deadline_hours"])
    return moves.loc[in_time, columns].reset_index(drop=True)


def _way(slices: pd.DataFrame, arrival: str, served: str) -> float:
    """Hours from the start of one slice to the end of another, forward in time [h]."""
    days = dict(zip(slices["slice"], slices["days"], strict=True))
    hours = dict(zip(slices["slice"], slices["day_hours"], strict=True))
    same = [name for name in slices["slice"] if days[name] == days[arrival]]
    at, total = same.index(arrival), 0.0
    for step in range(len(same)):
        name = same[(at + step) % len(same)]
        total += hours[name]
        if name == served:
            break
    return total


def sendable_requests(requests: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """The most that can be sent in each slice: workload, bucket, region, node, slice, requests_per_s.

    Work that cannot wait: its demand. Work that can: all that may be served in the slice, at once.
    """
    key = ["workload", "bucket", "region", "node", "slice"]
    own = requests.loc[~requests["workload"].isin(moves["workload"]), [*key, "requests_per_s"]]
    if moves.empty:
        return own.reset_index(drop=True)
    moved = requests.pipe(matched, moves, on=["workload", "slice"])
    moved = moved.assign(requests_per_s=moved["requests_per_s"] / moved["ratio"], slice=moved["served"])
    sums = moved.groupby(key, as_index=False)[["requests_per_s"]].sum()
    return pd.concat([own, sums], ignore_index=True).sort_values(key, ignore_index=True)
