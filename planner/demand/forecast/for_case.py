"""What a case says about a forecast: its months, its workloads and regions, and the lengths of its profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.demand.forecast.history import Dates
from planner.demand.forecast.rows import fitted_to_profiles, quarterly
from planner.demand.lengths import length_buckets
from planner.demand.peaks import slice_loads, slice_table
from planner.errors import InputError, Problem
from planner.inputs.case import Case
from planner.inputs.nearest import nearest_mend


def months_of(case: Case) -> Dates:
    """First day of every month of the case's horizon."""
    first = case.periods[0]
    month = f"{first[:4]}-{int(first[5:]) * 3 - 2:02d}" if "Q" in first else first
    count = len(case.periods) * case.settings.period_months
    return (np.datetime64(month, "M") + np.arange(count)).astype("datetime64[D]")


def rows_for(case: Case, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Demand rows in the case's periods, in requests where its workloads have length profiles.

    Returns
    -------
    rows, and sentences on lengths that differ

    Raises
    ------
    InputError : workloads or regions that the case does not have
    """
    workloads = case.frame("workloads")
    _known(rows["workload"], set(workloads["workload"]), "workload", case.settings.name)
    _known(rows["region"], set(case.frame("routes")["region"]), "region", case.settings.name)
    if case.settings.period_months == 3:
        rows = quarterly(rows)
    profiled = workloads[workloads["length_profile"].notna()]
    buckets = length_buckets(profiled, case.frame("length_profiles"), case.frame("demand").iloc[:0])
    means = pd.DataFrame(
        {
            "workload": buckets["workload"],
            "mean_in": buckets["mean_in"] * buckets["share"],
            "mean_out": buckets["mean_out"] * buckets["share"],
        }
    )
    return fitted_to_profiles(rows, means.groupby("workload", as_index=False).sum())


def week_peaks(case: Case) -> pd.Series[float]:
    """Load the fleet is sized for over the mean of the week, by workload."""
    week = slice_table(case.frame("slices").iloc[:0])
    loads = slice_loads(case.frame("workloads"), case.frame("traffic_shapes"), week, {"": 0})
    return loads.set_index("workload")["week_peak"].astype(float)


def _known(names: pd.Series[str], known: set[str], field: str, case: str) -> None:
    problems = [
        Problem("history", "", field, f"'{name}'", f"a {field} of case {case}", nearest_mend(name, known))
        for name in sorted(set(names) - known)
    ]
    if problems:
        raise InputError(problems)
