"""Prices of limits: by hand, by finite differences, and honest where one more and one less are not the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.explain.again import moved, values_of_one_more
from planner.explain.binding import binding_limits, prices_of_one_more
from planner.explain.opened import relaxation, relaxed
from tests.explain.explain_world import case_folder, program_of

pytestmark = pytest.mark.deep

DEMAND = "period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens,peak_to_mean\n"
SMALL = 1e-3  # of a unit: a step within which no other limit starts to bind in these cases
SAME = 1e-5  # relative; two optima of 1e5, each to 1e-9, over a step of a thousandth


def limits_of(folder: Path):
    program = program_of(folder)
    found = relaxed(program)
    return program, found, binding_limits(program, prices_of_one_more(program, found))


def chat(requests_per_s: float) -> str:
    return f"{DEMAND}2027-01,home,chat,{requests_per_s * 86400:g},500,500,1\n"


# What one more saves in fractions of cards; `imp` serves a request/s for 3,000 (2,000 in the share cases), `dom` for
# 3,250, a request/s left costs 10,518.984 where the penalty is 4 (tests/cases/*/WHY.md).
PAPER = {
    "quota": ("quota few", 10 * (3250 - 3000)),  # a card of ten requests/s
    "power": (
        "power at hall",
        0.8 * 5 * (10518.984 - 3000),
    ),  # a kW at the meter is 0.8 of IT, an imp takes 2
    # cost of demand 24 at share s is 24 (20000 - 7000 s) / (10 - 6 s); its derivative at one half, per point
    "domestic_cards": ("domestic share, half", 0.01 * 24 * (20000 * 6 - 7000 * 10) / (10 - 3) ** 2),
}
# In fractions of cards these two sites hold just what their cases ask for.
MORE = {"power": {"demand_csv": chat(20)}, "racks": {"demand_csv": chat(20)}}


@pytest.mark.parametrize("name", PAPER)
def test_the_price_is_the_one_on_paper(name: str, tmp_path: Path) -> None:
    _, _, limits = limits_of(case_folder(name, tmp_path, **MORE.get(name, {})))
    limit, price = PAPER[name]
    assert {found.name: found.price for found in limits} == {limit: pytest.approx(price, rel=1e-4)}


@pytest.mark.parametrize(
    "name",
    ["power", "racks", "opex_budget", "domestic_compute", "domestic_tokens", "one_maker", "included_trial"],
)  # fmt: skip
def test_a_price_is_what_a_small_step_saves(name: str, tmp_path: Path) -> None:
    program, found, limits = limits_of(case_folder(name, tmp_path, **MORE.get(name, {})))
    assert limits, "something binds in each of these cases"
    for limit in limits:
        eased = relaxation(moved(program.matrix, limit, SMALL))
        assert eased is not None
        assert (found.cost - eased.cost) / SMALL == pytest.approx(limit.price, rel=SAME), limit.name


def test_a_limit_that_just_suffices_has_no_price(tmp_path: Path) -> None:
    """One `imp` serves all of demand 10: a second one helps nobody, though without the first it would be dearer."""
    _, _, limits = limits_of(case_folder("quota", tmp_path, demand_csv=chat(10)))
    assert limits == []


def test_a_price_of_a_small_step_is_said_to_be_one(tmp_path: Path) -> None:
    """Demand 12: the first fifth of a second `imp` replaces the last half `dom`; the rest of it idles."""
    program, found, limits = limits_of(case_folder("quota", tmp_path, demand_csv=chat(12)))
    (again,) = values_of_one_more(program, found, limits)
    assert limits[0].price == pytest.approx(2500, rel=1e-4)
    assert again.more == pytest.approx(500, rel=SAME)
    assert again.less == pytest.approx(2500, rel=SAME)
    assert not again.holds


def test_a_price_that_holds_is_said_to_hold(tmp_path: Path) -> None:
    program, found, limits = limits_of(case_folder("quota", tmp_path, demand_csv=chat(40)))
    (again,) = values_of_one_more(program, found, limits)
    assert again.holds
    assert (again.more, again.less) == (pytest.approx(2500, rel=SAME), pytest.approx(2500, rel=SAME))


def test_a_ban_nobody_minds_has_no_price(tmp_path: Path) -> None:
    """Demand 4 takes one `dom`, dearer per request than `imp` would be; a permit for `dom` in February says nothing."""
    permits = "permit,accelerator,from_period\nlater,dom,2027-02\n"
    _, _, limits = limits_of(case_folder("quota", tmp_path, demand_csv=chat(10), permits_csv=permits))
    assert limits == []
