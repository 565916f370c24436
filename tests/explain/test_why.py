"""Why this card and not that: break-even prices and efficiencies by hand, and by solving a case with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner import api
from planner.explain.bars import bars, opened_up
from planner.explain.break_even import break_even_efficiency, break_even_price, relaxed_without
from planner.explain.changed import offers_of, priced, ways_to_get
from planner.explain.charges import charges, worth_of_a_first_card
from planner.explain.opened import Opened, relaxation, relaxed
from planner.explain.render_why import render_why
from planner.explain.why import why
from tests.explain.explain_world import case_folder, program_of, relaxed_cost

pytestmark = pytest.mark.deep

# Demand 10: `imp` serves a request/s for 3,000, `dom` for 3,250.
IMP_EVEN, DOM_EVEN = 3250 / 3000, 3000 / 3250


def prices(dom: float, imp: float) -> str:
    return f"offer,accelerator,price_per_card,residual_share\ndom,dom,{dom},0\nimp,imp,{imp},0\n"


def columns_of(program: Opened, card: str) -> np.ndarray:
    return ways_to_get(program, card)["column"].to_numpy(int)


@pytest.mark.parametrize(("card", "even"), [("imp", IMP_EVEN), ("dom", DOM_EVEN)])
@pytest.mark.parametrize("guessed", [True, False])
def test_the_break_even_price_is_the_one_on_paper(
    card: str, even: float, guessed: bool, tmp_path: Path
) -> None:
    program = program_of(case_folder("base", tmp_path))
    now, used = relaxed(program), card == "imp"
    money, duals = priced(program, card), worth_of_a_first_card(program, card, now)
    guess = float(charges(program, money, card, duals)["factor"].max()) if guessed and not used else None
    outside = relaxed_without(program, card) if used else now
    answer = break_even_price(money, columns_of(program, card), outside, now, guess)
    assert answer.factor == pytest.approx(even, rel=1e-4)
    assert answer.confirmed


@pytest.mark.parametrize(("card", "even"), [("imp", 30_000 * IMP_EVEN), ("dom", 13_000 * DOM_EVEN)])
def test_a_case_at_that_price_turns_there(card: str, even: float, tmp_path: Path) -> None:
    """One per cent below the card changes the cost of the case, one per cent above it does not: it is not ordered."""
    costs = []
    for at, price in enumerate((0.99 * even, 1.01 * even, 100 * even)):
        offers = prices(**({"dom": 13_000.0, "imp": 30_000.0} | {card: price}))
        costs.append(relaxed_cost(case_folder("base", tmp_path / str(at), offers_csv=offers)))
    assert costs[0] < costs[1] * (1 - 1e-4)
    assert costs[1] == pytest.approx(costs[2], rel=1e-9)


@pytest.mark.parametrize(("card", "used", "even"), [("imp", True, 3000 / 3250), ("dom", False, 3250 / 3000)])
def test_the_break_even_efficiency_is_the_one_on_paper(
    card: str, used: bool, even: float, tmp_path: Path
) -> None:
    program = program_of(case_folder("base", tmp_path))
    answer = break_even_efficiency(program, card, used)
    assert answer.factor == pytest.approx(even, rel=0.02)


def test_a_first_card_is_taken_apart(tmp_path: Path) -> None:
    """A `dom` costs 13,000 and saves four requests/s of 3,000."""
    program = program_of(case_folder("base", tmp_path))
    now = relaxed(program)
    table = charges(program, priced(program, "dom"), "dom", worth_of_a_first_card(program, "dom", now))
    (row,) = table.to_dict("records")
    assert (row["cost"], row["saves"], row["limits"], row["loses"]) == (
        pytest.approx(13_000), pytest.approx(12_000), pytest.approx(0, abs=1e-6), pytest.approx(1_000),
    )  # fmt: skip


def test_a_quota_is_among_the_limits_of_a_card(tmp_path: Path) -> None:
    """The last `imp` of a quota saves 2,500 more than it costs: that is the price of the quota."""
    program = program_of(case_folder("quota", tmp_path))
    now = relaxed(program)
    table = charges(program, priced(program, "imp"), "imp", now.duals)
    assert table["saves"].to_list() == [pytest.approx(32_500)]
    assert table["limits"].to_list() == [pytest.approx(2_500)]
    assert table["loses"].to_list() == [pytest.approx(0, abs=1e-3)]


def test_a_ban_is_named_and_priced(tmp_path: Path) -> None:
    """Demand 20 without imports takes five `dom`, 65,000; two `imp` would be 60,000."""
    program = program_of(case_folder("excluded_origin", tmp_path))
    ways = ways_to_get(program, "imp")
    found = bars(program, "imp", ways)
    assert found.total
    assert any("rule" in reason and "hall" in reason for reason in found.reasons)
    freed = relaxation(opened_up(program.matrix, ways["column"].to_numpy(int), found.rows))
    assert freed is not None
    assert relaxed(program).cost - freed.cost == pytest.approx(5_000, rel=1e-6)


def test_a_permit_bars_some_periods_only(tmp_path: Path) -> None:
    program = program_of(case_folder("permit_date", tmp_path))
    found = bars(program, "imp", ways_to_get(program, "imp"))
    assert not found.total
    assert found.reasons == ("No orders for hall in 2027-01: imp outside its permits.",)


def test_a_card_that_comes_too_late_says_so(tmp_path: Path) -> None:
    offers = "offer,accelerator,price_per_card,lead_time_months,residual_share\ndom,dom,13000,0,0\nimp,imp,30000,7,0\n"
    program = program_of(case_folder("base", tmp_path, offers_csv=offers))
    found = bars(program, "imp", ways_to_get(program, "imp"))
    assert found.total
    assert "7 months" in found.reasons[0]


def test_a_card_nobody_sells_says_so(tmp_path: Path) -> None:
    offers = "offer,accelerator,price_per_card,residual_share\ndom,dom,13000,0\n"
    fleet = "batch,accelerator,site,cards\nold,imp,hall,1\n"
    program = program_of(case_folder("base", tmp_path, offers_csv=offers, fleet_csv=fleet))
    assert offers_of(program.tables, "imp") == []
    assert bars(program, "imp", ways_to_get(program, "imp")).total


def test_a_card_without_rates_says_so(tmp_path: Path) -> None:
    program = program_of(case_folder("many_of_others", tmp_path))
    found = bars(program, "dom", ways_to_get(program, "dom"))
    assert found.total
    assert "rate" in found.reasons[0] or "promise" in found.reasons[0]


def test_a_card_that_serves_nothing_may_still_be_needed(tmp_path: Path) -> None:
    """The `dom` of ``weak_domestic`` does no work; it is ordered for its share, and no plan keeps that without it."""
    plan = api.solve(case_folder("weak_domestic", tmp_path))
    view = why(plan, "dom", efficiency=False)
    assert view.planned_cards == 300
    assert not view.bars.total
    assert view.without_cost is not None
    assert view.without_cost > 0
    assert "cannot be in the plan" not in render_why(view)
