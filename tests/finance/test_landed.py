"""Landed prices, exchange rates, tariffs, ownership: arithmetic done on paper."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.finance.calendar import discounted_nodes
from planner.finance.energy import energy_tariffs
from planner.finance.landed import exchange_rates, landed_prices
from planner.finance.ownership import maintenance_money, residual_money

NODES = pd.DataFrame({"node": ["a", "b"], "index": [0, 1], "period": ["a", "b"], "years": [0.0, 1.0]})
DAY = pd.DataFrame({"slice": ["day", "night"]})
OFFER = {
    "offer": "o",
    "price_per_card": 10_000.0,
    "currency": "USD",
    "price_change_per_year": -0.1,
    "freight_share": 0.1,
    "duty_share": 0.05,
    "vat_share": 0.13,
    "vat_recoverable": False,
}
NO_PRICES = pd.DataFrame(columns=["offer", "period", "price_per_card"]).astype({"price_per_card": float})
NO_FACTORS = pd.DataFrame(columns=["offer", "node", "factor"]).astype({"factor": float})
FX = pd.DataFrame({"currency": ["USD", "USD"], "period": ["*", "b"], "rate": [7.2, 7.0]})


def money(
    offer: dict[str, object], prices: pd.DataFrame = NO_PRICES, factors: pd.DataFrame = NO_FACTORS
) -> pd.DataFrame:
    rates = exchange_rates(FX, NODES, "CNY")
    return landed_prices(pd.DataFrame([offer]), prices, factors, rates, NODES, "CNY").set_index("node")


def test_every_step_of_the_landed_price() -> None:
    first = money(OFFER).loc["a"]
    assert first["price"] == pytest.approx(72_000)  # 10,000 * 7.2
    assert first["freight_duty"] == pytest.approx(7_200 + 0.05 * 79_200)
    assert first["vat"] == pytest.approx(0.13 * 83_160)
    assert first["landed"] == pytest.approx(72_000 + 11_160 + 10_810.8)


def test_tax_that_comes_back_is_no_cost() -> None:
    assert money(OFFER | {"vat_recoverable": True})["vat"].tolist() == [0.0, 0.0]


def test_the_price_moves_with_the_year_and_the_rate_of_the_period() -> None:
    assert money(OFFER).loc["b", "price"] == pytest.approx(10_000 * 0.9 * 7.0)


def test_a_price_of_the_period_wins() -> None:
    own = pd.DataFrame({"offer": ["o"], "period": ["b"], "price_per_card": [8_000.0]})
    assert money(OFFER, own)["price"].tolist() == pytest.approx([72_000.0, 56_000.0])


def test_a_scenario_makes_a_price_dearer_where_it_holds() -> None:
    dearer = pd.DataFrame({"offer": ["o"], "node": ["b"], "factor": [1.5]})
    assert money(OFFER, factors=dearer)["price"].tolist() == pytest.approx([72_000.0, 9_000 * 1.5 * 7.0])


def test_a_blank_currency_is_the_case_s_own() -> None:
    assert money(OFFER | {"currency": None}).loc["a", "price"] == 10_000.0


def test_discount_factors() -> None:
    path = pd.DataFrame({"node": ["a", "b", "c"], "index": [0, 1, 2], "probability": 1.0})
    nodes = discounted_nodes(path, 6, 0.21)
    assert nodes["discount"].tolist() == pytest.approx(
        [1.0, 1 / 1.1, 1 / 1.21]
    )  # half years: 1.1 ** 2 = 1.21


def test_what_is_known_at_a_branch_counts_by_its_probability() -> None:
    tree = pd.DataFrame({"node": ["a", "b", "c"], "index": [0, 1, 1], "probability": [1.0, 0.25, 0.75]})
    nodes = discounted_nodes(tree, 12, 0.25)
    assert nodes["discount"].tolist() == pytest.approx([1.0, 0.25 * 0.8, 0.75 * 0.8])


def tariffs_by_key(*rows: tuple[str, str, str, float]) -> dict[tuple[str, str, str], float]:
    """Tariff by node, slice and origin of a site whose own is 0.9; rows are period, slice, origin, tariff."""
    sites = pd.DataFrame({"site": ["s"], "tariff_per_kwh": [0.9]})
    columns = ["period", "slice", "origin", "tariff_per_kwh"]
    tariffs = pd.DataFrame(list(rows), columns=columns).assign(site="s")
    found = energy_tariffs(sites, tariffs.astype({"tariff_per_kwh": float}), NODES, DAY)
    return found.set_index(["node", "slice", "origin"])["tariff_per_kwh"].to_dict()


def test_the_most_specific_tariff_wins() -> None:
    found = tariffs_by_key(
        ("*", "*", "*", 0.8), ("*", "*", "domestic", 0.4), ("b", "*", "*", 0.7), ("b", "*", "imported", 0.6)
    )
    for part in ("day", "night"):
        assert found["a", part, "domestic"] == 0.4
        assert found["a", part, "imported"] == 0.8
        assert found["b", part, "domestic"] == 0.7
        assert found["b", part, "imported"] == 0.6


def test_a_tariff_of_the_night_goes_before_one_of_the_origin_and_after_one_of_the_period() -> None:
    found = tariffs_by_key(("*", "night", "*", 0.3), ("*", "*", "domestic", 0.4), ("b", "*", "*", 0.7))
    assert found["a", "night", "domestic"] == 0.3
    assert found["a", "day", "domestic"] == 0.4
    assert found["a", "day", "imported"] == 0.9
    assert found["b", "night", "domestic"] == 0.7
    both = tariffs_by_key(
        ("b", "night", "*", 0.2), ("b", "*", "domestic", 0.5), ("*", "night", "domestic", 0.1)
    )
    assert (both["b", "night", "domestic"], both["b", "day", "domestic"]) == (0.2, 0.5)
    assert (both["a", "night", "domestic"], both["a", "night", "imported"]) == (0.1, 0.9)


def test_a_site_without_tariff_rows_has_its_own() -> None:
    found = tariffs_by_key()
    assert len(found) == 8  # two nodes, slices and origins
    assert set(found.values()) == {0.9}


def test_maintenance_is_paid_in_every_node_of_service() -> None:
    service = pd.DataFrame({"offer": "o", "ordered": "a", "node": ["a", "b"]})
    landed = pd.DataFrame({"offer": ["o"], "node": ["a"], "landed": [1_200.0]})
    offers = pd.DataFrame({"offer": ["o"], "maintenance_share_per_year": [0.1]})
    paid = maintenance_money(service, landed, offers, months=1)
    assert paid["amount"].tolist() == pytest.approx([10.0, 10.0])  # 1,200 * 10 % / 12 a month


def test_what_is_left_falls_in_a_straight_line() -> None:
    deliveries = pd.DataFrame({"offer": "o", "ordered": ["a", "b"], "path": "z", "in_service_index": [0, 9]})
    landed = pd.DataFrame({"offer": "o", "node": ["a", "b"], "landed": [1_000.0, 1_000.0]})
    offers = pd.DataFrame({"offer": ["o"], "life_months": [20.0], "residual_share": [0.5]})
    left = residual_money(deliveries, landed, offers, months=1, periods=12)
    # 12 of 20 months gone leaves 0.4, 3 of 20 leaves 0.85; half of the book value counts.
    assert left["amount"].tolist() == pytest.approx([200.0, 425.0])
    assert left["node"].tolist() == ["z", "z"]
