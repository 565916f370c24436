"""Money: every foreign currency has a rate for every period."""

from __future__ import annotations

from planner.inputs.checks.demand import spans
from planner.inputs.draft import Draft
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Place
from planner.tables import ANY

PRICED = ("offers", "rentals", "token_offers", "packages")  # tables with a currency of their own


def check_currencies(draft: Draft) -> None:
    """Prices in a foreign currency need a rate per period, or one for *."""
    home = draft.currency
    if not home:
        return
    rates: dict[str, set[str]] = {}
    for row in draft.rows("fx", "currency", "period"):
        rates.setdefault(row.text("currency"), set()).add(row.text("period"))
        if row.text("currency") == home and row.ok("rate") and row.number("rate") != 1.0:
            draft.ledger.error(
                row.at("rate"),
                f"{row.number('rate'):g} for the case currency {home}",
                "no row: the case currency is 1",
                "Remove the row.",
            )
    if not draft.readable("fx") or any(not row.ok("currency", "period") for row in draft.tables["fx"].rows):
        return
    told: set[str] = set()
    priced = (row for name in PRICED for row in draft.rows(name, "currency"))
    for row in priced:
        currency = row.text("currency")
        if currency in ("", home) or currency in told:
            continue
        told.add(currency)
        known = rates.get(currency, set())
        if ANY in known:
            continue
        labels = draft.labels
        gaps = spans([at for at, label in enumerate(labels) if label not in known], labels)
        if not known:
            mend = (
                nearest_mend(currency, [home, *rates], "")
                + f" Add rows of {currency} to fx, or one with period *."
            )
            draft.ledger.error(
                row.at("currency"),
                f"'{currency}' has no exchange rate",
                f"{home}, or a currency of fx",
                mend.strip(),
            )
        elif gaps:
            draft.ledger.error(
                Place(draft.tables["fx"].file, "", "period"),
                f"no rate of {currency} for {', '.join(gaps)}",
                "a rate for every period",
                "Add the rows, or one with period *.",
            )
