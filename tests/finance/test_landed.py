"""Landed prices, exchange rates, tariffs, ownership: arithmetic done on paper."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.finance.calendar import discounted_nodes
from planner.finance.energy import energy_tariffs
from planner.finance.landed import exchange_rates, landed_prices
from planner.finance.ownership import maintenance_money, residual_money

NODES = pd.DataFrame({"node": ["a", "b"], "index": [0, 1], "years": [0.0, 1.0]})
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
FX = pd.DataFrame({"currency": ["USD", "USD"], "period": ["*", "b"], "rate": [7.2, 7.0]})


def money(offer: dict[str, object], prices: pd.DataFrame = NO_PRICES) -> pd.DataFrame:
    rates = exchange_rates(FX, NODES, "CNY")
    return landed_prices(pd.DataFrame([offer]), prices, rates, NODES, "CNY").set_index("node")


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


def test_a_blank_currency_is_the_case_s_own() -> None:
    assert money(OFFER | {"currency": None}).loc["a", "price"] == 10_000.0


def test_discount_factors() -> None:
    nodes = discounted_nodes(pd.DataFrame({"node": ["a", "b", "c"], "index": [0, 1, 2]}), 6, 0.21)
    assert nodes["discount"].tolist() == pytest.approx(
        [1.0, 1 / 1.1, 1 / 1.21]
    )  # half years: 1.1 ** 2 = 1.21


def test_the_most_specific_tariff_wins() -> None:
    sites = pd.DataFrame({"site": ["s"], "tariff_per_kwh": [0.9]})
    rows = [("*", "*", 0.8), ("*", "domestic", 0.4), ("b", "*", 0.7), ("b", "imported", 0.6)]
    tariffs = pd.DataFrame(rows, columns=["period", "origin", "tariff_per_kwh"]).assign(site="s")
    found = energy_tariffs(sites, tariffs, NODES).set_index(["node", "origin"])["tariff_per_kwh"].to_dict()
    expected = {
        ("a", "domestic"): 0.4,
        ("a", "imported"): 0.8,
        ("b", "domestic"): 0.7,
        ("b", "imported"): 0.6,
    }
    assert found == expected


def test_a_site_without_tariff_rows_has_its_own() -> None:
    sites = pd.DataFrame({"site": ["s"], "tariff_per_kwh": [0.9]})
    none = pd.DataFrame(columns=["site", "period", "origin", "tariff_per_kwh"]).astype(
        {"tariff_per_kwh": float}
    )
    assert set(energy_tariffs(sites, none, NODES)["tariff_per_kwh"]) == {0.9}


def test_maintenance_is_paid_in_every_node_of_service() -> None:
    service = pd.DataFrame({"offer": "o", "ordered": "a", "node": ["a", "b"]})
    landed = pd.DataFrame({"offer": ["o"], "node": ["a"], "landed": [1_200.0]})
    offers = pd.DataFrame({"offer": ["o"], "maintenance_share_per_year": [0.1]})
    paid = maintenance_money(service, landed, offers, months=1)
    assert paid["amount"].tolist() == pytest.approx([10.0, 10.0])  # 1,200 * 10 % / 12 a month


def test_what_is_left_falls_in_a_straight_line() -> None:
    deliveries = pd.DataFrame({"offer": "o", "ordered": ["a", "b"], "in_service_index": [0, 9]})
    landed = pd.DataFrame({"offer": "o", "node": ["a", "b"], "landed": [1_000.0, 1_000.0]})
    offers = pd.DataFrame({"offer": ["o"], "life_months": [20.0], "residual_share": [0.5]})
    left = residual_money(deliveries, landed, offers, months=1, periods=12)
    # 12 of 20 months gone leaves 0.4, 3 of 20 leaves 0.85; half of the book value counts.
    assert left["amount"].tolist() == pytest.approx([200.0, 425.0])
