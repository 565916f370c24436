"""The tables of a look at a case's demand; text, pictures and pages show nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.profiles.grid import INPUT_EDGES_TOKENS, OUTPUT_EDGES_TOKENS
from planner.demand.requests import demand_tables
from planner.demand.tree import tree_of
from planner.inputs.case import Case

BAND = (0.1, 0.9)
_VOLUMES = ["requests_per_day", "input_mtok_per_day", "compute_input_mtok_per_day", "output_mtok_per_day"]


@dataclass(frozen=True)
class Look:
    """A look at the demand of a case.

    Attributes
    ----------
    name : of the case
    volumes : workload, period, requests_per_day, input_mtok_per_day (logical), compute_input_mtok_per_day,
        output_mtok_per_day, all regions
    summary : workload, volumes of the first period, growth_per_month [share], last requests_per_day, cached_share,
        peak_to_mean, mean_in, mean_out [tokens per request]
    lengths : workload, side (input or output), up_to [tokens], requests, tokens: shares, in the bands of the grid
    shapes : workload, hour_of_week, weight, window_peak; flat where a workload names no shape
    band : period, p10, p50, p90 of all tokens [million per day]; equal where nothing says how sure they are
    band_source : what the band comes from, '' when there is none
    """

    name: str
    volumes: pd.DataFrame
    summary: pd.DataFrame
    lengths: pd.DataFrame
    shapes: pd.DataFrame
    band: pd.DataFrame
    band_source: str


def look_at(case: Case, quantiles: pd.DataFrame | None = None) -> Look:
    """The look at a case.

    Parameters
    ----------
    quantiles : period, region, workload, p10, p50, p90 of the volume, as `capplan forecast` writes them; they give the
        band, scenarios of the case else
    """
    tables = demand_tables(case)
    fine = tables.volumes.rename(columns={"node": "period"})
    volumes = fine.groupby(["workload", "period"], as_index=False)[_VOLUMES].sum()
    band, source = _band(case, fine, quantiles)
    return Look(
        case.settings.name,
        volumes,
        _summary(case, fine, volumes, tables.buckets),
        _lengths(tables.buckets),
        _shapes(case),
        band,
        source,
    )


def _summary(case: Case, fine: pd.DataFrame, volumes: pd.DataFrame, buckets: pd.DataFrame) -> pd.DataFrame:
    months = (len(case.periods) - 1) * case.settings.period_months
    rows = []
    for workload, part in volumes.groupby("workload"):
        first, last = part.iloc[0], part.iloc[-1]
        own = buckets[buckets["workload"] == workload]
        means = [
            float((own["share"] * own[name]).sum()) for name in ("mean_in", "mean_out", "mean_cached_in")
        ]
        ratio = (
            last["requests_per_day"] / first["requests_per_day"] if first["requests_per_day"] > 0 else np.nan
        )
        peaks = fine.loc[fine["workload"] == workload, "peak_to_mean"]
        rows.append(
            (workload, *(first[name] for name in _VOLUMES), ratio ** (1 / months) - 1 if months else np.nan,
             last["requests_per_day"], means[2] / means[0] if means[0] else 0.0, peaks.max(), means[0], means[1])
        )  # fmt: skip
    names = ["workload", *_VOLUMES, "growth_per_month", "last_requests_per_day", "cached_share", "peak_to_mean",
             "mean_in", "mean_out"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _lengths(buckets: pd.DataFrame) -> pd.DataFrame:
    """Shares of requests and of tokens in the bands of the grid; a bucket stands where its mean is."""
    parts = []
    for side, mean, edges in (
        ("input", "mean_in", INPUT_EDGES_TOKENS),
        ("output", "mean_out", OUTPUT_EDGES_TOKENS),
    ):
        table = buckets.assign(tokens=buckets["share"] * buckets[mean])
        top = np.array(edges[1:], dtype=float)
        at = np.minimum(np.searchsorted(top, table[mean].to_numpy(float), side="left"), len(top) - 1)
        table["up_to"] = top[at]
        sums = table.groupby(["workload", "up_to"], as_index=False)[["share", "tokens"]].sum()
        total = sums.groupby("workload")["tokens"].transform("sum")
        parts.append(
            pd.DataFrame(
                {
                    "workload": sums["workload"],
                    "side": side,
                    "up_to": sums["up_to"],
                    "requests": sums["share"],
                    "tokens": sums["tokens"] / total,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _shapes(case: Case) -> pd.DataFrame:
    workloads, shapes = case.frame("workloads"), case.frame("traffic_shapes")
    parts = []
    for workload, shape in zip(workloads["workload"], workloads["traffic_shape"], strict=True):
        rows = shapes[shapes["shape"] == shape][["hour_of_week", "weight", "window_peak"]]
        if rows.empty:
            rows = pd.DataFrame({"hour_of_week": range(168), "weight": 1.0, "window_peak": 1.0})
        parts.append(rows.assign(workload=workload))
    table: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return table


def _band(case: Case, fine: pd.DataFrame, quantiles: pd.DataFrame | None) -> tuple[pd.DataFrame, str]:
    """All tokens of each period with their band."""
    tokens = fine.assign(tokens=fine["input_mtok_per_day"] + fine["output_mtok_per_day"])
    middle = tokens.groupby("period")["tokens"].sum()
    flat = pd.DataFrame(
        {"period": middle.index, "p10": middle.values, "p50": middle.values, "p90": middle.values}
    )
    if quantiles is not None and len(quantiles):
        return _relative_band(tokens, quantiles), "quantiles of the forecast, taken to move together"
    tree = tree_of(case.periods, case.frame("scenarios"), case.frame("scenario_effects"))
    if not (tree.effects["what"] == "demand").any():
        return flat, ""
    by_node = tokens.merge(tree.nodes[["node", "period", "probability"]], on="period")
    for row in tree.effects[tree.effects["what"] == "demand"].to_dict("records"):
        hit = by_node["node"] == row["node"]
        for name in ("workload", "region"):
            if row[name] is not None:
                hit &= by_node[name] == row[name]
        by_node.loc[hit, "tokens"] *= row["factor"]
    sums = by_node.groupby(["period", "node", "probability"], as_index=False)["tokens"].sum()
    rows = [
        (period, *(_quantile(part["tokens"], part["probability"], q) for q in (BAND[0], 0.5, BAND[1])))
        for period, part in sums.groupby("period")
    ]
    return pd.DataFrame(rows, columns=["period", "p10", "p50", "p90"]), "scenarios of the case"


def _relative_band(tokens: pd.DataFrame, quantiles: pd.DataFrame) -> pd.DataFrame:
    """The forecast's p10 and p90 over its p50, on the volumes of the case; no quantiles: no spread."""
    key = ["period", "region", "workload"]
    known = quantiles[quantiles["p50"] > 0]
    ratios = known[key].assign(low=known["p10"] / known["p50"], high=known["p90"] / known["p50"])
    joined = tokens.merge(ratios.groupby(key, as_index=False).mean(), on=key, how="left").fillna(
        {"low": 1, "high": 1}
    )
    joined = joined.assign(p10=joined["tokens"] * joined["low"], p90=joined["tokens"] * joined["high"])
    joined = joined.rename(columns={"tokens": "p50"})
    band: pd.DataFrame = joined.groupby("period", as_index=False)[["p10", "p50", "p90"]].sum()
    return band


def _quantile(values: pd.Series, weights: pd.Series, quantile: float) -> float:
    """The least value that at least this share of the weight does not exceed."""
    order = np.argsort(values.to_numpy())
    reached = np.cumsum(weights.to_numpy()[order]) / weights.sum()
    at = min(int(np.searchsorted(reached, quantile - 1e-12)), len(order) - 1)
    return float(values.to_numpy()[order][at])
