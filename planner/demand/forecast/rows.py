"""Demand rows of a case from a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.demand.forecast.forecast import Forecast
from planner.demand.forecast.given import ANSWER, PROMPT, VOLUME
from planner.units import TOKENS_PER_MTOK

COLUMNS = ["period", "region", "workload", "input_mtok_per_day", "output_mtok_per_day", "requests_per_day",
           "mean_input_tokens", "mean_output_tokens", "peak_to_mean", "source"]  # fmt: skip
NOTED_DIFFERENCE = 0.05  # assumed: lengths that far from the profile's are worth a word


def demand_rows(found: Forecast, quantile: str = "p50", source: str = "forecast") -> pd.DataFrame:
    """Rows of the declared table ``demand``, in months.

    Requests and mean lengths where the history had both (lengths at their p50: an error of volume and one of length are
    not added up); else tokens; else requests. Workloads whose history names models become one per model,
    ``workload-model``, by their shares.

    Parameters
    ----------
    quantile : "p10", "p50" or "p90" of the volume
    """
    key = ["period", "region", "workload"]
    wide = found.quantiles.pivot(index=key, columns="metric", values="p50")
    chosen = found.quantiles[found.quantiles["metric"] == VOLUME].set_index(key)[quantile]
    for name in (PROMPT, ANSWER):
        if name not in wide.columns:
            wide[name] = np.nan
    table = wide.assign(**{VOLUME: chosen}).reset_index()
    table = table.merge(
        found.input_shares.rename(columns={"share": "input_share"}), on=["region", "workload"]
    )
    table = _by_model(table, found.shares)
    lengths = table[[PROMPT, ANSWER]].notna().all(axis=1)
    tokens = found.unit == "tokens"
    requests = table[VOLUME] * TOKENS_PER_MTOK / (table[PROMPT] + table[ANSWER]) if tokens else table[VOLUME]
    by_requests = lengths if tokens else lengths | True
    rows = table[key].assign(
        input_mtok_per_day=(table[VOLUME] * table["input_share"]).where(~by_requests),
        output_mtok_per_day=(table[VOLUME] * (1.0 - table["input_share"])).where(~by_requests),
        requests_per_day=requests.where(by_requests),
        mean_input_tokens=table[PROMPT].where(lengths & by_requests),
        mean_output_tokens=table[ANSWER].where(lengths & by_requests),
        peak_to_mean=np.nan,
        source=source,
    )
    return rows[COLUMNS].sort_values(key, ignore_index=True)


def _by_model(table: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Volume split over models where there are any."""
    if shares.empty:
        return table
    split = table.merge(shares, on=["region", "workload"], how="left")
    has = split["llm"].notna()
    split[VOLUME] *= split["share"].where(has, 1.0)
    split["workload"] = split["workload"].where(~has, split["workload"] + "-" + split["llm"].fillna(""))
    return split.drop(columns=["llm", "share"])


def quarterly(rows: pd.DataFrame) -> pd.DataFrame:
    """Months as quarters, each the mean of its months; lengths weighted by requests, the highest peak."""
    year, month = rows["period"].str[:4], rows["period"].str[5:7].astype(int)
    quarter = year + "Q" + ((month - 1) // 3 + 1).astype(str)
    table = rows.assign(period=quarter)
    for name in ("mean_input_tokens", "mean_output_tokens"):
        table[name] = table[name] * table["requests_per_day"]
    key = ["period", "region", "workload", "source"]
    numbers = [name for name in COLUMNS if name not in key]
    means = table.groupby(key, as_index=False)[numbers].mean()
    means["peak_to_mean"] = table.groupby(key)["peak_to_mean"].max().to_numpy()
    for name in ("mean_input_tokens", "mean_output_tokens"):
        means[name] = means[name] / means["requests_per_day"]
    return means[COLUMNS]


def fitted_to_profiles(rows: pd.DataFrame, means: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows for workloads that have a length profile: the requests of the profile's lengths that carry the same tokens.

    Parameters
    ----------
    means : workload, mean_in, mean_out [tokens per request] of the profiles

    Returns
    -------
    rows, and a sentence for each workload whose forecast lengths are more than 5 % from its profile's
    """
    joined = rows.merge(means, on="workload", how="left")
    has = joined["mean_in"].notna()
    into = joined["input_mtok_per_day"].fillna(
        joined["requests_per_day"] * joined["mean_input_tokens"] / TOKENS_PER_MTOK
    )
    out = joined["output_mtok_per_day"].fillna(
        joined["requests_per_day"] * joined["mean_output_tokens"] / TOKENS_PER_MTOK
    )
    carried = (into + out) * TOKENS_PER_MTOK / (joined["mean_in"] + joined["mean_out"])
    fitted = rows.copy()
    fitted["requests_per_day"] = carried.fillna(joined["requests_per_day"]).where(
        has, joined["requests_per_day"]
    )
    for name in ("input_mtok_per_day", "output_mtok_per_day", "mean_input_tokens", "mean_output_tokens"):
        fitted[name] = joined[name].where(~has)
    notes = []
    for workload, mine in joined[has].assign(into=into, out=out).groupby("workload"):
        ratio = mine["into"].sum() / mine["out"].sum() if mine["out"].sum() else np.nan
        own = float(mine["mean_in"].iloc[0] / mine["mean_out"].iloc[0])
        last = mine.sort_values("period").iloc[-1]
        prompt = (
            last["mean_input_tokens"] / last["mean_in"] if pd.notna(last["mean_input_tokens"]) else np.nan
        )
        if abs(ratio / own - 1.0) > NOTED_DIFFERENCE or abs(prompt - 1.0) > NOTED_DIFFERENCE:
            text = f"{workload}: {ratio:.3g} input tokens per output token, its length profile has {own:.3g}"
            if pd.notna(prompt):
                text += f"; prompts of {last['mean_input_tokens']:,.0f} tokens in {last['period']}"
                text += f", its profile has {last['mean_in']:,.0f}"
            notes.append(f"{text}. Total tokens are kept; give the workload a profile of this traffic.")
    return fitted, notes
