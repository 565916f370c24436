"""Rentals: one price each, terms that fit it, and sites where cards by the hour can stand."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.rows import Row


def check_rentals(draft: Draft) -> None:
    """A rental is by the month or by the hour; by the hour it has no smallest number and stands where nothing binds."""
    limited = {
        row.text("site")
        for row in draft.rows("sites", "site")
        if row.values.get("power_kw") is not None or row.values.get("racks") is not None
    }
    free = {row.text("site") for row in draft.rows("sites", "site")} - limited
    for row in draft.rows("rentals", "price_per_card_month", "price_per_card_hour"):
        monthly, hourly = (
            row.values.get(name) is not None for name in ("price_per_card_month", "price_per_card_hour")
        )
        if monthly == hourly:
            draft.ledger.error(
                row.at("price_per_card_month"),
                "both prices" if monthly else "no price",
                "price_per_card_month for a term, or price_per_card_hour",
                "Make two rows of it." if monthly else "Fill in one of the two.",
            )
        elif hourly:
            _check_hourly(draft, row, limited, free)
        _check_numbers(draft, row)


def _check_hourly(draft: Draft, row: Row, limited: set[str], free: set[str]) -> None:
    for name, blank in (("min_cards", 0), ("upfront_share", 0)):
        if row.ok(name) and row.number(name) != blank:
            draft.ledger.error(
                row.at(name),
                f"{row.text(name)} by the hour",
                "blank",
                "Leave it blank, or rent by the month.",
            )
    mend = "Model the provider's data centre as a site of its own, without power_kw and racks."
    if row.ok("site") and row.text("site") in limited:
        draft.ledger.error(
            row.at("site"), f"'{row.text('site')}' has a power or rack limit", "a site without limits", mend
        )
    elif row.ok("site") and not row.text("site") and limited and not free:
        draft.ledger.error(
            row.at("site"), "blank, and every site has a power or rack limit", "a site without", mend
        )


def _check_numbers(draft: Draft, row: Row) -> None:
    least, most = row.number("min_cards"), row.number("max_cards")
    if row.ok("min_cards", "max_cards") and least and most is not None and least > most:
        draft.ledger.error(
            row.at("min_cards"), f"{least:g}, more than max_cards {most:g}", "min_cards up to max_cards"
        )
