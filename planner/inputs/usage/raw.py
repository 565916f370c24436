"""A piece of a file before it means anything: columns by name, some of them nested."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

Step = str | tuple[str, ...]  # a column, or the way into a nested one


class RawPiece:
    """Rows as they stand in the file.

    Parameters
    ----------
    first_row : number of the first row in the file, from 1
    columns : values by name, all of the same length; None is absent. A cell may be a mapping, or JSON text of one.
    """

    def __init__(self, first_row: int, rows: int, columns: Mapping[str, pd.Series]) -> None:
        self.first_row = first_row
        self.rows = rows
        self._columns = dict(columns)
        self._parsed: dict[str, list[Any]] = {}
        self._levels: dict[tuple[str, ...], list[Any] | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._columns)

    def get(self, step: Step) -> pd.Series | None:
        """Values of a column or of a place inside it; None when no row has it."""
        if isinstance(step, str):
            return self._columns.get(step)
        level = self._level(step[:-1])
        if level is None:
            return None
        name = step[-1]
        values = [cell.get(name) if isinstance(cell, dict) else None for cell in level]
        return None if all(value is None for value in values) else pd.Series(values, dtype=object)

    def _level(self, way: tuple[str, ...]) -> list[Any] | None:
        """Objects at a place of a nested column, None when no row has one; each place is looked up once."""
        if len(way) == 1:
            return self.nested(way[0])
        if way not in self._levels:
            above = self._level(way[:-1])
            name = way[-1]
            cells = [cell.get(name) if isinstance(cell, dict) else None for cell in above or ()]
            self._levels[way] = cells if any(isinstance(cell, dict) for cell in cells) else None
        return self._levels[way]

    def nested(self, name: str) -> list[Any] | None:
        """Cells of a column as objects: JSON text is read; what is none becomes None."""
        column = self._columns.get(name)
        if column is None:
            return None
        if name not in self._parsed:
            self._parsed[name] = [_object(cell) for cell in column.tolist()]
        return self._parsed[name]


def piece_of_records(first_row: int, records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> RawPiece:
    """A piece out of objects, with the named columns only."""
    columns = {}
    for name in names:
        values = [record.get(name) for record in records]
        if any(value is not None for value in values):
            columns[name] = pd.Series(values, dtype=object)
    return RawPiece(first_row, len(records), columns)


def _object(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell if isinstance(cell, dict | list) else None
    if not cell.startswith(("{", "[", '"')):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, str):  # JSON text inside JSON text, as access logs have it
        return _object(found) if found.startswith("{") else None
    return found
