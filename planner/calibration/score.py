"""Errors of predictions against measurements, as one table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.calibration.intervals import measured_rate
from planner.calibration.keys import joined
from planner.calibration.kinds import BURST, CLOSED, OFFLINE, OPEN, POOLS, PROMISED, STATIC
from planner.serving.effects import Calibration

FIGURES = (
    ("TPOT", CLOSED, "tpot_ms"), ("TTFT", CLOSED, "ttft_ms"), ("throughput", CLOSED, "req_s"),
    ("TPOT, open loop", OPEN, "tpot_ms"), ("TTFT, open loop", OPEN, "ttft_ms"),
    ("TPOT, disaggregated", POOLS, "tpot_ms"), ("TTFT, disaggregated", POOLS, "ttft_ms"),
    ("throughput, disaggregated", POOLS, "req_s"),
    ("offline throughput", OFFLINE, "req_s"), ("burst throughput", BURST, "req_s"),
    ("static-batch throughput", STATIC, "req_s"), ("largest rate within the promise", PROMISED, "req_s"),
)  # fmt: skip
SYSTEM = ["source", "model", "accelerator", "n_cards", "mode", "slo_ttft_ms", "slo_tpot_ms"]
GROUPS = ("accelerator", "model", "source", "load_type")


def errors(table: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """One line per row and figure: figure, position, log_error (of predicted over measured), and the group columns.

    Repeated runs of one MLPerf system count once, at their median: submitters list the same system many times.
    """
    measured = {"tpot_ms": table["tpot_ms"], "ttft_ms": table["ttft_ms"], "req_s": measured_rate(table)}
    parts = []
    for figure, kind, name in FIGURES:
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.log(predictions[name].to_numpy(dtype=float) / measured[name].to_numpy(dtype=float))
        mine = (predictions["kind"] == kind).to_numpy() & (measured[name] > 0).to_numpy()
        at = np.flatnonzero(mine & ~np.isnan(off))
        part = table.iloc[at].reindex(columns=list(dict.fromkeys((*GROUPS, *SYSTEM)))).assign(
            figure=figure, position=at, log_error=off[at], known=predictions["known"].to_numpy()[at])  # fmt: skip
        if kind == PROMISED and len(part):
            key = joined(part, SYSTEM)
            part["log_error"] = part.groupby(key)["log_error"].transform("median")
            part = part[~key.duplicated()]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def summary(found: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Median and 90th percentile of the absolute percentage error, and the median of the signed one [%].

    Returns
    -------
    figure, (group), rows, median_percent, p90_percent, bias_percent
    """
    percent = 100.0 * np.expm1(found["log_error"].clip(upper=20.0))
    shown = found.assign(size=percent.abs(), signed=percent)
    keys = ["figure"] if by is None else ["figure", by]
    grouped = shown.groupby(keys, sort=False, dropna=False)
    return grouped.agg(
        rows=("size", "size"), median_percent=("size", "median"), p90_percent=("size", lambda v: v.quantile(0.9)),
        bias_percent=("signed", "median"),
    ).reset_index()  # fmt: skip


def coverage(found: pd.DataFrame, calibration: Calibration) -> pd.DataFrame:
    """Share of measurements inside the stated 80 % interval.

    Returns
    -------
    figure, rows, covered
    """
    quantity = {
        "TPOT": "tpot",
        "TTFT": "ttft",
        "offline throughput": "rate",
        "largest rate within the promise": "rate",
    }
    mine = found[found["figure"].isin(quantity)]
    width = [
        calibration.spreads.get((quantity[figure], known), np.nan)
        for figure, known in zip(mine["figure"], mine["known"], strict=True)
    ]
    inside = mine.assign(inside=mine["log_error"].abs() <= width)
    return inside.groupby("figure", sort=False)["inside"].agg(rows="size", covered="mean").reset_index()
