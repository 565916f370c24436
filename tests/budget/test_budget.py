"""The small run's budget, worked out by hand; and what must hold of any."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from planner import api
from planner.budget import Budget, budget_of
from planner.budget.fiscal import month_label
from planner.budget.terms import TERM_OF, TERMS
from planner.errors import InputError
from planner.inputs.finance import read_finance
from planner.plan import Plan
from planner.plan.tables import COSTS
from tests.budget.small import frame, small_plan

D = Decimal


def settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "finance.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def sums(budget: Budget, *by: str) -> dict[object, D]:
    return dict(budget.lines.groupby(list(by))["amount_net"].sum())


def test_the_price_chain_by_hand(small: Plan) -> None:
    far, near = budget_of(small).purchases
    assert (far.price, far.freight, far.duty, far.vat) == (
        D("216021.60"),
        D("4320.43"),
        D("11017.10"),
        D("30076.69"),
    )
    assert far.cost == D("261435.82")
    assert (far.quote_currency, far.quote_price_per_card) == ("USD", D("10001.00"))
    assert (near.cost, near.vat, near.vat_back) == (D("66666.66"), D("8666.67"), D("8666.67"))


def test_payments_by_hand(small: Plan) -> None:
    """30/30/30/10; the imported order ships a month before use and pays freight, duty and VAT then."""
    far = [p for p in budget_of(small).payments if p.order.startswith("far")]
    assert [(month_label(p.month), p.stage) for p in far] == [
        ("2027-01", "prepayment"), ("2027-03", "construction"), ("2027-04", "capex_asset"), ("2028-04", "capex_asset"),
    ]  # fmt: skip
    assert [p.price for p in far] == [D("64806.48"), D("64806.48"), D("64806.48"), D("21602.16")]
    assert far[1].net == D("64806.48") + D("4320.43") + D("11017.10") + D("30076.69")
    near = [p for p in budget_of(small).payments if p.order.startswith("near")]
    assert [(month_label(p.month), p.vat_back) for p in near] == [
        ("2027-02", D("2600.00")), ("2027-02", D("2600.00")), ("2027-02", D("2600.00")), ("2028-02", D("866.67")),
    ]  # fmt: skip


def test_balances_before_and_after_use(small: Plan) -> None:
    rows = {
        (b.order[:3], month_label(b.month)): (b.prepayments, b.construction, b.payable)
        for b in budget_of(small).balances
    }
    assert rows["far", "2027-01"] == (D("64806.48"), 0, 0)
    assert rows["far", "2027-03"] == (0, D("175027.18"), 0)
    assert rows["far", "2027-04"] == (0, 0, D("21602.16"))
    assert rows["far", "2028-04"] == (0, 0, 0)


def test_depreciation_begins_the_month_after_use(small: Plan) -> None:
    """261,435.82 less 5 % residual 13,071.79 = 248,364.03 over 60 months: 4,139.4005, so 4,139.40 at first."""
    budget = budget_of(small)
    book = [r for r in budget.months if r.asset.startswith("far") and r.book == "book"]
    assert month_label(book[0].month) == "2027-04"
    assert (book[0].additions, book[0].depreciation) == (D("261435.82"), 0)
    assert (month_label(book[1].month), book[1].depreciation) == ("2027-05", D("4139.40"))
    assert sum(r.depreciation for r in book) == D("248364.03")
    assert (month_label(book[-1].month), book[-1].disposals, book[-1].closing) == (
        "2032-04",
        D("13071.79"),
        0,
    )
    tax = [r for r in budget.months if r.asset.startswith("far") and r.book == "tax"]
    assert sum(1 for r in tax if r.depreciation) == 36


def test_terms_tie_out_to_the_cent(small: Plan) -> None:
    """Each row of the plan is rounded once: energy 6 times 333.335, half away from zero."""
    budget = budget_of(small)
    bridge = budget.bridge.set_index("term")
    assert bridge.loc["energy", "budget_cash"] == 6 * D("333.34")
    assert bridge.loc["hosting", "budget_accrual"] == D("6015.06")
    assert bridge.loc["residual", "notional"] == D("-100000.01")
    assert bridge.loc["unmet", "notional"] == D("12.35")
    assert bridge.loc["total", "plan_discounted"] == round(D(repr(small.cost)), 2)
    assert budget.balanced
    assert "discounted at 12 % a year to 2027-01" in budget.explanation


def test_every_later_term_has_a_place() -> None:
    later = {
        "rental",
        "token_api",
        "porting",
        "measures",
        "resale",
        "switching",
        "take_or_pay",
        "token_package",
    }
    rows = [(term, "2027-02", -50.0 if term == "resale" else 50.0, 49.0) for term in sorted(later)]
    plan = small_plan()
    costs = pd.concat([plan.tables["costs"], frame("term node amount discounted", *rows)], ignore_index=True)
    budget = budget_of(
        replace(plan, tables={**plan.tables, "costs": costs}, cost=plan.cost + len(later) * 49.0)
    )
    assert budget.balanced
    assert set(budget.bridge["term"]) >= later
    assert sums(budget, "basis", "term")["cash", "resale"] == D("-50.00")


def test_rent_is_borne_where_the_cards_stand() -> None:
    """In April 2 cards at 100 USD a month of 7.2 and a term of two months, and 1 card by the hour: 730.485 h at 2."""
    plan = small_plan()
    makers = ("card_n", "Near", "domestic")
    tables = {
        "rentals": frame("rental accelerator vendor origin site ordered in_service servers cards",
                         ("term", *makers, "north", "2027-04", "2027-04", 1, 2)),
        "hourly": frame("rental accelerator vendor origin site node slice cards",
                        ("hour", *makers, "south", "2027-04", "week", 1.0)),
        "costs": pd.concat([plan.tables["costs"], frame("term node amount discounted",
                           ("rental", "2027-04", 2900.97, 0.0), ("rental", "2027-05", 1440.0, 0.0))]),
    }  # fmt: skip
    given = {
        "rentals": frame("rental price_per_card_month price_per_card_hour currency term_months",
                         ("term", 100.0, None, "USD", 2.0), ("hour", None, 2.0, None, 1.0)),
        "slices": frame("slice share", ("week", 1.0)),
    }  # fmt: skip
    budget = budget_of(replace(plan, tables={**plan.tables, **tables}, given={**plan.given, **given}))
    rent = budget.lines[(budget.lines["line_type"] == "opex_rent") & (budget.lines["basis"] == "accrual")]
    found = {(row.site, row.month): row.amount_net for row in rent.itertuples()}
    assert found == {("north", "2027-04"): D("1440.00"), ("south", "2027-04"): D("1460.97"),
                     ("north", "2027-05"): D("1440.00")}  # fmt: skip


def test_an_unknown_term_is_an_error_that_says_so() -> None:
    plan = small_plan()
    costs = pd.concat(
        [plan.tables["costs"], frame("term node amount discounted", ("bribes", "2027-01", 1.0, 1.0))]
    )
    with pytest.raises(InputError, match="cost term 'bribes' has no place in the budget"):
        budget_of(small_plan(costs=costs))


def test_every_term_a_plan_can_have_is_classified() -> None:
    assert set(COSTS.column("term").choices) <= set(TERM_OF)


def test_a_plan_with_branches_is_budgeted_branch_by_branch() -> None:
    """After the third month either nothing changes (a: 25 %) or hosting is dearer by 500 a month (b: 75 %)."""
    plan = small_plan()
    nodes = [f"2027-{month:02d}" for month in range(1, 7)]
    rows = [(node, i, node, nodes[i - 1] if i else None, 1.0) for i, node in enumerate(nodes[:3])]
    costs = plan.tables["costs"]
    late = costs["node"].isin(nodes[3:])
    parts = [costs[~late]]
    for name, chance, more in (("a", 0.25, 0.0), ("b", 0.75, 500.0)):
        for i in range(3, 6):
            parent = nodes[2] if i == 3 else f"{nodes[i - 1]}@{name}"
            rows.append((f"{nodes[i]}@{name}", i, nodes[i], parent, chance))
        own = costs[late].assign(node=costs[late]["node"] + f"@{name}")
        amount = own["amount"] + more * (own["term"] == "hosting")
        parts.append(
            own.assign(amount=amount, discounted=own["discounted"] / own["amount"] * amount * chance)
        )
    parts.append(frame("term node amount discounted", ("risk_premium", nodes[0], 9.0, 9.0)))
    tree = replace(
        plan,
        tables={**plan.tables, "costs": pd.concat(parts, ignore_index=True)},
        given={**plan.given, "periods": frame("node index period parent probability", *rows)},
    )
    first, second = budget_of(tree, branch="2027-06@a"), budget_of(tree, branch="2027-06@b")
    assert first.balanced
    assert second.balanced
    assert first.total("cash") == budget_of(plan).total("cash")
    assert second.total("cash") - first.total("cash") == 1500
    assert first.bridge.set_index("term").loc["total", "plan_discounted"] == round(D(repr(plan.cost)), 2)
    with pytest.raises(
        InputError, match=r"several branches; expected the last node of one: 2027-06@a \(25 %\)"
    ):
        budget_of(tree)
    with pytest.raises(InputError, match="no branch '2027-06@c'"):
        budget_of(tree, branch="2027-06@c")


def test_terms_name_line_types_that_exist() -> None:
    known = {kind.line_type for kind in read_finance().line_types}
    assert {term.line_type for term in TERMS} - {""} <= known


@pytest.mark.parametrize("start", ["2026-04", "2027-11", "2028-02"])
def test_moving_the_start_shifts_and_changes_no_total(start: str) -> None:
    before, after = budget_of(small_plan()), budget_of(small_plan(start))
    by = ("basis", "budget", "line_type")
    assert sums(before, *by) == sums(after, *by)
    moved = after.run.first_month - before.run.first_month
    assert [p.month + moved for p in before.payments] == [p.month for p in after.payments]


@pytest.mark.parametrize(
    "fiscal", ["fiscal_start_month: 4", "fiscal_periods: 13", "{fiscal_periods: 13, payment_day: 1}"]
)
def test_the_fiscal_calendar_changes_no_total(fiscal: str, tmp_path: Path, small: Plan) -> None:
    text = f"finance: {fiscal}\n" if fiscal.startswith("{") else f"finance:\n  {fiscal}\n"
    finance = read_finance(settings(tmp_path, text))
    before, after = budget_of(small), budget_of(small, finance)
    by = ("basis", "budget", "line_type")
    assert sums(before, *by) == sums(after, *by)
    assert after.lines["fiscal_period"].max() == finance.head.fiscal_periods
    assert before.lines["quantity"].sum() == after.lines["quantity"].sum() == 5


def test_the_display_currency_changes_no_quantity(tmp_path: Path, small: Plan) -> None:
    text = "finance:\n  display_currency: USD\n  display_rate: 0.138888888888\n"
    before, after = budget_of(small), budget_of(small, read_finance(settings(tmp_path, text)))
    assert after.balanced
    assert set(after.lines["currency"]) == {"USD"}
    assert before.lines["quantity"].sum() == after.lines["quantity"].sum() == 5
    assert [p.cards for p in before.purchases] == [p.cards for p in after.purchases]
    assert [p.quote_price_per_card for p in before.purchases] == [
        p.quote_price_per_card for p in after.purchases
    ]
    ratio = after.total("cash") / before.total("cash")
    assert abs(ratio - D("0.138888888888")) < D("0.000001")


def test_spot_differs_from_budget_rate(tmp_path: Path, small: Plan) -> None:
    """At 7.92 from March every USD payment costs 10 % more: 64,806.48 twice and 21,602.16 once."""
    text = "spot_rates:\n  march:\n    currency: USD\n    from_month: 2027-03\n    rate: 7.92\n"
    budget = budget_of(small, read_finance(settings(tmp_path, text)))
    found = sums(budget, "basis", "line_type")
    assert found["cash", "fx_difference"] == found["accrual", "fx_difference"] == D("15121.52")
    assert budget.balanced


def test_opening_assets_go_on_and_leave(tmp_path: Path, small: Plan) -> None:
    """1,200 over 60 months, 5 % left: 19 a month; two years charged by then; sold off in March 2027."""
    text = (
        "opening_assets:\n  old:\n    accelerator: card_n\n    site: south\n    cards: 4\n    cost: 1200\n"
        "    put_into_use: 2024-12\n    asset_class: servers\n    disposed: 2027-03\n"
    )
    budget = budget_of(small, read_finance(settings(tmp_path, text)))
    book = [r for r in budget.months if r.asset == "old" and r.book == "book"]
    assert [(r.opening, r.depreciation, r.disposals, r.closing) for r in book] == [
        (744, 19, 0, 725), (725, 19, 0, 706), (706, 19, 687, 0),
    ]  # fmt: skip
    assert budget.balanced


def test_a_lost_penny_shows(small: Plan) -> None:
    """The checks can fail: an order without its cost term, or a cost that is not the sum of its terms."""
    assert not budget_of(replace(small, cost=small.cost + 5.0)).balanced
    orders = small.tables["orders"][1:]
    with pytest.raises(InputError, match="orders with such money in that period"):
        budget_of(small_plan(orders=orders))


def test_cost_centres_must_bear_every_line_once(tmp_path: Path, small: Plan) -> None:
    text = "cost_centres:\n  n:\n    sites: [north]\n  s:\n    sites: [south]\n  p:\n    line_types: [opex_power]\n"
    with pytest.raises(InputError) as caught:
        budget_of(small, read_finance(settings(tmp_path, text)))
    assert {problem.found for problem in caught.value.problems} == {
        "n, p for opex_power of card_f at north", "s, p for opex_power of card_n at south",
    }  # fmt: skip


def test_the_tiny_case_ties_out(tiny: Path) -> None:
    plan = api.read(tiny)
    budget = budget_of(plan)
    assert budget.balanced
    terms = plan.tables["costs"].groupby("term")["amount"].sum()
    for term in ("purchase", "energy", "hosting", "maintenance"):
        found = budget.bridge.set_index("term").loc[term, "budget_cash"]
        assert abs(float(found) - terms[term]) < 0.005 * 4
