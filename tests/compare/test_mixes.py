"""Mixes, stress and differences on cases done on paper (see ``tests/cases/base``)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from planner.compare.comparison import (
    Column,
    compared,
    differences,
    order_changes,
    policy_prices,
    solve_mixes,
)
from planner.compare.figures import figures
from planner.compare.mixes import mix_of
from planner.compare.render import render_changes
from planner.compare.stress import shocks, stressed
from planner.errors import InputError
from planner.inputs import load_case
from planner.optimization.solve import SolveOptions
from planner.plan import Plan
from planner.planning import solve_prepared
from planner.prepare import Prepared, prepare
from tests.cases.test_worked_cases import complete

OPTIONS = SolveOptions(gap=0.0, time_limit_s=20.0)
MTOK = 10 * 2_629_746 * 1_000 / 1e6  # 10 requests/s for a month, 1,000 tokens each


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Demand 10: one `imp` at 30,000, or three `dom` at 39,000."""
    return prepare(load_case(complete("base", tmp_path_factory.mktemp("case") / "base")))


@pytest.fixture(scope="module")
def best(prepared: Prepared) -> Plan:
    return solve_prepared(prepared, OPTIONS)


def cost(prepared: Prepared, words: str) -> float:
    changed = mix_of(words).applied(prepared.given)
    return solve_prepared(replace(prepared, given=changed), OPTIONS).cost


@pytest.mark.parametrize(
    ("words", "paper"),
    [
        ("best", 30_000),
        ("imported-only", 30_000),
        ("domestic-only", 39_000),
        ("domestic-share:0.5", 39_000),  # an imp beside a dom costs 43,000
        ("import-ban:2027-01", 39_000),
        ("import-ban:2027-02", 30_000),  # after the horizon
        ("price:imp=+20%", 36_000),
        ("price:imp=+40%", 39_000),
        ("price:imp=+20%+domestic-only", 39_000),
        ("vendor-cap:Away-Maker=0.5", 39_000),
    ],
)
def test_each_mix_costs_what_the_paper_says(words: str, paper: float, prepared: Prepared) -> None:
    assert cost(prepared, words) == pytest.approx(paper)


def test_without_offers_all_is_unserved(prepared: Prepared) -> None:
    assert cost(prepared, "api-only") == pytest.approx(MTOK * 1_000)  # the penalty per million tokens


@pytest.mark.parametrize(
    ("words", "found", "mend"),
    [
        ("domestc-only", "'domestc-only'", "domestic-only"),
        ("domestic-share", "'domestic-share'", "domestic-share:0.6"),
        ("domestic-only:1", "'domestic-only:1'", "without a value"),
        ("domestic-share:60", "'60'", "0 to 1"),
        ("vendor-cap:nobody=0.5", "'nobody'", "away-maker"),
        ("price:impp=+5%", "'impp'", "imp"),
        ("import-ban:soon", "'soon'", "2027-07"),
    ],
)
def test_a_mistake_in_a_mix_is_told(words: str, found: str, mend: str, prepared: Prepared) -> None:
    with pytest.raises(InputError) as error:
        mix_of(words).applied(prepared.given)
    text = str(error.value.problems[0])
    assert found in text
    assert mend in text


def test_figures_follow_from_the_paper(best: Plan) -> None:
    found = figures(best)
    assert found["cost"] == pytest.approx(30_000)
    assert found["tokens served"] == pytest.approx(MTOK)
    assert found["cost per million tokens"] == pytest.approx(30_000 / MTOK)
    assert found["domestic share of cards"] == 0.0
    assert found["largest power"] == pytest.approx(2.0)  # one card of 2 kW, PUE 1


def test_a_point_of_domestic_share_has_its_price(prepared: Prepared) -> None:
    view = compared(
        solve_mixes(prepared, [mix_of("best"), mix_of("domestic-only")], OPTIONS, lambda text: None)
    )
    assert differences(view).at["cost", "domestic-only"] == pytest.approx(9_000)
    prices = policy_prices(view).set_index("measure")
    assert prices.at["cards", "per_point"] == pytest.approx(9_000 / 100)


