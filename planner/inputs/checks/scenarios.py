"""Scenarios add up, and every effect has what its kind needs."""

from __future__ import annotations

from planner.inputs.checks.rules import SELECTORS, selected_offers
from planner.inputs.draft import Draft
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.rows import Row

TOLERANCE = 1e-6  # of the sum of probabilities
USES = {
    "demand": ("workload", "region", "factor"),
    "price": (*SELECTORS, "factor"),
    "supply": ("limit", "factor"),
    "permit": (*SELECTORS, "factor"),
    "lead_time": (*SELECTORS, "months"),
}
OWN = ("workload", "region", "limit", *SELECTORS, "factor", "months")


def check_scenarios(draft: Draft) -> None:
    """Probabilities add up to 1; effects name scenarios that exist, and fill what they use and nothing else."""
    rows = list(draft.rows("scenarios", "scenario", "probability"))
    if draft.readable("scenarios") and rows and len(rows) == len(draft.tables["scenarios"].rows):
        total = sum(row.number("probability") or 0.0 for row in rows)
        if abs(total - 1.0) > TOLERANCE:
            draft.ledger.error(
                rows[0].in_row("probability"),
                f"the probabilities add up to {total:.9g}",
                "1",
                f"Divide each by {total:.9g}." if total else "Say how likely each is.",
            )
    known = {row.text("scenario") for row in draft.rows("scenarios", "scenario")}
    regions = {row.text("region") for row in draft.rows("routes", "region")}
    for row in draft.rows("scenario_effects", "scenarios", "what"):
        if draft.readable("scenarios"):
            _check_names(draft, row, known)
        _check_uses(draft, row)
        if row.ok("region") and draft.readable("routes") and row.text("region") not in {"", *regions}:
            draft.ledger.error(
                row.at("region"),
                f"'{row.text('region')}' is not in routes",
                "a region of routes",
                nearest_mend(row.text("region"), regions),
            )


def _check_names(draft: Draft, row: Row, known: set[str]) -> None:
    named = row.values["scenarios"]
    for name in named if isinstance(named, tuple) else ():
        if name not in known:
            mend = nearest_mend(name, known, f"Known: {listing(known)}." if known else "")
            draft.ledger.error(
                row.at("scenarios"), f"'{name}' is not in scenarios", "an id of scenarios", mend
            )


def _check_uses(draft: Draft, row: Row) -> None:
    what = row.text("what")
    amount = USES[what][-1]
    if row.ok(amount) and row.values.get(amount) is None:
        draft.ledger.error(row.at(amount), "blank", f"the {amount}, for an effect on {what}", "Fill it in.")
    if what == "permit" and row.ok("factor") and row.number("factor") not in (None, 0.0):
        draft.ledger.error(
            row.at("factor"), f"{row.number('factor'):g}", "0: a permit is closed or it is not", "Write 0."
        )
    for name in OWN:
        if name not in USES[what] and row.ok(name) and row.values.get(name) is not None:
            draft.ledger.error(
                row.at(name),
                f"'{row.values[name]}'",
                f"blank: an effect on {what} does not use it",
                "Remove it.",
            )
    names_offers = "offer" in USES[what] and row.ok(*SELECTORS) and draft.readable("offers")
    if names_offers and not selected_offers(draft, row):
        draft.ledger.warn(row.in_row(""), "selects no offer: no effect", "selectors that meet in an offer")
