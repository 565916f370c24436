"""What was promised, and how a workload's requests fared over all its pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan

import numpy as np
import pandas as pd

from planner.simulation.replay import PoolReplay
from planner.simulation.requests import Numbers

PERCENTILES = (50, 95, 99)
ATTAINMENT_SLACK = 0.01  # a promise is kept to within one point of attainment


@dataclass(frozen=True)
class Promise:
    """Limits [ms], infinite where there is none, for a share of requests."""

    max_ttft_ms: float
    max_tpot_ms: float
    quantile: float

    @property
    def least_attainment(self) -> float:
        """Share of requests below which the promise counts as broken."""
        return self.quantile - ATTAINMENT_SLACK


def promises_of(workloads: pd.DataFrame) -> dict[str, Promise]:
    """By workload; blank limits are no promise."""
    return {
        str(row["workload"]): Promise(
            _limit(row["max_ttft_ms"]), _limit(row["max_tpot_ms"]), float(row["promise_quantile"])
        )
        for row in workloads.to_dict("records")
    }


def _limit(value: float) -> float:
    return inf if isnan(value) else float(value)


def weighted_percentile(values: Numbers, weights: Numbers, percent: float) -> float:
    """The smallest value that at least so many per cent of the weight do not exceed; NaNs are left out.

    Examples
    --------
    >>> weighted_percentile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), 50.0)
    3.0
    """
    known = ~np.isnan(values)
    if not known.any():
        return nan
    order = np.argsort(values[known], kind="stable")
    summed = np.cumsum(weights[known][order])
    at = int(np.searchsorted(summed, percent / 100.0 * summed[-1] * (1.0 - 1e-12)))
    return float(values[known][order][at])


def attainment(replay: PoolReplay, workload: str, promise: Promise) -> float:
    """Share of a workload's measured requests in one pool that kept both promises; NaN without any."""
    kept = replay.kept(workload, promise.max_ttft_ms, promise.max_tpot_ms)
    return float(kept.mean()) if len(kept) else nan


def workload_row(
    workload: str,
    promise: Promise,
    replays: Sequence[PoolReplay],
    lost_requests: float,
) -> dict[str, object]:
    """One workload over all its pools.

    Parameters
    ----------
    replays : of the pools that serve it
    lost_requests : of the plan in the window, that no pool was left for; they keep no promise

    Returns
    -------
    workload, requests (simulated and measured), max_ttft_ms, ttft_p50_ms.., predicted_ttft_ms, ttft_high_ms, the same
    of TPOT, promise_quantile, attainment [share].
    """
    masks = [replay.of_workload(workload) for replay in replays]
    parts = list(zip(replays, masks, strict=True))
    ttft = np.concatenate([replay.ttft_ms[mask] for replay, mask in parts] or [np.zeros(0)])
    tpot = np.concatenate([replay.tpot_ms[mask] for replay, mask in parts] or [np.zeros(0)])
    weight = np.concatenate(
        [np.full(int(mask.sum()), replay.weight) for replay, mask in parts] or [np.zeros(0)]
    )
    kept = float((weight * ((ttft <= promise.max_ttft_ms) & ~(tpot > promise.max_tpot_ms))).sum())
    total = float(weight.sum()) + lost_requests
    predicted = _predicted(workload, replays)
    row: dict[str, object] = {"workload": workload, "requests": len(ttft)}
    for name, values, limit in (("ttft", ttft, promise.max_ttft_ms), ("tpot", tpot, promise.max_tpot_ms)):
        row[f"max_{name}_ms"] = limit
        row |= {f"{name}_p{p}_ms": weighted_percentile(values, weight, p) for p in PERCENTILES}
        row[f"{name}_at_quantile_ms"] = weighted_percentile(values, weight, 100.0 * promise.quantile)
        row[f"predicted_{name}_ms"] = predicted[name]
        row[f"{name}_high_ms"] = predicted[f"{name}_high"]
    return row | {"promise_quantile": promise.quantile, "attainment": kept / total if total > 0 else nan}


def _predicted(workload: str, replays: Sequence[PoolReplay]) -> Mapping[str, float]:
    """The serving table's figures, in the mean over the workload's load."""
    streams = [one for replay in replays for one in replay.pool.streams if one.workload == workload]
    rates = np.array([one.requests_per_s for one in streams])
    figures = {
        "ttft": [one.predicted.ttft_ms for one in streams],
        "tpot": [one.predicted.tpot_ms for one in streams],
        "ttft_high": [one.predicted.ttft_high_ms for one in streams],
        "tpot_high": [one.predicted.tpot_high_ms for one in streams],
    }
    found = {}
    for name, listed in figures.items():
        values = np.array(listed)
        known = ~np.isnan(values)
        found[name] = float(np.average(values[known], weights=rates[known])) if known.any() else nan
    return found
