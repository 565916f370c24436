"""Rules that select offers: complete, without contradiction, and selecting something."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.rows import Row

SELECTORS = ("offer", "accelerator", "vendor", "origin")


def selected_offers(draft: Draft, rule: Row) -> set[str]:
    """Offers that the selectors of a rule name; a blank selector names all."""
    found = set()
    for row in draft.rows("offers", "offer", "accelerator"):
        card = draft.cards.get(row.text("accelerator"))
        has = {
            "offer": row.text("offer"),
            "accelerator": row.text("accelerator"),
            "vendor": card.vendor if card else "",
            "origin": card.origin if card else "",
        }
        if all(rule.values.get(name) in (None, has[name]) for name in SELECTORS):
            found.add(row.text("offer"))
    return found


def check_selectors(draft: Draft) -> None:
    """A rule whose selectors meet in no offer has no effect, and is mentioned."""
    if not draft.readable("offers"):
        return
    vendors = {card.vendor for card in draft.cards.values()}
    for name in ("supply", "permits", "selections"):
        for row in draft.rows(name, *SELECTORS):
            known = (
                row.text("offer") in ("", *draft.known["offers"])
                and row.text("accelerator") in ("", *draft.known["accelerators"])
                and row.text("vendor") in ("", *vendors)
            )
            serves_only = name == "selections" and row.text("workload")
            if known and not serves_only and not selected_offers(draft, row):
                draft.ledger.warn(
                    row.in_row(""), "selects no offer: no effect", "selectors that meet in an offer"
                )


def check_selections(draft: Draft) -> None:
    """Include needs min_cards and offers; exclude forbids either orders or serving a workload, not both at once."""
    for row in draft.rows("selections", "rule"):
        if row.text("rule") == "include":
            if row.ok("min_cards") and row.values.get("min_cards") is None:
                draft.ledger.error(
                    row.at("min_cards"), "blank", "the least cards, for rule include", "Fill it in."
                )
            if row.ok("workload") and row.values.get("workload") is not None:
                draft.ledger.error(
                    row.at("workload"),
                    f"'{row.text('workload')}' with rule include",
                    "blank: include asks for cards, not for what they serve",
                    "Leave it blank.",
                )
            if row.ok(*SELECTORS) and draft.readable("offers") and not selected_offers(draft, row):
                draft.ledger.error(
                    row.at("rule"),
                    "include, but the selectors meet in no offer",
                    "an offer to order from",
                    "Correct the selectors or add the offer.",
                )
            continue
        if row.ok("min_cards") and row.values.get("min_cards") is not None:
            draft.ledger.error(
                row.at("min_cards"),
                f"{row.text('min_cards')} with rule exclude",
                "blank for rule exclude",
                "Leave it blank, or write include.",
            )
        if row.ok("offer", "workload") and row.values.get("offer") and row.values.get("workload"):
            draft.ledger.error(
                row.at("offer"),
                f"offer '{row.text('offer')}' and workload '{row.text('workload')}'",
                "one of the two: cards serve, whichever offer they came from",
                "Name the accelerator instead of the offer.",
            )
