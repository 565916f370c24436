"""What ``capplan solve --verify`` does with a plan that fell short: lower the rates and solve again."""

from __future__ import annotations

import pandas as pd

from planner.simulation.verify import Verification

FACTOR_COLUMNS = ["workload", "layout", "factor"]
MARGIN = 0.98  # assumed: two per cent below, so that the next plan does not fall short by a hair


def tighten_factors(verification: Verification) -> pd.DataFrame:
    """Factors for the rates of the serving table.

    Returns
    -------
    workload, layout, factor [share, 0 where no number of replicas keeps the promise: the layout cannot serve the
    workload]; one row per pair that fell short at some site, the smallest factor of its sites. Empty when nothing did.
    """
    rows = [
        (workload, shortage.pool.layout, shortage.load_factor * MARGIN)
        for shortage in verification.shortages
        for workload in shortage.workloads
    ]
    frame = pd.DataFrame(rows, columns=FACTOR_COLUMNS).astype({"factor": "float64"})
    return frame.groupby(FACTOR_COLUMNS[:2])["factor"].min().reset_index()


def tightened(rates: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """The serving table's rates times their factors; rows that come to 0 are dropped.

    Parameters
    ----------
    rates : workload, layout, requests_per_s and other columns, which are kept
    factors : as `tighten_factors` gives them; apply the products of several rounds
    """
    joined = rates.merge(factors, on=["workload", "layout"], how="left")
    joined["requests_per_s"] *= joined.pop("factor").fillna(1.0)
    return joined[joined["requests_per_s"] > 0].reset_index(drop=True)


def combined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Factors of two rounds as one table: their products."""
    both = pd.concat([first, second], ignore_index=True)
    return both.groupby(FACTOR_COLUMNS[:2])["factor"].prod().reset_index()
