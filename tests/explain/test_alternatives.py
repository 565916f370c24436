"""Alternatives: within the cost, better in what they are for, and audited."""

from __future__ import annotations

import pytest

from planner import api
from planner.explain.alternatives import alternatives
from planner.explain.render_alternatives import alternatives_json, render_alternatives
from planner.plan import Plan, audit
from tests.explain.explain_world import case_folder

pytestmark = pytest.mark.deep

# Two months: `dom` serves 4 and costs 13,000, `imp` serves 10 and costs 30,000; demand 8, then 20.
DEMAND = (
    "period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens,peak_to_mean\n"
    "2027-01,home,chat,691200,500,500,1\n2027-02,home,chat,1728000,500,500,1\n"
)
CASE = (
    "name: two-months\ncurrency: CNY\nstart: 2027-01\nperiods: 2\nperiod_months: 1\ndiscount_rate_per_year: 0\n"
    "idle_power_share: 0\nheadroom_share: 0\ngap: 0\ntime_limit_s: 20\n"
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two `dom` in January (26,000) and 12 more in February: `imp`, 2 left over, 30,000, or three `dom`, 39,000.

    One `imp` in January serves the first month too: 30,000, then another 30,000. 60,000 is the least; two `dom` and one
    `imp` leave 2 unserved; five `dom` cost 65,000.
    """
    folder = case_folder("base", tmp_path_factory.mktemp("case"), demand_csv=DEMAND, case_yaml=CASE)
    return api.solve(folder)


def test_alternatives_on_paper(plan: Plan) -> None:
    """Within 10 % (66,000): five `dom`, no import, 65,000; within 1 % the two `imp` are the only plan."""
    assert plan.cost == pytest.approx(60_000)
    wide = alternatives(
        plan, 0.10, names=("fewest-imported", "fewest-vendors", "latest-orders", "least-capital")
    )
    found = {other.goal.name: other for other in wide.found}
    assert set(found) == {"fewest-imported", "fewest-vendors", "latest-orders", "least-capital"}
    assert found["fewest-imported"].plan.cost == pytest.approx(65_000)
    assert (found["fewest-imported"].before, found["fewest-imported"].after) == (2.0, 0.0)
    assert found["fewest-vendors"].after == 1.0
    # 26,000 paid in January instead of 30,000, a twelfth of a year before the last period
    assert found["latest-orders"].after == pytest.approx(26_000 / 12)
    assert found["least-capital"].after == pytest.approx(60_000)
    for other in wide.found:
        assert other.plan.cost <= 1.10 * plan.cost * (1 + 1e-6)
        assert other.after <= other.before * (1 + 1e-6)
        assert other.proven
        assert audit(plan.given, other.plan.tables, other.plan.cost).clean
    assert "fewest-imported: 0 imported cards" in render_alternatives(wide)
    assert len(alternatives_json(wide)["alternatives"]) == 4


def test_a_narrow_margin_leaves_the_plan(plan: Plan) -> None:
    narrow = alternatives(plan, 0.01, names=("fewest-imported",))
    (other,) = narrow.found
    assert other.after == other.before == 2.0
    assert "nothing better" in render_alternatives(narrow)


def test_the_plan_nearest_to_another(plan: Plan) -> None:
    """Nearest to five `dom` within 10 % are the five `dom` themselves."""
    imports = alternatives(plan, 0.10, names=("fewest-imported",)).found[0]
    other = Plan(**{**vars(plan), "tables": {**plan.tables, "orders": imports.plan.tables["orders"]}})
    (near,) = alternatives(plan, 0.10, against=other, names=("least-change",)).found
    assert near.before == pytest.approx(2 + 5)
    assert near.after == pytest.approx(0)
