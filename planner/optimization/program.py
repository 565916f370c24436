"""The program as tables: decisions have a column number, rows a row number, joins make the coefficients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.joins import matched
from planner.optimization.matrix import Matrix, matrix_from_triplets

NUMBERS = frozenset({"column", "row", "coefficient"})
Triplets = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]


@dataclass
class Rows:
    """Rows of one family: a table of keys with a ``row`` number, their bounds, and the terms joined to them."""

    family: str
    keys: pd.DataFrame
    lower: np.ndarray
    upper: np.ndarray
    parts: list[Triplets] = field(default_factory=list)

    @property
    def key(self) -> list[str]:
        """Names of the key columns."""
        return [column for column in self.keys.columns if column not in NUMBERS]

    def add(self, terms: pd.DataFrame, coefficient: float = 1.0) -> None:
        """Put decisions into the rows that share their keys.

        Parameters
        ----------
        terms : key columns, ``column``, and ``coefficient`` where it is not 1. Keys that the rows do not have are
            summed over; rows that no term meets stay without it.
        coefficient : factor on every term
        """
        shared = [name for name in self.key if name in terms.columns]
        keep = [*shared, "column"] + (["coefficient"] if "coefficient" in terms.columns else [])
        joined = terms[keep].pipe(matched, self.keys[[*shared, "row"]], on=shared)
        each = joined["coefficient"].to_numpy(float) if "coefficient" in joined else np.ones(len(joined))
        rows, columns = joined["row"].to_numpy(np.int64), joined["column"].to_numpy(np.int64)
        self.parts.append((rows, columns, each * coefficient))


class Program:
    """Columns and rows in the order they were added.

    Nothing is solved here; `matrix` hands arrays to the solver in one call, and `decision` and `family` give any
    part back as a table.
    """

    def __init__(self) -> None:
        self.decisions: dict[str, pd.DataFrame] = {}
        self.families: dict[str, Rows] = {}
        self.columns = 0
        self.row_count = 0

    def decide(
        self, name: str, keys: pd.DataFrame, upper: pd.Series | float, *, whole: bool = False
    ) -> pd.DataFrame:
        """Add one decision per key, from 0 to ``upper``; returns the keys with their ``column`` number.

        Keys are sorted, so that the order of input rows changes nothing.
        """
        table = keys.assign(upper=upper)
        table = table.sort_values(list(keys.columns), ignore_index=True)
        if whole:
            table["upper"] = np.floor(table["upper"] + 1e-9)
        table["column"] = np.arange(self.columns, self.columns + len(table))
        table["whole"] = whole
        self.columns += len(table)
        self.decisions[name] = table
        return table.drop(columns=["upper", "whole"])

    def rows(
        self,
        family: str,
        keys: pd.DataFrame,
        *,
        equal: pd.Series | float | None = None,
        at_least: pd.Series | float | None = None,
        at_most: pd.Series | float | None = None,
    ) -> Rows:
        """Add one row per key with the bounds given; values align with ``keys`` row by row."""
        table = keys.reset_index(drop=True)
        low, high = (equal, equal) if equal is not None else (at_least, at_most)
        lower = np.full(len(table), -np.inf) if low is None else np.asarray(low, dtype=float)
        upper = np.full(len(table), np.inf) if high is None else np.asarray(high, dtype=float)
        table = table.assign(row=np.arange(self.row_count, self.row_count + len(table)))
        self.row_count += len(table)
        rows = Rows(family, table, np.broadcast_to(lower, len(table)), np.broadcast_to(upper, len(table)))
        self.families[family] = rows
        return rows

    def matrix(self, cost: np.ndarray, offset: float) -> Matrix:
        """The whole program as arrays; ``cost`` has one entry per column."""
        tables, families = list(self.decisions.values()), list(self.families.values())
        parts = [part for rows in families for part in rows.parts]
        return matrix_from_triplets(
            np.concatenate([rows for rows, _, _ in parts]),
            np.concatenate([columns for _, columns, _ in parts]),
            np.concatenate([values for _, _, values in parts]),
            cost=cost,
            lower=np.zeros(self.columns),
            upper=np.concatenate([table["upper"].to_numpy(float) for table in tables]),
            integer=np.concatenate([table["whole"].to_numpy(bool) for table in tables]),
            row_lower=np.concatenate([rows.lower for rows in families]),
            row_upper=np.concatenate([rows.upper for rows in families]),
            offset=offset,
        )

    def row_name(self, row: int) -> str:
        """``family[key,...]`` of a row number."""
        return _named(row, "row", {name: rows.keys for name, rows in self.families.items()})

    def column_name(self, column: int) -> str:
        """``decision[key,...]`` of a column number."""
        return _named(column, "column", self.decisions)


def _named(number: int, kind: str, tables: dict[str, pd.DataFrame]) -> str:
    for name, table in tables.items():
        if len(table) and table[kind].iloc[0] <= number <= table[kind].iloc[-1]:
            line = table.iloc[number - int(table[kind].iloc[0])]
            keys = [
                str(line[column]) for column in table.columns if column not in {*NUMBERS, "upper", "whole"}
            ]
            return f"{name}[{','.join(keys)}]"
    raise IndexError(f"no {kind} {number}")
