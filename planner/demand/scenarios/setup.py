"""What is drawn: periods, series with their spreads, events; and whether the events can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand.scenarios.parameters import CLASS_CORRELATION, REGION_CORRELATION, Spread
from planner.errors import InputError, Problem
from planner.inputs.nearest import nearest_mend


@dataclass(frozen=True)
class Setup:
    """What is drawn.

    Attributes
    ----------
    periods : labels in order. period_months : 1 or 3
    series : workload, region ("" where regions move together), service_class; one row per series
    spreads : of every series
    events : rows of `EVENTS`; those of one event share its probability, span and needs
    class_correlation, region_correlation : 0 to 1
    center : "median": half of the paths of the fan lie above the forecast; "mean": their mean is the forecast
    """

    periods: tuple[str, ...]
    period_months: int
    series: pd.DataFrame
    spreads: Sequence[Spread]
    events: pd.DataFrame
    class_correlation: float = CLASS_CORRELATION
    region_correlation: float = REGION_CORRELATION
    center: str = "median"


def check_events(setup: Setup) -> None:
    """Events that can be drawn.

    Raises
    ------
    InputError : with everything that is wrong
    """
    events, problems = setup.events, []
    names = set(events["event"])
    at = {label: number for number, label in enumerate(setup.periods)}
    for row in events.to_dict("records"):

        def fault(field: str, found: str, expected: str, mend: str = "", row: dict = row) -> None:  # type: ignore[type-arg]
            where = f"event {row['event']}"
            problems.append(Problem("events", where, field, found, expected, mend))

        if row["needs"] is not None and row["needs"] not in names:
            fault("needs", f"'{row['needs']}'", "another event", nearest_mend(row["needs"], names))
        for name in ("earliest", "latest"):
            if row[name] is not None and row[name] not in at:
                fault(name, f"'{row[name]}'", f"a period from {setup.periods[0]} to {setup.periods[-1]}")
        amount = "months" if row["what"] == "lead_time" else "factor"
        if np.isnan(row[amount]):
            fault(amount, "blank", f"the {amount}, for an effect on {row['what']}")
    needs = {row["event"]: row["needs"] for row in events.drop_duplicates("event").to_dict("records")}
    for name in sorted(names):
        chain, one = {name}, needs[name]
        while one in needs and one not in chain:
            chain.add(one)
            one = needs[one]
        if one in chain:
            problems.append(
                Problem("events", f"event {name}", "needs", "a circle", "an event that can come first")
            )
    if problems:
        raise InputError(problems)
