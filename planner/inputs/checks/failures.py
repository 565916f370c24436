"""Failures lose something, and are not mistaken for slices."""

from __future__ import annotations

from planner.inputs.draft import Draft

WEEK = "week"  # the one slice of a case that names none
SELECTORS = ("site", "vendor", "accelerator")


def check_failures(draft: Draft) -> None:
    """A failure names a site, a maker or a card, and has a name of its own."""
    slices = {row.text("slice") for row in draft.rows("slices", "slice")}
    for row in draft.rows("failures", *SELECTORS):
        if all(row.values.get(name) is None for name in SELECTORS):
            draft.ledger.error(
                row.at("site"),
                "no site, vendor or accelerator: all cards would be lost",
                "at least one of the three",
                "Say what is lost.",
            )
    for row in draft.rows("failures", "failure"):
        if row.text("failure") in slices | {WEEK}:
            draft.ledger.error(
                row.at("failure"),
                f"'{row.text('failure')}' is a slice too",
                "a name that no slice has",
                "Give the failure another name.",
            )
