"""The break-even table on paper, and what the program makes of it."""

from __future__ import annotations

import pytest

from planner.finance.break_even import break_even_table
from tests.offers.offers_world import LLM, MONTH_H, PRICE, Row, planned, terms, world
from tests.properties.tiny import Tables

LIFE = 10  # months
API: Row = {
    "offer": "api", "llm": LLM, "origin": "domestic", "input_price_per_mtok": 0.5, "cached_price_per_mtok": 0.1,
    "output_price_per_mtok": 1.5,
}  # fmt: skip
HOUR: Row = {"rental": "cloud", "accelerator": "card", "price_per_card_hour": 10}


def case(asked: list[list[float]]) -> Tables:
    """A card of 30,000 that lives ten months, at 1 kW with hosting of 100 and energy at 1, a fifth of it idle."""
    offers = [
        {"offer": "buy", "accelerator": "card", "price_per_card": PRICE, "life_months": LIFE,
         "maintenance_share_per_year": 0.12}
    ]  # fmt: skip
    tables = world(
        asked,
        settings={"idle_power_share": 0.2, "headroom_share": 0.5},
        offers=offers,
        rentals=[HOUR],
        token_offers=[API],
    )
    tables["sites"]["hosting_per_kw_month"] = 100.0
    tables["sites"]["tariff_per_kwh"] = 1.0
    return tables


def test_the_table_on_paper() -> None:
    """3,000 for the card, 300 maintenance, 100 hosting and 0.2 * 730.485 energy a month; at full use, half of the
    replica, 0.4 * 730.485 more, for 5 requests/s of 1,000 tokens: 13,148.73 million tokens, worth 1 each."""
    rows = break_even_table(case([[3]])).set_index("instead")
    own, busy, mtok = 3_000 + 300 + 100 + 0.2 * MONTH_H, 0.4 * MONTH_H, 5 * MONTH_H * 3.6
    assert rows.loc["api", "own_per_month"] == pytest.approx(own)
    assert rows.loc["api", "mtok_per_month"] == pytest.approx(mtok)
    assert rows.loc["api", "break_even_share"] == pytest.approx(own / (mtok - busy))
    assert rows.loc["cloud", "break_even_share"] == pytest.approx(own / (10 * MONTH_H))


def test_the_program_buys_on_the_side_that_the_table_says() -> None:
    """Over the whole life of a card, without cost of capital, owning starts to pay at the table's share of use."""
    share = float(break_even_table(case([[1.0]])).set_index("instead").loc["api", "break_even_share"])
    full = 5.0  # requests/s with half of the replica kept free
    for factor, bought in ((0.99, False), (1.01, True)):
        tables = case([[share * factor * full]] * LIFE)
        tables["rentals"] = tables["rentals"].iloc[:0]
        assert ("purchase" in terms(planned(tables))) == bought


@pytest.mark.parametrize(
    ("dearer", "cheaper"),
    [
        ({}, {"token_offers": [API]}),  # a new offer never costs more
        ({}, {"rentals": [HOUR]}),
        ({"rentals": [HOUR | {"price_per_card_hour": 20}]}, {"rentals": [HOUR]}),  # dearer rent is never cheaper
        (
            {"token_offers": [API]},  # a package never costs more
            {"token_offers": [API],
             "packages": [{"package": "p", "token_offer": "api", "price": 500, "mtok": 4_000, "valid_months": 1}]},
        ),
        ({"token_offers": [API | {"max_requests_per_s": 2}]}, {"token_offers": [API]}),
    ],
)  # fmt: skip
def test_more_ways_never_cost_more(dearer: dict[str, list[Row]], cheaper: dict[str, list[Row]]) -> None:
    asked = [[7.0, 3.0], [14.0, 6.0]]
    assert planned(world(asked, **cheaper)).bound <= planned(world(asked, **dearer)).cost * (1 + 1e-6)
