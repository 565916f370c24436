"""What each lever does in a period, alone and with the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.demand import demand_tables
from planner.demand.levers import applied, strength, token_totals
from planner.inputs.case import Case
from planner.savings.cards import CardEstimate


@dataclass(frozen=True)
class LeverEffects:
    """What levers do in a period.

    Attributes
    ----------
    table : lever ("as it stands" first, "all together" last), used_share, requests_per_day, input_mtok_per_day,
        compute_input_mtok_per_day, output_mtok_per_day, cards, cost_per_month, and logical_change, compute_change and
        cards_change over the first row [share]
    counted_on : card of every workload
    left_out : share of the requests of a workload that this card serves at no load, and that are not counted
    """

    table: pd.DataFrame
    counted_on: dict[str, str]
    left_out: dict[str, float]


def used_shares(case: Case, levers: pd.DataFrame, period: str) -> dict[str, float]:
    """Share of the requests each lever is used on in a period, by name."""
    months = case.settings.period_months
    return {
        str(lever["lever"]): strength(lever, case.periods, period, months)
        for lever in levers.to_dict("records")
    }


def lever_effects(case: Case, levers: pd.DataFrame, period: str) -> LeverEffects:
    """Each lever alone and all together, in one period."""
    estimate = CardEstimate(case, demand_tables(case), period)
    used = used_shares(case, levers, period)
    variants = [("as it stands", levers.iloc[:0])]
    variants += [(str(name), levers[levers["lever"] == name]) for name in levers["lever"]]
    if len(levers) > 1:
        variants.append(("all together", levers))
    rows = []
    for name, some in variants:
        work = applied(estimate.work, some, used)
        share = used.get(name, np.nan)
        running = float((some["cost_per_month"] * [used[one] > 0 for one in some["lever"]]).sum())
        cards = float(estimate.cards(work).sum(skipna=False))
        rows.append(
            {
                "lever": name,
                "used_share": share,
                **token_totals(work),
                "cards": cards,
                "cost_per_month": running,
            }
        )
    table = pd.DataFrame(rows)
    logical = table["input_mtok_per_day"] + table["output_mtok_per_day"]
    computed = table["compute_input_mtok_per_day"] + table["output_mtok_per_day"]
    for name, values in (("logical", logical), ("compute", computed), ("cards", table["cards"])):
        table[f"{name}_change"] = values / values.iloc[0] - 1.0
    return LeverEffects(table, estimate.chosen, estimate.left_out)
