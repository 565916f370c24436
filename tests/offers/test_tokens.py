"""Tokens of an API and prepaid packages, on paper and through the audit."""

from __future__ import annotations

from functools import cache

import pytest

from tests.offers.offers_world import DAY_H, LLM, MONTH_H, PRICE, Row, audited, listing, planned, terms, world
from tests.properties.in_process import Planned
from tests.properties.tiny import Tables

pytestmark = pytest.mark.deep

MTOK_S = MONTH_H * 3.6  # million tokens that one request/s of 1,000 tokens makes in a month
MEAN_PRICE = 2.0  # per million tokens: input at 1, output at 3, half of each


def api(**more: object) -> Row:
    """Tokens at 1 and 3 per million."""
    prices = {"input_price_per_mtok": 1, "output_price_per_mtok": 3}
    return {"offer": "api", "llm": LLM, "origin": "domestic", **prices, **more}


def pack(**more: object) -> Row:
    """5,000 million tokens for 5,000, valid two months: half the list price."""
    return {"package": "pack", "token_offer": "api", "price": 5_000, "mtok": 5_000, "valid_months": 2, **more}


def test_make_or_buy_by_how_busy_a_card_is() -> None:
    """A card takes 10 requests/s. At list price 5.704 requests/s all month cost as much as the card, 30,000."""
    even = PRICE / (MEAN_PRICE * MTOK_S)
    assert even == pytest.approx(5.704, abs=5e-4)
    assert terms(planned(world([[5.6]], token_offers=[api()]))) == pytest.approx(
        {"token_api": 5.6 * MEAN_PRICE * MTOK_S}
    )
    assert terms(planned(world([[5.8]], token_offers=[api()]))) == pytest.approx({"purchase": PRICE})


def test_a_card_for_the_base_and_tokens_for_the_rest() -> None:
    """Of 12 requests/s a card serves 10 and the API 2."""
    found = planned(world([[12]], token_offers=[api()]))
    assert terms(found) == pytest.approx({"purchase": PRICE, "token_api": 2 * MEAN_PRICE * MTOK_S})
    assert found.tables["bought"]["mtok"].to_list() == pytest.approx([2 * MTOK_S])


def test_the_mean_is_paid_not_the_peak() -> None:
    found = planned(world([[4]], mean=0.25, token_offers=[api()]))
    assert terms(found) == pytest.approx({"token_api": MEAN_PRICE * MTOK_S})


def test_peak_prices_by_slice() -> None:
    """By day, a third of the time, tokens cost three times as much."""
    factors = [{"offer": "api", "slice": "day", "factor": 3}]
    found = planned(world([[3, 3]], token_offers=[api()], token_factors=factors))
    assert terms(found) == pytest.approx({"token_api": 3 * MEAN_PRICE * MTOK_S * (1 / 3 * 3 + 2 / 3)})


def test_batch_waits_for_the_cheap_hours_at_the_batch_price() -> None:
    """Work that may wait moves to the night, at half of the list price: 3 requests/s all day long in 16 hours."""
    work = [{"workload": "chat", "unmet_penalty_per_mtok": 100, "deferrable": True, "deadline_hours": 24}]
    tables = world(
        [[3, 3]],
        workloads=work,
        token_offers=[api(deferrable_factor=0.5)],
        token_factors=[{"offer": "api", "slice": "day", "factor": 3}],
    )
    found = planned(tables)
    assert terms(found) == pytest.approx({"token_api": 3 * MEAN_PRICE / 2 * MTOK_S})
    assert set(found.tables["bought"]["slice"]) == {"night"}
    assert found.tables["bought"]["requests_per_s"].sum() == pytest.approx(3 * 24 / (24 - DAY_H))


def test_limits_of_the_api() -> None:
    """Of 5 requests/s at most 2 at the peak; at most 86.4 million tokens a day are 1 request/s. The rest is unmet."""
    for limit, served in (({"max_requests_per_s": 2}, 2), ({"max_mtok_per_day": 86.4}, 1)):
        found = planned(world([[5]], offers=[], penalty=10, token_offers=[api(**limit)]))
        assert terms(found) == pytest.approx(
            {"token_api": served * MEAN_PRICE * MTOK_S, "unmet": (5 - served) * 10 * MTOK_S}
        )


def test_residency_bars_an_api_that_does_not_name_the_region() -> None:
    rule = [{"workload": "chat", "region": "home", "site": "hall"}]
    barred = planned(world([[3]], residency=rule, token_offers=[api()]))
    assert terms(barred) == pytest.approx({"purchase": PRICE})
    named = planned(world([[3]], residency=rule, token_offers=[api(regions=("home",))]))
    assert terms(named) == pytest.approx({"token_api": 3 * MEAN_PRICE * MTOK_S})
    other = planned(world([[3]], token_offers=[api(regions=("elsewhere",))]))
    assert terms(other) == pytest.approx({"purchase": PRICE})


def test_tokens_count_in_shares_by_origin() -> None:
    """Imported tokens may be at most half of those served: half of 4 requests/s runs on a domestic card."""
    share = [{"policy": "half", "measure": "tokens", "min_share": 0.5}]
    found = planned(world([[4]], token_offers=[api(origin="imported")], domestic_share=share))
    assert terms(found) == pytest.approx({"purchase": PRICE})  # the card takes all four


# Packages


