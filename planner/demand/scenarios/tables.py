"""Reduced scenarios as the tables ``scenarios`` and ``scenario_effects`` of a case."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.demand.scenarios.paths import NEVER, Paths
from planner.demand.scenarios.reduction import Reduced

DIGITS = 4  # of a factor
PROBABILITY_DIGITS = 9
NO_CHANGE = 5e-5  # a factor this near to 1 changes nothing
SCENARIO_COLUMNS = ["scenario", "probability", "source", "note"]
EFFECT_COLUMNS = ["effect", "scenarios", "from_period", "to_period", "what", "workload", "region", "limit", "offer",
                  "accelerator", "vendor", "origin", "factor", "months", "source"]  # fmt: skip


def scenario_tables(
    paths: Paths, reduced: Reduced, step_periods: int, source: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of both tables.

    Factors are means over ``step_periods`` periods, counted from each branching, so that a case has few effects; one
    row serves all regions of a workload, or all workloads, where they agree. Effects that several scenarios share are
    one effect: until they part, the scenarios are one.

    Returns
    -------
    scenarios : scenario, probability, source, note
    effects : the declared columns; scenarios separated by spaces
    """
    probability = np.round(reduced.probability, PROBABILITY_DIGITS)
    probability[int(np.argmax(probability))] += 1.0 - probability.sum()
    rows = [
        (name, float(np.round(share, PROBABILITY_DIGITS)), source, _note(paths, reduced, at))
        for at, (name, share) in enumerate(zip(reduced.names, probability, strict=True))
    ]
    scenarios = pd.DataFrame(rows, columns=SCENARIO_COLUMNS).sort_values("scenario", ignore_index=True)
    effects = pd.DataFrame(
        [*_demand_rows(paths, reduced, step_periods), *_market_rows(paths, reduced)],
        columns=EFFECT_COLUMNS[:-1],
    )
    effects["source"] = source
    return scenarios, effects.astype({"factor": float, "months": float})


def _note(paths: Paths, reduced: Reduced, at: int) -> str:
    """What the scenario is, in words."""
    periods = paths.setup.periods
    factor = float(reduced.demand[at, :, -1].mean())
    text = f"demand {factor:.2f} times the forecast in {periods[-1]}, mean of its series"
    happened = [
        f"{event} in {periods[int(start)]}"
        for event, start in zip(paths.events, reduced.starts[at], strict=True)
        if start != NEVER
    ]
    return "; ".join([text, *happened])


def _demand_rows(paths: Paths, reduced: Reduced, step: int) -> list[tuple[object, ...]]:
    """Effects on demand: one for every group of scenarios, span and series."""
    periods = paths.setup.periods
    names = np.array(reduced.names)
    everyone = np.zeros(len(names), dtype=np.int64)
    stages = [(0, reduced.branches[0], everyone)]
    ends = (*reduced.branches[1:], len(periods))
    stages += list(zip(reduced.branches, ends, reduced.stages, strict=True))
    rows: list[tuple[object, ...]] = []
    for begin, end, groups in stages:
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group)
            label = "all" if len(members) == len(names) else sorted(names[members])[0]
            for first in range(begin, end, step):
                last = min(first + step, end) - 1
                factors = np.round(reduced.demand[members[0], :, first : last + 1].mean(axis=1), DIGITS)
                for workload, region, factor in _merged(paths.setup.series, factors):
                    place = "-".join(part for part in (workload, region) if part)
                    effect = f"demand-{periods[first]}-{label}" + (f"-{place}" if place else "")
                    rows.append((effect, " ".join(sorted(names[members])), periods[first], periods[last], "demand",
                                 workload, region, None, None, None, None, None, factor, None))  # fmt: skip
    return rows


def _merged(series: pd.DataFrame, factors: np.ndarray) -> list[tuple[str | None, str | None, float]]:
    """Workload, region and factor of the rows that are needed: None stands for all."""
    if abs(factors - factors[0]).max() == 0:
        return [] if abs(factors[0] - 1.0) < NO_CHANGE else [(None, None, float(factors[0]))]
    rows: list[tuple[str | None, str | None, float]] = []
    for workload in series["workload"].drop_duplicates():
        mine = (series["workload"] == workload).to_numpy()
        own, regions = factors[mine], series.loc[mine, "region"].to_list()
        if abs(own - own[0]).max() == 0:
            rows.append((workload, None, float(own[0])))
        else:
            rows += [(workload, region, float(one)) for region, one in zip(regions, own, strict=True)]
    return [row for row in rows if abs(row[2] - 1.0) >= NO_CHANGE]


def _market_rows(paths: Paths, reduced: Reduced) -> list[tuple[object, ...]]:
    """Effects on prices, permits, quotas and deliveries."""
    setup, rows = paths.setup, []
    for row in setup.events[setup.events["what"] != "demand"].to_dict("records"):
        starts = reduced.starts[:, paths.events.index(row["event"])]
        for start in sorted(set(starts.tolist()) - {NEVER}):
            members = sorted(np.array(reduced.names)[starts == start])
            last = None
            if not np.isnan(row["lasts_months"]):
                length = int(np.ceil(row["lasts_months"] / setup.period_months))
                last = setup.periods[start + length - 1] if start + length < len(setup.periods) else None
            part = "" if row["part"] == "all" else f"-{row['part']}"
            factor = None if row["what"] == "lead_time" else row["factor"]
            months = row["months"] if row["what"] == "lead_time" else None
            selectors = (row["limit"], row["offer"], row["accelerator"], row["vendor"], row["origin"])
            chosen = selectors if row["what"] != "supply" else (row["limit"], None, None, None, None)
            rows.append((f"{row['event']}{part}-{setup.periods[start]}", " ".join(members), setup.periods[start], last,
                         row["what"], None, None, *chosen, factor, months))  # fmt: skip
    return rows
