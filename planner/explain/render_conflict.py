"""Rules that cannot all be kept, in words."""

from __future__ import annotations

from typing import Any

from planner.explain.conflict import Conflict
from planner.plan.grid import wrapped

MOST_LINES = 12


def render_conflict(case: str, found: Conflict | None) -> str:
    """What ``capplan explain CASE`` prints of a case."""
    if found is None:
        return (
            f"{case}: nothing conflicts; its limits can be kept together, at least in fractions of servers.\n"
            f"Plan it (capplan solve) and explain the run."
        )
    if len(found.texts) == 1:
        lines = [f"{case}: no plan keeps this limit, even with all others lifted:"]
    else:
        lines = [
            f"{case}: these {len(found.texts)} limits cannot all be kept; without any one of them the others can:"
        ]
    lines += [f"  {text}" for text in found.texts]
    if found.way_out:
        lines += ["", "The cheapest way out, each limit relative to its size, gives way here:"]
        lines += [f"  {item.name} by {item.text}" for item in found.way_out[:MOST_LINES]]
        more = len(found.way_out) - MOST_LINES
        lines += [f"  ... and {more} more"] if more > 0 else []
    return wrapped("\n".join(lines))


def conflict_json(case: str, found: Conflict | None) -> dict[str, Any]:
    """The same as JSON fields."""
    return {
        "case": case,
        "conflict": [] if found is None else list(found.texts),
        "cheapest_way_out": [] if found is None else [vars(item) for item in found.way_out],
    }
