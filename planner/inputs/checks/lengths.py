"""Length profiles and traffic shapes: shares add up, means lie inside their buckets, weeks are whole."""

from __future__ import annotations

from itertools import groupby

from planner.inputs.draft import Draft
from planner.inputs.nearest import listing
from planner.inputs.rows import Row

SHARE_TOLERANCE = 1e-6  # shares are given with at least seven digits
SHAPE_TOLERANCE = 1e-3  # a mean weight farther from 1 changes the volume
HOURS_PER_WEEK = 168
_NUMBERS = ("in_lo", "in_hi", "out_lo", "out_hi", "share", "mean_in", "mean_out", "mean_cached_in")


def check_lengths(draft: Draft) -> None:
    """Each bucket holds its means, and the shares of a profile add up to 1."""
    for row in draft.rows("length_profiles", *_NUMBERS):
        _check_bucket(draft, row)
    for profile, rows in _grouped(draft, "length_profiles", "profile"):
        _check_overlaps(draft, profile, rows)
        if not draft.readable("length_profiles") or not all(row.ok("share") for row in rows):
            continue
        total = sum(row.number("share") or 0.0 for row in rows)
        if abs(total - 1.0) > SHARE_TOLERANCE:
            mend = f"Divide each share by {total:.9g}, or add the buckets that are missing."
            draft.ledger.error(
                rows[0].in_row("share"),
                f"shares of profile {profile} add up to {total:.9g}",
                f"1 within {SHARE_TOLERANCE:g}",
                mend,
            )


def _grouped(draft: Draft, table: str, key: str) -> list[tuple[str, list[Row]]]:
    rows = sorted(draft.rows(table, key), key=lambda row: row.text(key))
    return [(name, list(group)) for name, group in groupby(rows, key=lambda row: row.text(key))]


def _check_bucket(draft: Draft, row: Row) -> None:
    value = {name: row.number(name) or 0.0 for name in _NUMBERS}
    for low, high in (("in_lo", "in_hi"), ("out_lo", "out_hi")):
        if value[low] >= value[high]:
            draft.ledger.error(
                row.at(high), f"{value[high]:g}, not above {low} {value[low]:g}", f"{low} < {high}"
            )
            return
    for mean, low, high in (("mean_in", "in_lo", "in_hi"), ("mean_out", "out_lo", "out_hi")):
        if not value[low] <= value[mean] <= value[high]:
            draft.ledger.error(
                row.at(mean), f"{value[mean]:g}, outside its bucket", f"{value[low]:g} to {value[high]:g}"
            )
    if value["mean_cached_in"] > value["mean_in"]:
        draft.ledger.error(
            row.at("mean_cached_in"),
            f"{value['mean_cached_in']:g}, more than mean_in {value['mean_in']:g}",
            "at most mean_in: the cached part of the input",
        )


def _check_overlaps(draft: Draft, profile: str, rows: list[Row]) -> None:
    """Two buckets with the same upper edges would have the same name."""
    seen: dict[tuple[float | None, float | None], str] = {}
    for row in rows:
        if row.ok("in_hi", "out_hi"):
            edges = (row.number("in_hi"), row.number("out_hi"))
            if edges in seen:
                draft.ledger.error(
                    row.at("in_hi"),
                    f"bucket of profile {profile} with the upper edges of {seen[edges]}",
                    "buckets that do not overlap",
                )
            seen.setdefault(edges, row.where)


def check_shapes(draft: Draft) -> None:
    """A shape has every hour of the week once, and its weights have the mean 1."""
    for shape, rows in _grouped(draft, "traffic_shapes", "shape"):
        if not draft.readable("traffic_shapes") or not all(row.ok("hour_of_week", "weight") for row in rows):
            continue
        hours = {int(row.number("hour_of_week") or 0) for row in rows}
        missing = [str(hour).zfill(3) for hour in range(HOURS_PER_WEEK) if hour not in hours]
        if missing:
            draft.ledger.error(
                rows[0].in_row("hour_of_week"),
                f"shape {shape} lacks {len(missing)} hours: {listing(missing)}",
                "each hour of the week, 0 to 167",
                "Add the rows.",
            )
            continue
        mean = sum(row.number("weight") or 0.0 for row in rows) / len(rows)
        if abs(mean - 1.0) > SHAPE_TOLERANCE:
            draft.ledger.error(
                rows[0].in_row("weight"),
                f"weights of shape {shape} have the mean {mean:.6g}",
                f"the mean 1 within {SHAPE_TOLERANCE:g}",
                f"Divide each weight by {mean:.9g}.",
            )
