"""Levers as measures that a plan takes up or leaves, and a case with all of them in force."""

from __future__ import annotations

import pandas as pd

from planner.demand import demand_tables
from planner.demand.agents.lengths import on_grid
from planner.demand.levers import ORDER, applied, work_of
from planner.inputs.case import Case
from planner.savings.cards import CardEstimate
from planner.savings.effects import used_shares

LEAST_SAVING = 1e-4  # of the work: less is no measure
MOST_SAVING = 0.999  # a measure that saves all would leave nothing to plan
MEASURE_COLUMNS = ["measure", "workload", "saves_share", "max_share", "start_cost", "cost_per_month", "ramp_months",
                   "from_period", "source"]  # fmt: skip


def measure_rows(case: Case, levers: pd.DataFrame, period: str) -> tuple[pd.DataFrame, list[str]]:
    """Levers as rows of the case's table ``measures``, which a plan takes up or leaves.

    Every lever at its full effect, in the stated order, on what those before it left at their most: ``saves_share`` is
    the share of the workload's cards that go. Costs of a lever for all workloads are split by what each of them saves.

    Returns
    -------
    rows, and sentences on levers that cannot be measures
    """
    estimate = CardEstimate(case, demand_tables(case), period)
    rank = {kind: at for at, kind in enumerate(ORDER)}
    ordered = sorted(levers.to_dict("records"), key=lambda row: rank[str(row["kind"])])
    before, work, rows, notes = estimate.cards(estimate.work), estimate.work, [], []
    for number, lever in enumerate(ordered, start=1):
        name = str(lever["lever"])
        if lever["kind"] == "smaller_model":
            notes.append(f"{name}: moves work to another workload; change demand.csv to plan with it.")
            continue
        one = levers[levers["lever"] == name]
        full = (1.0 - estimate.cards(applied(work, one, {name: 1.0})) / before).clip(upper=MOST_SAVING)
        work = applied(work, one, {name: float(lever["adoption_share"])})
        saved = full[full > LEAST_SAVING]
        weight = (saved * before[saved.index]) / float((saved * before[saved.index]).sum() or 1.0)
        for workload, share in ((str(one), float(saved[one])) for one in saved.index):
            rows.append((f"{number:02d}-{name}-{workload}", workload, round(share, 4), lever["adoption_share"],
                         lever["start_cost"] * weight[workload], lever["cost_per_month"] * weight[workload],
                         lever["ramp_months"], lever["from_period"],
                         f"lever {name} on {estimate.chosen[workload]}, {period}"))  # fmt: skip
        before = estimate.cards(work)
    return pd.DataFrame(rows, columns=MEASURE_COLUMNS), notes


def levered_tables(case: Case, levers: pd.DataFrame, period: str) -> dict[str, pd.DataFrame]:
    """The case's own tables with all levers in force: demand, length_profiles and workloads.

    Lengths are those of ``period`` in all periods, for a profile has no time; requests follow the ramps.
    """
    demand = demand_tables(case)
    profiles, volumes = [], []
    for node in case.periods:
        work = applied(work_of(demand, node), levers, used_shares(case, levers, node))
        sums = work.groupby(["workload", "region"], as_index=False)["requests_per_day"].sum()
        volumes.append(sums.assign(period=node))
    work = applied(work_of(demand, period), levers, used_shares(case, levers, period))
    for workload, rows in work.groupby("workload"):
        cells = on_grid(
            rows["mean_in"].to_numpy(float),
            rows["mean_cached_in"].to_numpy(float),
            rows["mean_out"].to_numpy(float),
            rows["requests_per_day"].to_numpy(float),
        )
        profiles.append(cells.assign(profile=f"levers-{workload}", source=f"levers in {period}"))
    workloads = case.frame("workloads")
    named = workloads["workload"].isin(work["workload"])
    workloads["length_profile"] = workloads["length_profile"].where(~named, "levers-" + workloads["workload"])
    workloads["cached_input_share"] = 0.0
    kept = case.frame("demand")[["period", "region", "workload", "peak_to_mean"]]
    key = ["period", "region", "workload"]
    table = pd.concat(volumes, ignore_index=True).merge(kept, on=key, how="outer")
    table["requests_per_day"] = table["requests_per_day"].fillna(0.0)
    filled = table[[*key, "requests_per_day", "peak_to_mean"]]
    return {
        "demand": _every_period(filled.sort_values(key), case.periods),
        "length_profiles": pd.concat(profiles, ignore_index=True),
        "workloads": workloads,
    }


def _every_period(rows: pd.DataFrame, periods: tuple[str, ...]) -> pd.DataFrame:
    """Pairs of region and workload that levers made have a row in every period, 0 where nothing comes."""
    pairs = rows[["region", "workload"]].drop_duplicates()
    grid = pd.DataFrame({"period": periods}).merge(pairs, how="cross")
    table = grid.merge(rows, on=["period", "region", "workload"], how="left")
    return table.fillna({"requests_per_day": 0.0})
