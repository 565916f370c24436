"""The setup of a case: its periods, workloads and regions, what its demand weighs, and the events that can touch it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.requests import demand_tables
from planner.demand.scenarios.parameters import (
    CLASS_CORRELATION,
    REGION_CORRELATION,
    default_events,
    spreads_of,
)
from planner.demand.scenarios.setup import Setup
from planner.errors import InputError, Problem
from planner.inputs.case import Case
from planner.inputs.nearest import nearest_mend

Numbers = npt.NDArray[np.float64]


def setup_of(
    case: Case,
    fan: pd.DataFrame | None = None,
    events: pd.DataFrame | None = None,
    *,
    by_region: bool = False,
    correlations: tuple[float, float] | None = None,
    center: str = "median",
) -> Setup:
    """What is drawn for a case.

    Parameters
    ----------
    fan, events : rows of `FAN` and `EVENTS`; the usual ones where None, those events only that can touch the case
    by_region : regions of a workload move apart; else together
    correlations : across workloads, across regions
    center : what of the fan is the forecast, "median" or "mean"

    Raises
    ------
    InputError : a fan or events of workloads, regions, quotas or offers that the case does not have
    """
    workloads = case.frame("workloads").set_index("workload")
    pairs = case.frame("demand")[["workload", "region"]].drop_duplicates()
    if not by_region:
        pairs = pairs[["workload"]].drop_duplicates().assign(region="")
    series = pairs.sort_values(["workload", "region"], ignore_index=True)
    series["service_class"] = series["workload"].map(workloads["service_class"])
    touching = _touching(case, default_events()) if events is None else events
    _check_names(case, fan, touching)
    across = correlations or (CLASS_CORRELATION, REGION_CORRELATION)
    spreads = spreads_of(series, fan)
    return Setup(case.periods, case.settings.period_months, series, spreads, touching, *across, center)


def weights_of(case: Case, series: pd.DataFrame) -> Numbers:
    """Tokens to compute (input after prefix reuse, and output) of every series and period; shape (series, periods).

    The total that drives cost, without knowing cards.
    """
    volumes = demand_tables(case).volumes
    tokens = volumes.assign(tokens=volumes["compute_input_mtok_per_day"] + volumes["output_mtok_per_day"])
    if (series["region"] == "").all():
        tokens["region"] = ""
    sums = tokens.groupby(["workload", "region", "node"])["tokens"].sum().unstack("node")
    wanted = pd.MultiIndex.from_frame(series[["workload", "region"]])
    return sums.reindex(index=wanted, columns=list(case.periods)).fillna(0.0).to_numpy(dtype=float)


def offers_of(case: Case) -> pd.DataFrame:
    """offer, accelerator, vendor, origin of the case's offers."""
    makers = pd.DataFrame(
        [(card.accelerator, card.vendor, card.origin) for card in case.cards],
        columns=["accelerator", "vendor", "origin"],
    )
    return case.frame("offers")[["offer", "accelerator"]].merge(makers, on="accelerator", how="left")


def _touching(case: Case, events: pd.DataFrame) -> pd.DataFrame:
    """The events that change anything in the case; those that need one that does not are left out too."""
    classes = set(case.frame("workloads")["service_class"].dropna())
    offers, limits = offers_of(case), case.frame("supply")

    def touches(row: pd.Series[str]) -> bool:
        if row["what"] == "demand":
            return row["service_class"] is None or row["service_class"] in classes
        if row["what"] == "supply":
            return len(limits) > 0
        return row["origin"] is None or bool((offers["origin"] == row["origin"]).any())

    kept = events[[touches(row) for _, row in events.iterrows()]]
    while True:
        able = kept["needs"].isna() | kept["needs"].isin(kept["event"])
        if able.all():
            return kept.reset_index(drop=True)
        kept = kept[able]


def _check_names(case: Case, fan: pd.DataFrame | None, events: pd.DataFrame) -> None:
    offers = offers_of(case)
    known = {
        "workload": set(case.frame("workloads")["workload"]),
        "region": set(case.frame("demand")["region"]),
        "limit": set(case.frame("supply")["limit"]),
        "service_class": set(case.frame("workloads")["service_class"].dropna()),
        **{name: set(offers[name].dropna()) for name in ("offer", "accelerator", "vendor", "origin")},
    }
    tables = [("events", events, tuple(known))]
    if fan is not None:
        tables.append(("fan", fan, ("workload", "region")))
    problems = []
    for table, rows, fields in tables:
        for field in fields:
            for name in sorted({value for value in rows[field] if value is not None and value != "*"}):
                if name not in known[field]:
                    mend = nearest_mend(str(name), known[field], "The case has none.")
                    expected = f"a {field.replace('_', ' ')} of case {case.settings.name}"
                    problems.append(Problem(table, "", field, f"'{name}'", expected, mend))
    if problems:
        raise InputError(problems)