def test_a_package_saves_and_expires() -> None:
    """2 requests/s make 5,259 million tokens a month. One package and a rest at list price each month of two: 10,519 in
    all, two packages of 5,000 and 519 at list price; a third package would cost more than 1,038."""
    found = planned(world([[2], [2]], token_offers=[api()], packages=[pack()]))
    rest = 4 * MTOK_S - 10_000
    assert terms(found) == pytest.approx({"token_package": 10_000, "token_api": rest * MEAN_PRICE})


def test_a_package_does_not_last() -> None:
    """1 request/s is 2,630 a month: a package lasts two months only; a month later the rest of it is gone."""
    found = planned(world([[1], [0], [1]], token_offers=[api()], packages=[pack(price=5_500)]))
    assert terms(found) == pytest.approx({"token_api": 2 * MTOK_S * MEAN_PRICE})
    found = planned(
        world([[1], [0], [1]], token_offers=[api()], packages=[pack(price=5_500, valid_months=3)])
    )
    assert terms(found) == pytest.approx(
        {"token_package": 5_500, "token_api": (2 * MTOK_S - 5_000) * MEAN_PRICE}
    )


def test_the_daily_cap_of_packages() -> None:
    """A package gives 43.2 million a day, half a request/s: of 1 request/s half is drawn, from one package."""
    found = planned(
        world(
            [[1]], token_offers=[api()], packages=[pack(price=2_000, max_mtok_per_day=43.2, max_packages=1)]
        )
    )
    assert terms(found) == pytest.approx({"token_package": 2_000, "token_api": 0.5 * MTOK_S * MEAN_PRICE})


@cache
def sound() -> tuple[Tables, Planned]:
    """Both at list price and from a package, with every limit."""
    offer = api(regions=("home",), workloads=("chat",), max_requests_per_s=50, max_mtok_per_day=4_000)
    prepaid = pack(max_mtok_per_day=200, max_packages=1)
    tables = world([[4], [4]], offers=[], token_offers=[offer], packages=[prepaid])
    found = planned(tables)
    assert len(found.tables["bought"])
    assert len(found.tables["drawn"])
    return tables, found


@pytest.mark.parametrize(
    ("rule", "table", "column", "value"),
    [
        ("token_rate", "token_offers", "max_requests_per_s", 1.0),
        ("token_volume", "token_offers", "max_mtok_per_day", 1.0),
        ("package_use", "packages", "max_mtok_per_day", 1.0),
        ("package_balance", "packages", "mtok", 1_000.0),
        ("token_tables", "bought", "mtok", 1.0),
        ("token_tables", "token_offers", "regions", "south"),
        ("token_tables", "token_offers", "workloads", "digest"),
        ("token_tables", "token_offers", "to_period", "2026-12"),
        ("token_tables", "packages", "to_period", "2026-12"),
        ("token_tables", "packages", "max_packages", 0.0),
        ("demand_cover", "bought", "requests_per_s", 0.5),
        ("demand_cover", "drawn", "requests_per_s", 0.5),
        ("package_balance", "packages_bought", "packages", 0),
        ("costs_table", "packages_bought", "packages", 2),
        ("costs_table", "token_offers", "output_price_per_mtok", 4.0),
        ("known_keys", "bought", "token_offer", "nobody"),
    ],
)
def test_the_audit_sees(rule: str, table: str, column: str, value: object) -> None:
    tables, found = sound()
    given = {name: frame.copy() for name, frame in tables.items()}
    result = {name: frame.copy() for name, frame in found.tables.items()}
    target = result if table in result else given
    target[table] = target[table].drop(columns=column).assign(**{column: value})
    assert rule in audited(given, result, found.cost)


def test_the_rows_of_the_families() -> None:
    """As in the headers, for one request/s at the peak with a mean of half."""
    offer = api(max_requests_per_s=20, max_mtok_per_day=100)
    tables = world(
        [[1], [1]], mean=0.5, token_offers=[offer], packages=[pack(valid_months=1, max_mtok_per_day=10)]
    )
    key = "chat,all,home"
    assert listing(tables, "token_rate")[0] == (
        f"token_rate[api,2027-01,week]: +1 bought[{key},api,2027-01,week] +1 drawn[pack,{key},2027-01,week] <= 20"
    )
    assert listing(tables, "token_volume")[0] == (  # 0.5 * 86,400 * 1,000 tokens a day
        f"token_volume[api,2027-01]: +43.2 bought[{key},api,2027-01,week] +43.2 drawn[pack,{key},2027-01,week] <= 100"
    )
    rows = listing(tables, "package_use")
    assert (
        rows[0]
        == f"package_use[pack,2027-01,use]: +1314.873 drawn[pack,{key},2027-01,week] -1 used[pack,2027-01] = 0"
    )
    assert rows[2] == (
        f"package_use[pack,2027-01,rate]: +43.2 drawn[pack,{key},2027-01,week] -10 packages[pack,2027-01] <= 0"
    )
    assert listing(tables, "package_balance") == [
        "package_balance[pack,2027-01,2027-01]: -5000 packages[pack,2027-01] +1 used[pack,2027-01] <= 0",
        "package_balance[pack,2027-01,2027-02]: -5000 packages[pack,2027-01] -5000 packages[pack,2027-02] "
        "+1 used[pack,2027-01] +1 used[pack,2027-02] <= 0",
        "package_balance[pack,2027-02,2027-02]: -5000 packages[pack,2027-02] +1 used[pack,2027-02] <= 0",
    ]
