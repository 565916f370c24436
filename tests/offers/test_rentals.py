"""Cards for rent, on paper and through the audit."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from tests.offers.offers_world import DAY_H, MONTH_H, NIGHT_H, PRICE, audited, listing, planned, terms, world
from tests.properties.in_process import Planned
from tests.properties.tiny import Tables

pytestmark = pytest.mark.deep


def monthly(**more: object) -> dict[str, object]:
    return {"rental": "lend", "accelerator": "card", "price_per_card_month": 11_000, **more}


def hourly(**more: object) -> dict[str, object]:
    return {"rental": "cloud", "accelerator": "card", "price_per_card_hour": 60, **more}


def test_cards_by_the_hour_cover_the_day() -> None:
    """30 requests/s by day, 10 by night: one card bought, two for the 8 hours of the day at 60 an hour, 14,610 each."""
    found = planned(world([[30, 10]], rentals=[hourly()]))
    assert terms(found) == pytest.approx({"purchase": PRICE, "rental": 2 * 60 * MONTH_H * DAY_H / 24})
    assert found.tables["hourly"][["node", "slice", "cards"]].to_numpy().tolist() == [["2027-01", "day", 2]]
    assert found.tables["fleet"]["deployed_cards"].to_list() == [1]


def test_an_idle_night_is_not_paid() -> None:
    """At 20 an hour a card costs 14,610 for the month: less than to buy one."""
    found = planned(world([[10, 10]], rentals=[hourly(price_per_card_hour=20)]))
    assert terms(found) == pytest.approx({"rental": 20 * MONTH_H * (DAY_H + NIGHT_H) / 24})


def test_a_term_is_paid_in_each_of_its_periods() -> None:
    """Needed in one month of three, but rented for at least two: 22,000, half of it upfront."""
    found = planned(world([[10], [0], [0]], rentals=[monthly(term_months=2, upfront_share=0.5)]))
    costs = found.tables["costs"].set_index(["term", "node"])["amount"]
    # upfront half of 22,000 in January, and half of 11,000 in each of both months
    assert costs["rental", "2027-01"] == pytest.approx(11_000 + 5_500)
    assert costs["rental", "2027-02"] == pytest.approx(5_500)
    assert found.tables["fleet"].groupby("node")["installed_cards"].sum().to_dict() == {
        "2027-01": 1,
        "2027-02": 1,
    }


def test_rent_paid_upfront_for_time_beyond_the_horizon_is_worth_something() -> None:
    """A year for one month: upfront 12 * 1,000, eleven of them beyond the end."""
    found = planned(
        world([[10]], rentals=[monthly(price_per_card_month=1_000, term_months=12, upfront_share=1)])
    )
    assert terms(found) == pytest.approx({"rental": 12_000, "residual": -11_000})


def test_the_smallest_number_and_the_most() -> None:
    """Three at least: 33,000 is more than one card bought. At most two of the three needed are for rent."""
    found = planned(world([[10]], rentals=[monthly(min_cards=3)]))
    assert terms(found) == pytest.approx({"purchase": PRICE})
    found = planned(world([[20]], rentals=[monthly(min_cards=3)]))
    assert terms(found) == pytest.approx({"rental": 33_000})
    found = planned(world([[30]], rentals=[monthly(max_cards=2)]))
    assert terms(found) == pytest.approx({"purchase": PRICE, "rental": 22_000})


def test_a_rental_that_comes_late_or_not_yet() -> None:
    """A month of lead time, or offered from February on: January needs a card of its own, and it stays."""
    for when in ({"lead_time_months": 1}, {"from_period": "2027-02"}):
        found = planned(world([[10], [20]], rentals=[monthly(**when)]))
        assert terms(found) == pytest.approx({"purchase": PRICE, "rental": 11_000})


def test_rent_counts_as_spend_and_in_budgets() -> None:
    """An opex budget of 11,000 lets one card be rented; the other is bought."""
    budget = {"budget": "run", "kind": "opex", "amount": 11_000}
    found = planned(world([[20]], rentals=[monthly()], budgets=[budget]))
    assert terms(found) == pytest.approx({"purchase": PRICE, "rental": 11_000})


@cache
def sound() -> tuple[Tables, Planned]:
    """One card of each kind: rented for the term, bought, and by the hour."""
    rows = [monthly(min_cards=1, max_cards=1, site="hall"), hourly(site="hall", max_cards=1)]
    tables = world([[30, 20]], rentals=rows)
    found = planned(tables)
    assert len(found.tables["rentals"]) == len(found.tables["hourly"]) == 1
    return tables, found


def corrupted(table: str, column: str, value: object, *, given: bool = False) -> set[str]:
    tables, found = sound()
    result = {name: frame.copy() for name, frame in found.tables.items()}
    facts = {name: frame.copy() for name, frame in tables.items()}
    target = (facts if given else result)[table]
    target[column] = pd.Series([value] * len(target), dtype=object if isinstance(value, str) else None)
    return audited(facts, result, found.cost)


@pytest.mark.parametrize(
    ("rule", "table", "column", "value", "given"),
    [
        ("rental_limit", "rentals", "max_cards", 0.0, True),
        ("rental_size", "rentals", "min_cards", 2.0, True),
        ("rental_tables", "rentals", "cards", 2, False),
        ("rental_tables", "rentals", "vendor", "nobody", False),
        ("rental_tables", "rentals", "site", "elsewhere", True),
        ("rental_tables", "rentals", "from_period", "2027-02", True),
        ("rental_tables", "hourly", "origin", "imported", False),
        ("rental_tables", "sites", "racks", 10.0, True),
        ("installed_cards", "rentals", "servers", 2, False),
        ("card_use", "hourly", "cards", 0.0, False),
        ("costs_table", "hourly", "cards", 2.0, False),
        ("costs_table", "rentals", "price_per_card_month", 1.0, True),
        ("known_keys", "rentals", "rental", "nothing", False),
    ],
)
def test_the_audit_sees(rule: str, table: str, column: str, value: object, given: bool) -> None:
    assert rule in corrupted(table, column, value, given=given)


def test_the_rows_of_the_families() -> None:
    """As in the headers: two months of 8-card servers, a term of two months, at least 12 cards and at most 20."""
    rows = [
        monthly(term_months=2, min_cards=12, max_cards=20),
        hourly(max_cards=3),
    ]
    tables = world([[10], [10]], rentals=rows)
    tables["cards"]["cards_per_server"] = 8
    assert listing(tables, "rental_limit") == [
        "rental_limit[lend,2027-01,*]: +8 rent[lend,card,hall,2027-01] <= 20",
        "rental_limit[lend,2027-02,*]: +8 rent[lend,card,hall,2027-01] +8 rent[lend,card,hall,2027-02] <= 20",
        "rental_limit[cloud,2027-01,week]: +1 hourly[cloud,card,hall,2027-01,week] <= 3",
        "rental_limit[cloud,2027-02,week]: +1 hourly[cloud,card,hall,2027-02,week] <= 3",
    ]
    assert listing(tables, "rental_size")[:2] == [
        "rental_size[lend,2027-01,least]: +8 rent[lend,card,hall,2027-01] -12 started[lend,2027-01] >= 0",
        "rental_size[lend,2027-01,most]: +1 rent[lend,card,hall,2027-01] -2 started[lend,2027-01] <= 0",
    ]
