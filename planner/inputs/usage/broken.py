"""Rows that could not be read: counted with the reason, never passed over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Broken:
    """Rows that could not be read: count and first place, by reason."""

    rows: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, place: str, rows: int = 1) -> None:
        """Note rows."""
        self.rows[reason] = self.rows.get(reason, 0) + rows
        self.first.setdefault(reason, place)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.rows.values())
