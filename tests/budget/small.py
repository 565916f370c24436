"""A small run whose money is worked out by hand."""

from __future__ import annotations

import pandas as pd

from planner.plan import Plan

MONTHS = 6


def frame(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def small_plan(start: str = "2027-01", **changes: pd.DataFrame) -> Plan:
    """Two orders, one imported and one domestic; six months at 12 % a year.

    Imported: 3 cards of 10,001 USD at 7.2, freight 2 %, duty 5 %, VAT 13 % that does not come back. By hand:
    price 3 * 72,007.20 = 216,021.60; freight 4,320.432; duty 0.05 * 220,342.032 = 11,017.1016; freight and duty
    15,337.5336; VAT 0.13 * 231,359.1336 = 30,076.687368; cost 261,435.820968.
    Domestic: 2 cards of 33,333.33 at another site, VAT 13 % that comes back: price 66,666.66, VAT 8,666.6658.
    """
    year, month = int(start[:4]), int(start[5:])
    months = [f"{year + (month - 1 + i) // 12}-{(month - 1 + i) % 12 + 1:02d}" for i in range(MONTHS)]
    orders = frame(
        "offer accelerator vendor origin site ordered in_service servers cards price_per_card landed_price_per_card "
        "landed",
        ("far", "card_f", "=Far & Co", "imported", "north", months[0], months[3], 3, 3, 72007.2, 87145.273656,
         261435.820968),
        ("near", "card_n", "Near", "domestic", "south", months[1], months[1], 1, 2, 33333.33, 33333.33, 66666.66),
    )  # fmt: skip
    offers = frame(
        "offer accelerator currency freight_share duty_share vat_share vat_recoverable life_months",
        ("far", "card_f", "USD", 0.02, 0.05, 0.13, False, 60.0),
        ("near", "card_n", None, 0.0, 0.0, 0.13, True, 60.0),
    )
    amounts = [
        ("purchase", 0, 216021.60), ("purchase", 1, 66666.66), ("freight_duty", 0, 15337.5336),
        ("vat", 0, 30076.687368), ("residual", 5, -100000.005), ("unmet", 2, 12.345),
    ]  # fmt: skip
    for i in range(MONTHS):
        amounts += [("hosting", i, 1000.01 + i), ("energy", i, 333.335), ("maintenance", i, 70.0)]
    costs = frame(
        "term node amount discounted",
        *[(term, months[i], amount, amount * 1.12 ** (-i / 12)) for term, i, amount in amounts],
    )
    fleet = [
        ("card_f", "=Far & Co", "imported", "north", months[i], 0, 3 * (i >= 3), 3 * (i >= 3))
        for i in range(MONTHS)
    ] + [("card_n", "Near", "domestic", "south", months[i], 1, 2, 3) for i in range(MONTHS)]
    tables = {
        "orders": orders,
        "costs": costs,
        "fleet": frame(
            "accelerator vendor origin site node opening_cards bought_cards installed_cards", *fleet
        ),
        "load": frame("workload bucket band_ms layout accelerator site node requests_per_s"),
    }
    given = {
        "settings": frame(
            "currency start periods period_months discount_rate_per_year",
            ("CNY", months[0], MONTHS, 1, 0.12),
        ),
        "periods": frame("node index", *[(name, i) for i, name in enumerate(months)]),
        "offers": offers,
        "fx": frame("currency period rate source", ("USD", "*", 7.2, "assumed")),
        "cards": frame("accelerator power_kw", ("card_f", 1.0), ("card_n", 0.5)),
        "sites": frame(
            "site pue tariff_per_kwh hosting_per_kw_month",
            ("north", 1.3, 0.5, 100.0),
            ("south", 1.2, 0.6, 80.0),
        ),
    }
    for name, table in changes.items():
        (tables if name in tables else given)[name] = table
    cost = float(tables["costs"]["discounted"].sum())
    return Plan(
        case="small",
        currency="CNY",
        status="optimal",
        cost=cost,
        bound=cost,
        certified_bound=cost,
        claimed_bound=None,
        gap_asked=0.01,
        stop_reason="",
        facts={"inputs": {"case.yaml": start}},
        warnings=(),
        tables=tables,
        given=given,
    )
