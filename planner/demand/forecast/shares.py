"""What is forecast on its own: shares of language models, and tokens per request."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.demand.forecast.drift import LEAST_POINTS, Numbers, drift
from planner.demand.forecast.history import History, without_holes

# Median stay of a model among the leading ten: 3.5 weeks (reference/demand.md section 0, OpenRouter).
HALF_LIFE_DAYS = 24.5


def model_shares(history: History) -> pd.DataFrame:
    """Share of each language model in the volume of its workload and region, recent points counting most.

    Weights halve every `HALF_LIFE_DAYS`. A history without models has none.

    Returns
    -------
    region, workload, llm, share (adds up to 1 per workload and region); sorted
    """
    rows = history.model_volume[history.model_volume["llm"] != ""]
    if rows.empty:
        return pd.DataFrame(columns=["region", "workload", "llm", "share"])
    age = (pd.Timestamp(history.dates[-1]) - rows["date"]).dt.days
    weighted = rows.assign(weight=rows["volume"].fillna(0.0) * 0.5 ** (age / HALF_LIFE_DAYS))
    sums = weighted.groupby(["region", "workload", "llm"], as_index=False)["weight"].sum()
    total = sums.groupby(["region", "workload"])["weight"].transform("sum")
    sums["share"] = sums["weight"] / total
    return pd.DataFrame(sums[sums["share"] > 0].drop(columns="weight")).reset_index(drop=True)


def input_shares(history: History) -> pd.DataFrame:
    """Input tokens of all tokens, recent points counting most: region, workload, share (NaN where it is not known)."""
    age = (history.dates[-1] - history.dates) / np.timedelta64(1, "D")
    known = ~np.isnan(history.input_share)
    weight = np.where(known, 0.5 ** (age / HALF_LIFE_DAYS)[None, :], 0.0)
    total = weight.sum(axis=1)
    share = (weight * np.nan_to_num(history.input_share)).sum(axis=1) / np.where(total > 0, total, np.nan)
    return history.keys.assign(share=share)


def lengths_ahead(lengths: Numbers, history: History, ahead: int) -> tuple[Numbers, Numbers, Numbers]:
    """p10, p50 and p90 of tokens per request; NaN where the history has none.

    Enough points: the log seasonal drift, for prompts grow by themselves. Fewer: the last point stays.

    Parameters
    ----------
    lengths : tokens per request, (series, points)

    Returns
    -------
    three arrays of shape (series, ahead)
    """
    low, mid, high = (np.full((len(lengths), ahead), np.nan) for _ in range(3))
    for at, series in enumerate(lengths):
        logs, _, fault = without_holes(series)
        if fault:
            known = series[np.nan_to_num(series) > 0]
            if len(known):
                low[at] = mid[at] = high[at] = known[-1]
        elif len(logs) < LEAST_POINTS:
            low[at] = mid[at] = high[at] = np.exp(logs[-1])
        else:
            band = drift(logs[None, :], history.grain, ahead)
            low[at], mid[at], high[at] = np.exp(band.low[0]), np.exp(band.mid[0]), np.exp(band.high[0])
    return low, mid, high
