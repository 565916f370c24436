"""From a plan to the pools that run in one period, and the streams of requests that reach each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, nan
from typing import Any

import pandas as pd

TTFT_WITHIN, TPOT_WITHIN = 1.5, 1.25  # reference/serving.md section 7, target 10: replay against prediction
WHOLE_TOLERANCE = 1e-6  # replicas; what a solver leaves above a whole number


@dataclass(frozen=True)
class Prediction:
    """What the serving table says at its admissible load, at the promise's quantile, network included [ms].

    NaN where there is none. ``ttft_high_ms`` and ``tpot_high_ms`` end the stated interval: those of the table where
    it has them, else `TTFT_WITHIN` and `TPOT_WITHIN` times the prediction.
    """

    ttft_ms: float = nan
    tpot_ms: float = nan
    ttft_high_ms: float = nan
    tpot_high_ms: float = nan


@dataclass(frozen=True)
class Stream:
    """Requests of one workload and routed bucket that reach a pool over routes of one network band.

    requests_per_s : at the peak, the whole pool. admissible_per_s : of one replica, by the serving table.
    routes : (network time [ms], share of the stream) of each region's route. predicted : of the serving table.
    """

    workload: str
    bucket: str
    band_ms: float
    requests_per_s: float
    admissible_per_s: float
    routes: tuple[tuple[float, float], ...]
    predicted: Prediction


@dataclass(frozen=True)
class Pool:
    """Replicas of one layout at one site behind one router.

    ``planned_replicas`` may be a fraction; ``replicas`` is it rounded up.
    """

    layout: str
    accelerator: str
    site: str
    cards_per_replica: int
    planned_replicas: float
    replicas: int
    streams: tuple[Stream, ...]

    @property
    def requests_per_s(self) -> float:
        """Of all streams together."""
        return sum(stream.requests_per_s for stream in self.streams)

    @property
    def workloads(self) -> tuple[str, ...]:
        """Workloads that share the pool, sorted."""
        return tuple(sorted({stream.workload for stream in self.streams}))


def whole_replicas(replicas: float) -> int:
    """Replicas rounded up.

    Examples
    --------
    >>> whole_replicas(2.0000001), whole_replicas(2.1), whole_replicas(0.3)
    (2, 3, 1)
    """
    return max(ceil(replicas - WHOLE_TOLERANCE), 1)


def busiest(
    tables: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame], node: str | None = None
) -> tuple[str, str]:
    """The period and slice with the most tokens per second placed on layouts, the first of equals.

    Parameters
    ----------
    node : only in this period
    """
    buckets = given["buckets"][["workload", "bucket", "mean_in", "mean_out"]]
    load = tables["load"].merge(buckets, on=["workload", "bucket"])
    load = load if node is None else load[load["node"] == node]
    tokens = load["requests_per_s"] * (load["mean_in"] + load["mean_out"])
    sums = tokens.groupby([load["node"], load["slice"]]).sum().to_dict()
    order = [(one, part) for one in given["periods"]["node"] for part in given["slices"]["slice"]]
    return max((moment for moment in order if moment in sums), key=lambda moment: sums[moment])


def at_slice(tables: Mapping[str, pd.DataFrame], name: str) -> dict[str, pd.DataFrame]:
    """The tables of a plan while one slice lasts."""
    return {
        key: table[table["slice"] == name].drop(columns="slice") if "slice" in table.columns else table
        for key, table in tables.items()
    }


def pools_of(
    tables: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame], node: str
) -> tuple[Pool, ...]:
    """Every pool that serves something in a period, by layout and site.

    Parameters
    ----------
    tables : deployment, load, routing of the plan, in one slice
    given : routes, rates
    node : label of the period
    """
    load, deployment, routing = (
        tables[name][tables[name]["node"] == node] for name in ("load", "deployment", "routing")
    )
    load = load[load["requests_per_s"] > 0]
    key = ["workload", "bucket", "band_ms", "layout"]
    rates = given["rates"].rename(columns={"requests_per_s": "admissible_per_s"})
    load = load.merge(rates, on=key, how="left")
    routes = _routes(routing, given["routes"])
    found = []
    for row in deployment.sort_values(["layout", "site"]).to_dict("records"):
        mine = load[(load["layout"] == row["layout"]) & (load["site"] == row["site"])]
        streams = tuple(
            Stream(
                str(one["workload"]),
                str(one["bucket"]),
                float(one["band_ms"]),
                float(one["requests_per_s"]),
                float(one["admissible_per_s"]),
                routes.get(
                    (one["workload"], one["bucket"], row["site"], float(one["band_ms"])), ((0.0, 1.0),)
                ),
                _prediction(one),
            )
            for one in mine.sort_values(key).to_dict("records")
        )
        if streams:
            found.append(
                Pool(
                    str(row["layout"]),
                    str(row["accelerator"]),
                    str(row["site"]),
                    int(row["cards_per_replica"]),
                    float(row["replicas"]),
                    whole_replicas(float(row["replicas"])),
                    streams,
                )
            )
    return tuple(found)


def _prediction(row: dict[Any, Any]) -> Prediction:
    """Of a row of the serving table; its times are without the network, whose band is added."""
    band, ttft, tpot = float(row["band_ms"]), float(row["ttft_ms"]), float(row["tpot_ms"])
    ttft_high = float(row.get("ttft_high_ms", ttft * TTFT_WITHIN))
    return Prediction(ttft + band, tpot, ttft_high + band, float(row.get("tpot_high_ms", tpot * TPOT_WITHIN)))


def _routes(
    routing: pd.DataFrame, routes: pd.DataFrame
) -> dict[tuple[object, ...], tuple[tuple[float, float], ...]]:
    """By workload, bucket, site and band: the network times of its routes with their shares."""
    flows = routing[routing["requests_per_s"] > 0].merge(
        routes[["region", "site", "network_ms", "band_ms"]], on=["region", "site"]
    )
    found: dict[tuple[object, ...], tuple[tuple[float, float], ...]] = {}
    for (workload, bucket, site, band_ms), mine in flows.groupby(["workload", "bucket", "site", "band_ms"]):
        total = float(mine["requests_per_s"].sum())
        ordered = mine.sort_values("region")
        found[workload, bucket, site, float(str(band_ms))] = tuple(
            (float(time), float(rate) / total)
            for time, rate in zip(ordered["network_ms"], ordered["requests_per_s"], strict=True)
        )
    return found
