"""What the workloads ask of a replica: promise, precisions, and requests by length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.serving.admissible import Promise
from planner.serving.open_loop import Arrivals
from planner.serving.requests import Requests

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Ask:
    """One workload: ``buckets`` are the ids of its length buckets, in the order of ``requests``."""

    workload: str
    llm: str
    precisions: tuple[str, ...]
    promise: Promise
    buckets: tuple[str, ...]
    requests: Requests


def _limit(value: float) -> float:
    """A promise in milliseconds; infinite where it is blank."""
    return np.inf if np.isnan(value) else float(value)


def asks_of(workloads: pd.DataFrame, buckets: pd.DataFrame, pool: float = 1.0) -> tuple[Ask, ...]:
    """Every workload that has length buckets, in the order of the table.

    Parameters
    ----------
    workloads : workload, llm, precisions (tuple of ids), max_ttft_ms, max_tpot_ms [ms, NaN: no promise],
        promise_quantile [share], burst_z [ratio]
    pool : replicas behind one router
    buckets : workload, bucket, mean_in, mean_cached_in, mean_out [tokens per request]
    """
    found = []
    for row in workloads.to_dict("records"):
        mine = buckets[buckets["workload"] == row["workload"]]
        if mine.empty:
            continue
        tokens = [mine[name].to_numpy(dtype=float) for name in ("mean_in", "mean_cached_in", "mean_out")]
        promise = Promise(
            _limit(row["max_ttft_ms"]),
            _limit(row["max_tpot_ms"]),
            row["promise_quantile"],
            Arrivals(burst_z=row["burst_z"], pool=pool),
        )
        names = tuple(str(name) for name in mine["bucket"])
        precisions = tuple(str(name) for name in row["precisions"])
        found.append(Ask(row["workload"], row["llm"], precisions, promise, names, Requests(*tokens)))
    return tuple(found)
