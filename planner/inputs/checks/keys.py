"""Rows of a table: no two with the same key."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.tables import Value


def check_keys(draft: Draft) -> None:
    """Name both rows where a key stands twice."""
    for name, found in draft.tables.items():
        key = found.table.key
        seen: dict[tuple[Value, ...], str] = {}
        for row in found.rows:
            if not row.ok(*key):
                continue
            values = tuple(row.values.get(part) for part in key)
            where = f"{row.file} {row.where}" if row.file != found.file else row.where
            if values in seen:
                text = ", ".join(f"{part} {row.text(part) or '(blank)'}" for part in key)
                draft.ledger.error(
                    row.in_row(key[0]),
                    f"{text} again; first on {seen[values]}",
                    f"each {' and '.join(key)} once in {name}",
                    "Remove one of the two rows.",
                )
            else:
                seen[values] = where