def test_shocks_hold_the_orders(best: Plan) -> None:
    calm, ban, more, late = (stressed(best, shock) for shock in shocks("2027-01", demand=1.5, late_months=1))
    assert (calm.cost, calm.unserved) == (pytest.approx(30_000), pytest.approx(0.0))
    # No card comes: nothing is paid for it, and nothing is served.
    assert (ban.cost, ban.unserved) == (pytest.approx(1_000 * MTOK), pytest.approx(MTOK))
    # 15 asked, 10 served; what is not served costs 1,000 a million tokens.
    assert (more.cost, more.unserved) == (pytest.approx(30_000 + 500 * MTOK), pytest.approx(0.5 * MTOK))
    # Paid, and beyond the horizon.
    assert (late.cost, late.unserved) == (pytest.approx(30_000 + 1_000 * MTOK), pytest.approx(MTOK))


def test_regret_is_against_the_plan_that_stands_it_best(prepared: Prepared) -> None:
    asked = [mix_of("best"), mix_of("domestic-only")]
    view = compared(solve_mixes(prepared, asked, OPTIONS, lambda text: None), shocks("2027-01")[:2])
    regret = view.stress.set_index(["shock", "name"])["regret"]
    assert regret["as planned", "best"] == pytest.approx(0.0)
    assert regret["as planned", "domestic-only"] == pytest.approx(9_000)
    assert regret["import ban from 2027-01", "domestic-only"] == pytest.approx(0.0)
    assert regret["import ban from 2027-01", "best"] == pytest.approx(1_000 * MTOK - 39_000)


def test_changes_of_orders_add_up(prepared: Prepared, best: Plan) -> None:
    dearer = replace(prepared, given=mix_of("price:imp=+20%").applied(prepared.given))
    table = order_changes(best, solve_prepared(dearer, OPTIONS))
    assert table["price"].to_list() == [pytest.approx(6_000)]
    assert table["quantity"].to_list() == [pytest.approx(0.0)]
    domestic = replace(prepared, given=mix_of("domestic-only").applied(prepared.given))
    table = order_changes(best, solve_prepared(domestic, OPTIONS)).set_index("offer")
    assert table["quantity"].to_dict() == {"dom": pytest.approx(39_000), "imp": pytest.approx(-30_000)}
    assert ((table["quantity"] + table["price"]) - table["amount"]).abs().max() == pytest.approx(0.0)


def test_changes_are_printed_with_their_sums(prepared: Prepared, best: Plan) -> None:
    domestic = replace(prepared, given=mix_of("domestic-only").applied(prepared.given))
    text = render_changes(order_changes(best, solve_prepared(domestic, OPTIONS)), "CNY")
    assert text.splitlines()[-1].split() == ["=", "all", "1", "3", "9,000.00", "0.00", "9,000.00"]
    assert render_changes(order_changes(best, best), "CNY") == "The orders are the same."


def test_a_mix_without_a_plan_is_a_column_that_says_why(prepared: Prepared) -> None:
    row = {"selection": "must", "rule": "include", "accelerator": "imp", "min_cards": 1}
    asked = prepared.given["selections"]
    must = pd.DataFrame([{name: row.get(name) for name in asked.columns}])
    forced = replace(prepared, given={**prepared.given, "selections": must})
    view = compared(
        solve_mixes(forced, [mix_of("best"), mix_of("domestic-only")], OPTIONS, lambda text: None)
    )
    reasons = {column.name: column.why_not for column in view.columns}
    assert reasons["best"] == ""
    assert "include_exclude[must]" in reasons["domestic-only"]
    assert view.figures["domestic-only"].isna().all()


def test_runs_are_compared_as_they_are(best: Plan) -> None:
    view = compared([Column("one", best), Column("two", best)])
    assert differences(view)["two"].fillna(0.0).abs().max() == 0.0
