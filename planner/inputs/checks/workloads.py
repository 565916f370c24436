"""Workloads: each has a promise, and precisions that exist."""

from __future__ import annotations

from planner.inputs.declarations.catalogue import PRECISIONS
from planner.inputs.draft import Draft
from planner.inputs.nearest import nearest_mend

PROMISES = ("max_ttft_ms", "max_tpot_ms")


def check_workloads(draft: Draft) -> None:
    """A promise comes from the workload or its service class; without one nothing can be sized."""
    for row in draft.rows("workloads", "service_class"):
        named = row.text("service_class")
        known = named in draft.classes or not named
        for promise in PROMISES:
            if known and row.ok(promise) and row.values.get(promise) is None:
                found = f"no promise: neither the workload nor its service class{' ' + named if named else ''} has one"
                mend = f"Add {promise}, or name a service_class such as chat."
                draft.ledger.error(row.at(promise), found, "a time in ms", mend)
    for row in draft.rows("workloads", "precisions"):
        precisions = row.values.get("precisions")
        for precision in precisions if isinstance(precisions, tuple) else ():
            if precision not in PRECISIONS:
                draft.ledger.error(
                    row.at("precisions"),
                    f"'{precision}'",
                    f"one of {', '.join(PRECISIONS)}",
                    nearest_mend(precision, PRECISIONS),
                )
