"""Slices cover every hour of the week once; time zones are those of regions that exist."""

from __future__ import annotations

from collections import defaultdict

from planner.inputs.draft import Draft
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.rows import Row
from planner.inputs.slices import HOURS_PER_DAY, slice_hours

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_slices(draft: Draft) -> None:
    """Every hour of the week is in one slice; a region with a time zone has a route."""
    _check_hours(draft)
    routed = {row.text("region") for row in draft.rows("routes", "region")}
    if draft.readable("routes") and all(row.ok("region") for row in draft.tables["routes"].rows):
        for row in draft.rows("regions", "region"):
            if row.text("region") not in routed:
                draft.ledger.error(
                    row.at("region"),
                    f"'{row.text('region')}' is not in routes",
                    "a region of routes",
                    nearest_mend(row.text("region"), routed),
                )


def _check_hours(draft: Draft) -> None:
    rows = list(draft.rows("slices", "slice", "days", "from_hour", "to_hour"))
    if not draft.readable("slices") or not rows or len(rows) < len(draft.tables["slices"].rows):
        return
    covered: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        for hour in slice_hours(
            row.text("days"), int(row.number("from_hour") or 0), int(row.number("to_hour") or 0)
        ):
            covered[hour].append(row)
    missing = [_named(hour) for hour in range(7 * HOURS_PER_DAY) if hour not in covered]
    if missing:
        draft.ledger.error(
            rows[0].in_row("from_hour"),
            f"{len(missing)} hours of the week are in no slice: {listing(missing)}",
            "every hour of the week in one slice",
            "Add slices for them, or widen one.",
        )
    told: set[str] = set()
    for hour, here in sorted(covered.items()):
        twice = here[-1]
        if len(here) > 1 and twice.text("slice") not in told:
            told.add(twice.text("slice"))
            draft.ledger.error(
                twice.at("from_hour"),
                f"{_named(hour)} is in slice {here[0].text('slice')} too",
                "every hour of the week in one slice",
                "Narrow one of the two.",
            )


def _named(hour: int) -> str:
    return f"{DAY_NAMES[hour // HOURS_PER_DAY]} {hour % HOURS_PER_DAY:02d}:00"
