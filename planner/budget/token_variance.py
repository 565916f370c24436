"""Tokens served against tokens planned, by workload: volume and mix, in whole tokens that add up."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from planner.budget.actuals import Actuals
from planner.budget.fiscal import month_number
from planner.budget.money import exact
from planner.budget.run_money import RunMoney, rows_of
from planner.plan import Plan
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, TOKENS_PER_MTOK

COLUMNS = ("workload", "planned_tokens", "actual_tokens", "difference", "volume", "mix")


def planned_tokens(plan: Plan, run: RunMoney, through: int) -> dict[str, Fraction]:
    """Logical tokens that the plan serves by the end of a month, by workload: demand less what is left unmet.

    Formula, per workload, bucket, region, node and slice, with tokens the mean input and output of the bucket::

        mean requests/s * share of the slice * seconds of the months * tokens - unmet
    """
    slices = {str(row["slice"]): exact(row["share"]) for row in rows_of(plan.given["slices"])}
    tokens = {
        (row["workload"], row["bucket"]): exact(row["mean_in"]) + exact(row["mean_out"])
        for row in rows_of(plan.given["buckets"])
    }
    month_s = exact(HOURS_PER_MONTH) * exact(SECONDS_PER_HOUR)
    found: dict[str, Fraction] = {}
    for row in rows_of(plan.given["requests"]):
        months = _months(run, str(row["node"]), through)
        rate = exact(row["mean_requests_per_s"]) * slices[str(row["slice"])]
        served = rate * month_s * months * tokens[row["workload"], row["bucket"]]
        found[str(row["workload"])] = found.get(str(row["workload"]), Fraction(0)) + served
    for row in rows_of(plan.tables["unmet"]):
        share = Fraction(_months(run, str(row["node"]), through), run.period_months)
        found[str(row["workload"])] -= exact(row["mtok"]) * exact(TOKENS_PER_MTOK) * share
    return found


def _months(run: RunMoney, node: str, through: int) -> int:
    """Months of a node up to a month."""
    first = run.months.get(node)
    return 0 if first is None else max(0, min(run.period_months, through - first + 1))


def token_variance(plan: Plan, run: RunMoney, actuals: Actuals, through: int) -> pd.DataFrame:
    """One row per workload, then ``total``; columns `COLUMNS`, in tokens.

    Formula, with totals T and shares s of a workload, plan (p) and actual (a)::

        volume = (Ta - Tp) * s_p        mix = Ta * (s_a - s_p)        volume + mix = actual - planned
    """
    planned = {name: round(value) for name, value in planned_tokens(plan, run, through).items()}
    actual = dict.fromkeys(planned, 0)
    for row in rows_of(actuals.tables["served"]):
        if run.first_month <= month_number(row["month"]) <= through:
            mtok = exact(row["input_mtok"]) + exact(row["output_mtok"])
            actual[str(row["workload"])] += round(mtok * exact(TOKENS_PER_MTOK))
    before, now = sum(planned.values()), sum(actual.values())
    names = sorted(planned)
    shares = [Fraction(planned[name], before) if before else Fraction(1, len(names)) for name in names]
    volumes = _whole((now - before), shares)
    rows = [
        (
            name,
            planned[name],
            actual[name],
            actual[name] - planned[name],
            volume,
            actual[name] - planned[name] - volume,
        )
        for name, volume in zip(names, volumes, strict=True)
    ]
    sums: list[int] = [sum(int(row[at]) for row in rows) for at in range(1, len(COLUMNS))]
    return pd.DataFrame([*rows, ("total", *sums)], columns=list(COLUMNS), dtype=object)


def _whole(amount: int, shares: Sequence[Fraction]) -> list[int]:
    """An amount of tokens in whole parts by largest remainder."""
    ideal = [amount * share for share in shares]
    floors = [value.numerator // value.denominator for value in ideal]
    order = sorted(range(len(ideal)), key=lambda i: (floors[i] - ideal[i], i))
    for i in order[: amount - sum(floors)]:
        floors[i] += 1
    return floors
