"""The checked case: frozen, in canonical order, the same whatever the order of rows or the format of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from planner.errors import Problem
from planner.inputs.cards import Card
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.files import FileHash
from planner.inputs.llms import Llm
from planner.tables import Table, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Settings:
    """Fields of ``case.yaml``; see ``planner.inputs.declarations.settings.SETTINGS`` for units and meanings."""

    schema: int
    name: str
    currency: str
    start: str
    periods: int
    period_months: int
    utc_offset_hours: int
    discount_rate_per_year: float
    routing_buckets: int
    network_band_ms: float
    replicas: str
    engine: str
    serving_estimate: str
    pool_replicas: int
    speculative_tokens: int
    speculative_acceptance: float
    headroom_share: float
    switch_minutes: float
    porting_team: float | None
    idle_power_share: float
    objective: str
    risk_weight: float
    risk_quantile: float
    gap: float
    time_limit_s: float
    node_limit: int | None
    seed: int
    note: str
    pools: str = "none"


@dataclass(frozen=True, order=True)
class DefaultUsed:
    """A blank that was filled, and from where."""

    table: str
    key: str
    column: str
    value: str
    origin: str


@dataclass(frozen=True, order=True)
class Unplannable:
    """A card that cannot be planned, the figures it lacks, and what names it."""

    accelerator: str
    missing: tuple[str, ...]
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """Everything a plan is made from.

    Attributes
    ----------
    settings : fields of ``case.yaml``
    periods : labels in order
    cards, llms : those the case names, by id
    unplannable : cards that only accelerators.yaml names and that lack a figure
    rows : typed rows of each table, in the order of its key; `frame` gives them as a table
    defaults_used, warnings, sources : for people and for the record; two cases are equal without them
    """

    settings: Settings
    periods: tuple[str, ...]
    cards: tuple[Card, ...]
    llms: tuple[Llm, ...]
    unplannable: tuple[Unplannable, ...]
    rows: Mapping[str, tuple[tuple[Value, ...], ...]]
    defaults_used: tuple[DefaultUsed, ...] = field(default=(), compare=False)
    warnings: tuple[Problem, ...] = field(default=(), compare=False)
    sources: tuple[FileHash, ...] = field(default=(), compare=False)

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return {table.name: table for table in (SETTINGS, *CASE_TABLES)}

    def records(self, name: str) -> tuple[dict[str, Value], ...]:
        """Rows of a table as dictionaries by column, without pandas."""
        columns = self._tables[name].names
        return tuple(dict(zip(columns, row, strict=True)) for row in self.rows[name])

    def frame(self, name: str) -> pd.DataFrame:
        """A table as a fresh frame: declared columns in order, blanks filled with declared defaults.

        Text, ids and months have None where absent, numbers NaN. A table the case lacks is empty, with the declared
        columns and types.
        """
        from planner.inputs.frames import frame_of

        return frame_of(self._tables[name], self.rows[name])
