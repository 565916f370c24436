"""What really happened, beside the run it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from planner.budget.branch import of_branch
from planner.budget.run_money import rows_of, run_id
from planner.inputs.actuals import read_actuals
from planner.inputs.files import FileHash
from planner.plan import Plan


@dataclass(frozen=True, eq=False)
class Actuals:
    """Checked actuals of a run.

    Attributes
    ----------
    run_id : of the run they were checked against
    tables : deliveries, paid_prices, served, as declared
    listed : listed price and rate of each offer, for offers that were bought without a plan
    sources : files and their hashes
    """

    run_id: str
    tables: Mapping[str, pd.DataFrame]
    listed: Mapping[str, tuple[float, float]]
    sources: tuple[FileHash, ...]


def actuals_of(folder: Path | str, whole: Plan, branch: str | None = None) -> Actuals:
    """Read actuals and check them against a run.

    Raises
    ------
    InputError : every problem, such as an offer that the run does not have
    UnreachableError : there is no such folder
    """
    plan = of_branch(whole, branch)
    known = {name: set(plan.given[name][name[:-1]].astype(str)) for name in ("offers", "sites", "workloads")}
    read = read_actuals(folder, known)
    rates = {
        (str(row["currency"]), str(row["period"])): float(row["rate"]) for row in rows_of(plan.given["fx"])
    }
    first = {currency: rate for (currency, _), rate in sorted(rates.items(), reverse=True)}
    listed = {
        str(row["offer"]): (
            float(row["price_per_card"]), first.get(str(row["currency"] or plan.currency), 1.0)
        )
        for row in rows_of(plan.given["offers"])
    }  # fmt: skip
    return Actuals(run_id(plan), read.tables, listed, read.sources)
