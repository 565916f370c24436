"""Figures outside what is usual: slips of the unit, mentioned but allowed."""

from __future__ import annotations

from dataclasses import dataclass

from planner.inputs.draft import Draft
from planner.inputs.rows import Row


@dataclass(frozen=True)
class Usual:
    """Range of a figure in cases we know (assumed, wide), and the slip that leaves it."""

    table: str
    column: str
    low: float
    high: float
    slip: str


USUAL = (
    Usual("sites", "power_kw", 5.0, 300_000.0, "Is it in W or MW rather than kW?"),
    Usual("sites", "racks", 1.0, 20_000.0, "Are these servers or kW rather than racks?"),
    Usual("sites", "rack_kw", 3.0, 300.0, "Is it in W rather than kW?"),
    Usual("sites", "tariff_per_kwh", 0.02, 5.0, "Is it per MWh, or in cents?"),
    Usual("sites", "hosting_per_kw_month", 5.0, 10_000.0, "Is it per W, or per year?"),
    Usual("tariffs", "tariff_per_kwh", 0.02, 5.0, "Is it per MWh, or in cents?"),
    Usual("routes", "network_ms", 0.1, 1_000.0, "Is it in s or us rather than ms?"),
    Usual("workloads", "max_ttft_ms", 50.0, 86_400_000.0, "Is it in s rather than ms?"),
    Usual("workloads", "max_tpot_ms", 2.0, 10_000.0, "Is it in s or us rather than ms?"),
    Usual("workloads", "unmet_penalty_per_mtok", 0.01, 1e5, "Is it per token or per thousand tokens?"),
    Usual("demand", "input_mtok_per_day", 0.01, 1e8, "Is it in tokens rather than million tokens?"),
    Usual("demand", "output_mtok_per_day", 0.01, 1e8, "Is it in tokens rather than million tokens?"),
    Usual("demand", "requests_per_day", 1.0, 1e11, "Is it per second or per month rather than per day?"),
    Usual("demand", "mean_input_tokens", 4.0, 1e6, "Is it in thousands?"),
    Usual("demand", "mean_output_tokens", 1.0, 2e5, "Is it in thousands?"),
    Usual("offers", "lead_time_months", 0.0, 24.0, "Is it in days or weeks rather than months?"),
    Usual("offers", "life_months", 12.0, 180.0, "Is it in years or days rather than months?"),
    Usual("offers", "cards_per_server", 1.0, 512.0, "Are these cards of one server?"),
    Usual("fx", "rate", 1e-5, 1000.0, "Is it case currency per unit of the foreign one?"),
    Usual("fleet", "maintenance_per_card_month", 0.5, 50_000.0, "Is it per card and month?"),
    Usual("supply", "max_cards", 1.0, 5e6, "Are these cards?"),
)  # fmt: skip
CARD_PRICE = (500.0, 3e6)  # assumed: in CNY, from an old card to a part of a supernode
CARD_PRICE_CURRENCIES = {
    "CNY": 1.0,
    "USD": 7.0,
    "EUR": 8.0,
}  # assumed: rough, to spot slips of three digits only


def check_usual(draft: Draft) -> None:
    """Warn of figures that are a thousand times off what is usual; zero is never a slip."""
    for usual in USUAL:
        for row in draft.rows(usual.table, usual.column):
            value = row.number(usual.column)
            if value and usual.column not in row.blanks and not usual.low <= value <= usual.high:
                draft.ledger.warn(
                    row.at(usual.column), f"{value:g}", f"usually {usual.low:g} to {usual.high:g}", usual.slip
                )
    for row in draft.rows("offers", "price_per_card", "currency"):
        _check_price(draft, row, row.text("currency") or draft.currency)
    currencies = {
        row.text("offer"): row.text("currency") or draft.currency for row in draft.rows("offers", "currency")
    }
    for row in draft.rows("prices", "price_per_card", "offer"):
        _check_price(draft, row, currencies.get(row.text("offer"), ""))


def _check_price(draft: Draft, row: Row, currency: str) -> None:
    price, unit = row.number("price_per_card"), CARD_PRICE_CURRENCIES.get(currency)
    if price is None or unit is None:
        return
    low, high = CARD_PRICE[0] / unit, CARD_PRICE[1] / unit
    if not low <= price <= high:
        draft.ledger.warn(
            row.at("price_per_card"),
            f"{price:g} {currency} per card",
            f"usually {low:.0f} to {high:.0f} {currency}",
            "Is it in thousands, or for a whole server?",
        )
