"""The tiny case is planned to the proof; the starter case buys both origins and its limits cost something."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner import api
from planner.inputs import load_case
from planner.optimization.build import Built, build
from planner.optimization.gather import gather
from planner.optimization.given import Given
from planner.optimization.solve import Outcome, SolveOptions, solve_matrix
from planner.plan import Plan, audit
from planner.prepare import prepare

DEMAND = Path(__file__).resolve().parents[2] / "demand"
PRICED = 1e-3  # thousands of CNY per unit of a row: less is noise of the solver's tolerance
FEW = 1e-6  # of a server


@pytest.fixture(scope="module")
def tiny() -> Plan:
    return api.solve(DEMAND / "tiny")


def test_the_tiny_case_is_solved_to_its_gap_and_serves_everything(tiny: Plan) -> None:
    assert tiny.status == "optimal"
    assert tiny.bound <= tiny.cost
    assert tiny.gap <= 0.01
    assert tiny.table("unmet").empty
    assert tiny.table("promises").empty


def test_the_audit_agrees_with_the_tiny_plan(tiny: Plan) -> None:
    report = audit(tiny.given, tiny.tables, tiny.cost)
    assert report.clean, report.findings


def test_the_tiny_plan_orders_both_origins_for_both_sites(tiny: Plan) -> None:
    orders = tiny.table("orders")
    assert set(orders["origin"]) == {"domestic", "imported"}
    assert set(orders["site"]) == {"coast", "west"}
    assert tiny.table("limits").query("binding")["family"].isin({"supply_limit"}).any()


@pytest.fixture(scope="module")
def relaxed_starter() -> tuple[Given, Built, Outcome]:
    """The starter case with fractions of servers: seconds, and its row prices say which limits bind."""
    given = gather(prepare(load_case(DEMAND / "starter")).given)
    built = build(given)
    outcome = solve_matrix(built.matrix, SolveOptions(time_limit_s=120.0), relax=True)
    assert outcome.status == "optimal"
    return given, built, outcome


def amounts(relaxed: tuple[Given, Built, Outcome], decision: str) -> pd.DataFrame:
    _, built, outcome = relaxed
    assert outcome.values is not None
    table = built.program.decisions[decision]
    return table.assign(value=outcome.values[table["column"].to_numpy()])


def test_the_best_mix_of_the_starter_case_holds_several_cards_of_both_origins(
    relaxed_starter: tuple[Given, Built, Outcome],
) -> None:
    given = relaxed_starter[0]
    orders = amounts(relaxed_starter, "order").merge(given.offers[["offer", "origin"]], on="offer")
    bought = orders[orders["value"] > FEW].groupby("origin")["accelerator"].nunique()
    assert bought["domestic"] >= 2
    assert bought["imported"] >= 1
    installed = amounts(relaxed_starter, "installed").query("node == '2028-12' and value > @FEW")
    running = installed.merge(given.cards[["accelerator", "origin"]], on="accelerator")
    kinds = running.groupby("origin")["accelerator"].nunique()
    assert kinds["domestic"] >= 3
    assert kinds["imported"] >= 3


def test_limits_of_at_least_three_families_bind_in_the_starter_case(
    relaxed_starter: tuple[Given, Built, Outcome],
) -> None:
    _, built, outcome = relaxed_starter
    assert outcome.duals is not None
    families = ("supply_limit", "power_limit", "budget_limit", "domestic_share", "vendor_share")
    prices = {name: outcome.duals[built.program.families[name].keys["row"].to_numpy()] for name in families}
    binding = {name for name, price in prices.items() if np.abs(price).max() > PRICED}
    assert {"supply_limit", "power_limit", "domestic_share"} <= binding
    assert len(binding) >= 4


def test_the_limits_of_the_starter_case_leave_room_to_serve_everything(
    relaxed_starter: tuple[Given, Built, Outcome],
) -> None:
    given = relaxed_starter[0]
    share = amounts(relaxed_starter, "unmet")["value"].sum() / given.requests["requests_per_s"].sum()
    assert share < 1e-4


def test_the_fleet_of_the_starter_case_is_of_middle_size(
    relaxed_starter: tuple[Given, Built, Outcome],
) -> None:
    cards = amounts(relaxed_starter, "installed").groupby("node")["value"].sum()
    assert 2_000 <= cards["2028-12"] <= 6_000
    assert cards["2028-12"] > 1.5 * cards["2027-01"]
