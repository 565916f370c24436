"""Serving rates of the case: buckets that exist, one size per layout."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.nearest import listing, nearest_mend
from planner.tables import ANY

WHOLE = "all"  # the one bucket of a workload without a length profile


def bucket_name(in_hi: float, out_hi: float) -> str:
    """Name of a length bucket by its upper edges in tokens.

    Examples
    --------
    >>> bucket_name(2048, 256)
    'in2048-out256'
    """
    return f"in{in_hi:.0f}-out{out_hi:.0f}"


def check_serving(draft: Draft) -> None:
    """Buckets of the serving table belong to the workload's profile; a layout has one number of cards."""
    _check_buckets(draft)
    _warn_of_roles(draft)
    sizes: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for row in draft.rows("serving", "workload", "accelerator", "layout", "role", "cards_per_replica"):
        key = (row.text("workload"), row.text("accelerator"), row.text("layout"), row.text("role"))
        cards = row.text("cards_per_replica")
        first, where = sizes.setdefault(key, (cards, row.where))
        if first != cards:
            found = f"{cards}, while {where} says {first} for layout {key[2]} of {key[1]}"
            draft.ledger.error(
                row.at("cards_per_replica"), found, "one size per layout", "Give the layouts different names."
            )


def _warn_of_roles(draft: Draft) -> None:
    """Rates of roles are read only where the case has pools."""
    if not (draft.settings and draft.settings.ok("pools")) or draft.settings.text("pools") != "none":
        return
    for row in draft.rows("serving", "role"):
        if row.text("role") != "whole":
            draft.ledger.warn(
                row.in_row("role"),
                f"role {row.text('role')}, while the case has no pools: not read",
                "a case with pools",
                "Write pools: same_card, same_vendor or any into case.yaml.",
            )


def _check_buckets(draft: Draft) -> None:
    if not draft.tables["serving"].rows or not draft.readable("workloads", "length_profiles"):
        return
    profiles: dict[str, set[str]] = {}
    for row in draft.rows("length_profiles", "profile", "in_hi", "out_hi"):
        name = bucket_name(row.number("in_hi") or 0.0, row.number("out_hi") or 0.0)
        profiles.setdefault(row.text("profile"), set()).add(name)
    buckets: dict[str, set[str]] = {}
    for row in draft.rows("workloads", "workload", "length_profile"):
        profile = row.text("length_profile")
        buckets[row.text("workload")] = profiles.get(profile, set()) if profile else {WHOLE}
    everywhere = set().union(*buckets.values()) if buckets else set()
    for row in draft.rows("serving", "workload", "bucket"):
        known = everywhere if row.text("workload") == ANY else buckets.get(row.text("workload"), set())
        bucket = row.text("bucket")
        if known and bucket != ANY and bucket not in known:
            mend = nearest_mend(bucket, known, f"Buckets: {listing(known, 40)}.")
            draft.ledger.error(
                row.at("bucket"),
                f"'{bucket}' is no bucket of {row.text('workload')}",
                "a bucket of its length profile, or *",
                mend,
            )
