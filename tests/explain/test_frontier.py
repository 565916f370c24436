"""Frontiers: points by hand, costs and bounds that only rise, and an axis that is refused where it makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner import api
from planner.errors import InputError
from planner.explain.frontier import Point, consistent, frontier, frontier_table
from planner.explain.latency_frontier import with_promises
from planner.explain.render_frontier import render_frontier
from planner.inputs import load_case
from planner.plan import Plan
from tests.explain.explain_world import case_folder

pytestmark = pytest.mark.deep

DEMAND = "period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens,peak_to_mean\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Demand 24; `imp` serves 10 for 20,000, `dom` 4 for 13,000: 2 `imp` and 1 `dom`, 53,000."""
    folder = case_folder(
        "domestic_cards", tmp_path_factory.mktemp("case"), domestic_share_csv="policy,measure,min_share\n"
    )
    return api.solve(folder)


def test_the_price_of_a_domestic_share_by_hand(plan: Plan) -> None:
    """Shares of cards a third, a half, two thirds, all: 53,000; 2 and 2, 66,000; 1 and 4, 72,000; six `dom`, 78,000."""
    view = frontier(plan, "domestic-share", 4, ends=(25.0, 100.0))
    costs = [point.plan.cost if point.plan else None for point in view.points]
    assert [point.asked for point in view.points] == [25.0, 50.0, 75.0, 100.0]
    assert costs == [
        pytest.approx(53_000),
        pytest.approx(66_000),
        pytest.approx(72_000),
        pytest.approx(78_000),
    ]
    assert all(point.reached >= point.asked - 1e-6 for point in view.points)
    rows = frontier_table(view)
    assert rows["over_loosest"].to_list() == [pytest.approx(x, abs=1e-6) for x in (0, 13_000, 19_000, 25_000)]
    assert rows["cost"].is_monotonic_increasing
    assert rows["bound"].is_monotonic_increasing
    assert (rows["bound"] <= rows["cost"] * (1 + 1e-6)).all()
    assert "78,000" in render_frontier(view)


def test_less_capital_leaves_work_undone(plan: Plan) -> None:
    """40,000 are two `imp`, 20 of 24 served; a request/s left costs 2,629,746 (WHY.md of the base)."""
    view = frontier(plan, "capital", 2, ends=(53_000.0, 40_000.0))
    loose, tight = view.points
    assert loose.plan is not None
    assert tight.plan is not None
    assert loose.plan.cost == pytest.approx(53_000)
    assert tight.plan.cost == pytest.approx(40_000 + 4 * 2629.746 * 1000)
    assert tight.reached == pytest.approx(40_000)


def test_less_power_too(plan: Plan) -> None:
    """`imp` draws 2 kW, `dom` 1: the plan takes 5 kW; in 4 kW two `imp` serve 20."""
    view = frontier(plan, "power", 2, ends=(5.0, 4.0))
    assert [point.reached for point in view.points] == [pytest.approx(5.0), pytest.approx(4.0)]


@pytest.mark.parametrize(
    ("what", "ends"), [("beauty", (None, None)), ("power", (4.0, 5.0)), ("domestic-share:size", (None, None))]
)
def test_an_axis_that_makes_no_sense_is_refused(
    what: str, ends: tuple[float | None, float | None], plan: Plan
) -> None:
    with pytest.raises(InputError):
        frontier(plan, what, 2, ends=ends)


def test_points_keep_what_tighter_ones_found(plan: Plan) -> None:
    """A looser point that found less than a tighter one takes its plan; a bound holds for all that is tighter."""
    dear, cheap = (frontier(plan, "power", 2, ends=(5.0, 4.0)).points[at] for at in (1, 0))
    mixed = (Point(6.0, 4.0, dear.plan, 50_000.0), Point(5.0, 5.0, cheap.plan, 40_000.0))
    kept = consistent(mixed)
    assert kept[0].plan is cheap.plan
    assert kept[1].bound == 50_000.0


def test_promises_are_scaled(tmp_path: Path) -> None:
    case = load_case(case_folder("base", tmp_path))
    (row,) = with_promises(case, 0.5).records("workloads")
    assert (row["max_ttft_ms"], row["max_tpot_ms"]) == (1000.0, 25.0)
    assert {name: value for name, value in row.items() if not name.endswith("_ms")} == {
        name: value for name, value in case.records("workloads")[0].items() if not name.endswith("_ms")
    }
