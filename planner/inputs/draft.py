"""A case while it is being read: what could be read so far, and the ledger of faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from planner.inputs.cards import Card
from planner.inputs.case import DefaultUsed, Unplannable
from planner.inputs.files import FileHash
from planner.inputs.llms import Llm
from planner.inputs.months import Horizon
from planner.inputs.problems import Ledger
from planner.inputs.rows import Row
from planner.tables import Table


@dataclass
class TableDraft:
    """Rows of one table; where it is not ``readable`` nothing is concluded from what it lacks."""

    table: Table
    file: str
    rows: list[Row] = field(default_factory=list)
    readable: bool = True
    present: bool = False

    def ids(self) -> set[str]:
        """Names of the first key column."""
        name = self.table.key[0]
        return {row.text(name) for row in self.rows if row.ok(name)}


@dataclass
class Draft:
    """Everything read so far."""

    file: str
    ledger: Ledger
    settings: Row | None = None
    horizon: Horizon | None = None
    tables: dict[str, TableDraft] = field(default_factory=dict)
    classes: dict[str, Row] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    llms: dict[str, Llm] = field(default_factory=dict)
    profiles: dict[str, list[Row]] = field(default_factory=dict)
    shapes: dict[str, list[Row]] = field(default_factory=dict)
    known: dict[str, set[str]] = field(default_factory=dict)  # ids by what a column refers to
    unplannable: list[Unplannable] = field(default_factory=list)
    defaults: list[DefaultUsed] = field(default_factory=list)
    hashes: list[FileHash] = field(default_factory=list)

    def rows(self, name: str, *needed: str) -> Iterator[Row]:
        """Rows of a table whose ``needed`` columns could be read."""
        return (row for row in self.tables[name].rows if row.ok(*needed))

    def readable(self, *names: str) -> bool:
        """Whether all these tables could be read."""
        return all(self.tables[name].readable for name in names)

    def in_doubt(self, name: str) -> bool:
        """Whether the case's own file of these records has a fault of no record in particular: any may be off."""
        return any(
            Path(problem.file).stem == name and "key " not in problem.where for problem in self.ledger.errors
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the periods, none when the horizon could not be read."""
        return self.horizon.labels if self.horizon else ()

    @property
    def currency(self) -> str:
        """Currency of the case, '' when it could not be read."""
        return self.settings.text("currency") if self.settings and self.settings.ok("currency") else ""
