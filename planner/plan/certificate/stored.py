"""The program as the run has it: three tables and a constant, read with suspicion.

::

    columns   decision, its key columns, lower, upper, whole, cost   one line per column, in the order of their numbers
    rows      family, key, lower, upper, dual                        one line per row; the dual is the relaxation's
    entries   row, column, coefficient                               numbers of lines of the two above, from 0
    constants name, value                                            offset of the objective; money: currency per unit
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.plan.audit.findings import Finding, finding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TABLES = ("columns", "rows", "entries", "constants")
COLUMN_FIGURES = ("lower", "upper", "whole", "cost")
NUMBERS = {
    "columns": ("lower", "upper", "cost"),
    "rows": ("lower", "upper", "dual"),
    "entries": ("row", "column", "coefficient"),
    "constants": ("value",),
}
TEXTS = {"columns": ("decision",), "rows": ("family", "key"), "entries": (), "constants": ("name",)}
CONSTANTS = {"offset", "money"}
RULE = "program_tables"


@dataclass(frozen=True, eq=False)
class Stored:
    """The stored program as arrays beside its tables.

    Attributes
    ----------
    columns_table, rows_table : as stored
    cost, lower, upper : of every column; cost in ``money`` of the case currency, discounted
    row_lower, row_upper, dual : of every row
    entry_rows, entry_columns, entry_values : the coefficients
    offset : cost that no decision changes
    money : case currency per unit of cost
    """

    columns_table: pd.DataFrame
    rows_table: pd.DataFrame
    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    dual: FloatArray
    entry_rows: IntArray
    entry_columns: IntArray
    entry_values: FloatArray
    offset: float
    money: float

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    def activity(self, x: FloatArray) -> FloatArray:
        """A x, one value per row."""
        return self._per_row(self.entry_values * x[self.entry_columns])

    def size(self, x: FloatArray) -> FloatArray:
        """Sum of the absolute terms of each row, and its sides: the scale of rounding errors."""
        sides = [np.where(np.isfinite(side), np.abs(side), 0.0) for side in (self.row_lower, self.row_upper)]
        terms = self._per_row(np.abs(self.entry_values * x[self.entry_columns]))
        return np.asarray(terms + np.maximum(sides[0], sides[1]), dtype=np.float64)

    def _per_row(self, terms: FloatArray) -> FloatArray:
        return np.bincount(self.entry_rows, weights=terms, minlength=self.rows).astype(np.float64)

    def key_columns(self, decision: str) -> tuple[pd.DataFrame, list[str]]:
        """Lines of one decision, and its key columns: those that are filled."""
        part = self.columns_table[self.columns_table["decision"] == decision]
        names = [name for name in part.columns if name not in ("decision", *COLUMN_FIGURES)]
        return part, [name for name in names if part[name].notna().all()]


def read_program(tables: Mapping[str, pd.DataFrame]) -> tuple[Stored | None, list[Finding]]:
    """The stored program, or what is wrong with its tables."""
    faults = [finding(RULE, name, "no such table", "the table") for name in TABLES if name not in tables]
    faults = faults or [fault for name in TABLES for fault in _column_faults(name, tables[name])]
    if faults:
        return None, faults
    columns, rows, entries, constants = (tables[name].reset_index(drop=True) for name in TABLES)
    numbers = dict(zip(constants["name"], constants["value"].astype(float), strict=True))
    if set(numbers) != CONSTANTS or len(constants) != len(CONSTANTS) or not numbers.get("money", 0.0) > 0:
        return None, [finding(RULE, "constants", str(numbers), "offset, and money above zero")]
    stored = Stored(
        columns_table=columns,
        rows_table=rows,
        cost=columns["cost"].to_numpy(np.float64),
        lower=columns["lower"].to_numpy(np.float64),
        upper=columns["upper"].to_numpy(np.float64),
        row_lower=rows["lower"].fillna(-np.inf).to_numpy(np.float64),
        row_upper=rows["upper"].fillna(np.inf).to_numpy(np.float64),
        dual=rows["dual"].to_numpy(np.float64),
        entry_rows=entries["row"].to_numpy(np.int64),
        entry_columns=entries["column"].to_numpy(np.int64),
        entry_values=entries["coefficient"].to_numpy(np.float64),
        offset=numbers["offset"],
        money=numbers["money"],
    )
    faults = _faults(stored)
    return (None if faults else stored), faults


def _column_faults(name: str, table: pd.DataFrame) -> list[Finding]:
    """Columns that are missing, or are not of their kind; a side of a row may be absent."""
    wanted = (*TEXTS[name], *NUMBERS[name], *(("whole",) if name == "columns" else ()))
    found = [
        finding(RULE, f"{name}.{column}", "no such column", "the column")
        for column in wanted
        if column not in table.columns
    ]
    if found:
        return found
    for column in NUMBERS[name]:
        cells = table[column]
        if not pd.api.types.is_numeric_dtype(cells):
            found.append(finding(RULE, f"{name}.{column}", "cells that are no numbers", "numbers"))
            continue
        side = name == "rows" and column in ("lower", "upper")
        if not (np.isfinite(cells.to_numpy(float)) | (cells.isna().to_numpy() & side)).all():
            found.append(finding(RULE, f"{name}.{column}", "a number that is not finite", "finite numbers"))
        if name == "entries" and column != "coefficient" and (cells % 1 != 0).any():
            found.append(finding(RULE, f"{name}.{column}", "a fraction", "whole numbers"))
    blank = [column for column in TEXTS[name] if table[column].isna().any()]
    return found + [finding(RULE, f"{name}.{column}", "a blank", "a name") for column in blank]


def _faults(stored: Stored) -> list[Finding]:
    """Numbers that point outside, sides and bounds that cross, keys and places that come twice."""
    found = []
    for what, numbers, count in (
        ("row", stored.entry_rows, stored.rows),
        ("column", stored.entry_columns, stored.columns),
    ):
        if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
            found.append(finding(RULE, f"entries.{what}", "a number beyond the table", f"0 to {count - 1}"))
    place = stored.entry_rows * max(stored.columns, 1) + stored.entry_columns
    checks = (
        (len(np.unique(place)) < len(place), "entries", "one place twice", "each once"),
        ((stored.lower > stored.upper).any(), "columns", "lower above upper", "lower at most upper"),
        ((stored.row_lower > stored.row_upper).any(), "rows", "lower above upper", "lower at most upper"),
        (stored.rows_table.duplicated(["family", "key"]).any(), "rows", "a row twice", "each once"),
    )
    found += [finding(RULE, key, text, allowed) for wrong, key, text, allowed in checks if wrong]
    for decision in stored.columns_table["decision"].unique():
        part, keys = stored.key_columns(str(decision))
        if not keys or part.duplicated(keys).any():
            found.append(finding(RULE, f"columns, {decision}", "a decision twice", "each once"))
    return found
