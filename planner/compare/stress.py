"""What a plan's orders are worth when things go wrong: orders held, all else decided again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.optimization.build import Built, build
from planner.optimization.gather import gather
from planner.optimization.given import Given
from planner.optimization.matrix import Matrix
from planner.optimization.scale import MONEY
from planner.optimization.solve import SolveOptions, solve_matrix
from planner.plan import Plan

Tables = Mapping[str, pd.DataFrame]
# Rules that were promises of the plan, not facts of the world: a shock may break them.
POLICIES = ("domestic_share", "vendor_share", "include_exclude", "budget_limit", "supply_limit", "supply_window",
            "order_size", "fleet_minimum")  # fmt: skip
HIGH_DEMAND = 1.25  # assumed: p90 over p50 of a forecast a year ahead, see docs/compare.md
LATE_MONTHS = 6.0  # assumed: what a late maker is late


@dataclass(frozen=True)
class Shock:
    """Something that goes wrong.

    Attributes
    ----------
    name : for people
    changed : given tables under the shock
    lost : which orders do not come, given the table of orders and the tables
    """

    name: str
    changed: Callable[[Tables, Plan], dict[str, pd.DataFrame]]
    lost: Callable[[pd.DataFrame, Tables], pd.Series[bool]]


@dataclass(frozen=True)
class Stressed:
    """What a shock does to a plan: cost discounted [case currency] and tokens not served [million tokens]."""

    shock: str
    cost: float
    unserved: float


def shocks(
    ban_from: str | None, demand: float = HIGH_DEMAND, late_months: float = LATE_MONTHS
) -> tuple[Shock, ...]:
    """Nothing, the import ban from a period, high demand, and the main maker late."""
    found = [Shock("as planned", lambda tables, plan: {}, _none)]
    if ban_from is not None:
        banned = ban_from

        def imported_after(orders: pd.DataFrame, tables: Tables) -> pd.Series[bool]:
            period = orders["ordered"].map(tables["periods"].set_index("node")["period"])
            return (orders["origin"] == "imported") & (period >= banned)

        found.append(Shock(f"import ban from {banned}", lambda tables, plan: {}, imported_after))

    def more(tables: Tables, plan: Plan) -> dict[str, pd.DataFrame]:
        rates = ["requests_per_s", "mean_requests_per_s"]
        return {
            "requests": tables["requests"].assign(
                **{name: tables["requests"][name] * demand for name in rates}
            )
        }

    def late(tables: Tables, plan: Plan) -> dict[str, pd.DataFrame]:
        vendor = main_maker(plan)
        cards = set(tables["cards"].loc[tables["cards"]["vendor"] == vendor, "accelerator"])
        offers = tables["offers"].loc[tables["offers"]["accelerator"].isin(cards), ["offer"]]
        delays = offers.merge(tables["periods"][["node"]], how="cross").assign(months=late_months)
        return {"delays": delays}

    found.append(Shock(f"demand {100 * (demand - 1):+.0f} %", more, _none))
    found.append(Shock(f"main maker {late_months:g} months late", late, _none))
    return tuple(found)


def _none(orders: pd.DataFrame, tables: Tables) -> pd.Series[bool]:
    return pd.Series(False, index=orders.index)


def main_maker(plan: Plan) -> str:
    """The maker with the most landed money in a plan's orders, '' without orders."""
    spend = plan.tables["orders"].groupby("vendor")["landed"].sum()
    return str(spend.idxmax()) if len(spend) else ""


def stressed(plan: Plan, shock: Shock, time_limit_s: float = 60.0) -> Stressed:
    """Cost and shortage of a plan's orders under a shock, everything else decided again.

    Replicas may be fractions here: the figure compares orders, and a start of the next plan is not wanted. Policies,
    budgets and quotas hold no more: what was ordered is ordered.
    """
    tables = {**plan.given, **shock.changed(plan.given, plan)}
    tables["settings"] = tables["settings"].assign(objective="expected")
    given = gather(tables)
    built = build(given)
    orders = plan.tables["orders"]
    orders = orders[~shock.lost(orders, tables)].rename(columns={"ordered": "node"})
    matrix = _released(built, _held(built, orders))
    outcome = solve_matrix(matrix, SolveOptions(time_limit_s=time_limit_s), relax=True)
    if outcome.values is None:
        return Stressed(shock.name, float("nan"), float("nan"))
    left = built.decide.unmet.assign(value=outcome.values[built.decide.unmet["column"].to_numpy()])
    return Stressed(shock.name, outcome.cost * MONEY + _never_built(given, built, orders), _mtok(given, left))


def _held(built: Built, orders: pd.DataFrame) -> Matrix:
    """The program with its orders as they were placed; orders that come too late under the shock are not there."""
    columns = built.program.decisions["order"]
    chosen = columns[["offer", "site", "node", "column"]].merge(
        orders[["offer", "site", "node", "servers"]], on=["offer", "site", "node"], how="left"
    )
    at = chosen["column"].to_numpy(np.int64)
    servers = chosen["servers"].fillna(0.0).to_numpy(float)
    lower, upper = built.matrix.lower.copy(), built.matrix.upper.copy()
    lower[at] = upper[at] = servers
    for name in ("placed", "joined"):
        table = built.program.decisions.get(name)
        if table is not None and len(table):
            upper[table["column"]] = 1.0
    return replace(built.matrix, lower=lower, upper=upper)


def _released(built: Built, matrix: Matrix) -> Matrix:
    """The program without the rows of policies."""
    row_lower, row_upper = matrix.row_lower.copy(), matrix.row_upper.copy()
    for name in POLICIES:
        rows = built.program.families[name].keys["row"].to_numpy(np.int64)
        row_lower[rows], row_upper[rows] = -np.inf, np.inf
    return replace(matrix, row_lower=row_lower, row_upper=row_upper)


def _never_built(given: Given, built: Built, orders: pd.DataFrame) -> float:
    """Money of orders that the shock moves beyond the horizon: they are paid all the same [discounted]."""
    known = built.program.decisions["order"][["offer", "site", "node"]].drop_duplicates()
    marked = orders.merge(known, on=["offer", "site", "node"], how="left", indicator=True)
    gone = marked[marked["_merge"] == "left_only"]
    rates = given.nodes.set_index("node")["discount"]
    return float((gone["landed"].astype(float) * gone["node"].map(rates).astype(float)).sum())


def _mtok(given: Given, left: pd.DataFrame) -> float:
    """Million tokens of what is left unmet, by the probability of its node."""
    table = left.merge(given.tokens, on=["workload", "bucket"])
    table = table.merge(given.mean_to_peak, on=["workload", "node", "slice"])
    table = table.merge(given.slices[["slice", "hours"]], on="slice")
    table = table.merge(given.nodes[["node", "probability"]], on="node")
    volume = (
        table["value"] * table["mean_to_peak"] * table["hours"] * 3600.0 * table["tokens_per_request"] / 1e6
    )
    return float((volume * table["probability"]).sum())
