"""How a table or record is declared: once, for checks, messages, templates, docs and JSON Schema alike.

A `Column` gives name, kind, unit, range, default and meaning; a `Table` gives its columns and key. Nothing here
reads a file or knows a case; `planner.inputs` does both with these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "number", "whole", "share", "month", "choice", "flag", "ids"]
Value = str | float | int | bool | tuple[str, ...] | None


@dataclass(frozen=True)
class Required:
    """Marks a column that has no default: it must be filled."""


REQUIRED = Required()
ANY = "*"  # stands for every id where a column allows it


@dataclass(frozen=True)
class Column:
    """One column of a table, or one field of a record.

    Parameters
    ----------
    name : with its unit as suffix where it has one
    kind : ``id`` names something; ``whole`` is an integer; ``share`` lies in 0-1; ``month`` is YYYY-MM (or a
        quarter, 2027Q1, in a quarterly case); ``ids`` is a list of ids (in a table: separated by spaces)
    meaning : one line for docs, templates and messages
    unit : as printed beside the figure
    low, high : allowed range, both inclusive
    above : exclusive lower limit
    default : what a blank means. `REQUIRED`: must be filled. ``None``: absent, and the meaning says what that does
    choices : for kind ``choice``
    refers : name of the table whose key this id must be, or ``accelerators`` / ``llms`` for the catalogue
    wildcard : ``*`` may stand for every id
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None
    default: Value | Required = REQUIRED
    choices: tuple[str, ...] = ()
    refers: str = ""
    wildcard: bool = False

    @property
    def required(self) -> bool:
        """Whether a blank is an error."""
        return isinstance(self.default, Required)


@dataclass(frozen=True)
class Table:
    """One table (rows in CSV, Excel or Parquet) or one set of records (YAML, keyed by id).

    Parameters
    ----------
    name : stem of the file in the case folder
    meaning : one line
    key : columns that name a row; no two rows share it
    columns : in the order they are shown
    required : whether a case must have it
    records : YAML mapping of id to fields rather than rows; the first key column is the id
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    records: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)
