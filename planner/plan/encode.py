"""Tables as bytes: the same rows give the same bytes, in whatever order they came."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import pandas as pd

from planner.plan.failure_tables import FAILURE_TABLES
from planner.plan.offer_tables import OFFER_TABLES
from planner.plan.tables import RESULT_TABLES

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, CSV injection
NEEDS_QUOTES = re.compile(r"[\",\r\n]")
KEYS = {table.name: list(table.key) for table in (*RESULT_TABLES, *OFFER_TABLES, *FAILURE_TABLES)}


def in_order(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a result table by its declared key; other tables keep the order they were made in."""
    key = KEYS.get(name)
    if key is None or not set(key) <= set(table.columns):
        return table.reset_index(drop=True)
    return table.sort_values(key, kind="stable", ignore_index=True)


def as_csv(table: pd.DataFrame) -> bytes:
    """UTF-8, one line per row, numbers exact (shortest text that reads back the same), nothing for what is absent.

    Text cells a spreadsheet would run as a formula get a leading apostrophe; numbers stay numbers.
    """
    columns = [[_safe(str(name)), *map(_cell, table[name].to_list())] for name in table.columns]
    return "".join(f"{','.join(line)}\n" for line in zip(*columns, strict=True)).encode("utf-8")


def _cell(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return _safe(" ".join(str(part) for part in value))
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _safe(value) if isinstance(value, str) else repr(value)


def _safe(text: str) -> str:
    """A text cell that is no formula, in quotes where it needs them; the csv module leaves a lone CR bare."""
    harmless = f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return '"' + harmless.replace('"', '""') + '"' if NEEDS_QUOTES.search(harmless) else harmless


def as_parquet(table: pd.DataFrame) -> bytes:
    """Typed columns; lists of ids are kept as text, NaN and None as absent.

    The columns are handed to Arrow one by one: ``DataFrame.to_parquet`` takes twice the time for a small table.
    """
    import pyarrow
    from pyarrow.parquet import write_table

    columns = {str(name): _arrow_cells(table[name]) for name in table.columns}
    stream = io.BytesIO()
    write_table(
        pyarrow.table({name: pyarrow.array(cells, from_pandas=True) for name, cells in columns.items()}),
        stream,
        compression="zstd",
    )
    return stream.getvalue()


def _arrow_cells(column: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()
    return [" ".join(value) if isinstance(value, (tuple, list)) else value for value in column.to_list()]


def from_parquet(data: bytes) -> pd.DataFrame:
    """The table again: text as objects, None for what is absent.

    Raises
    ------
    ValueError, OSError
        The bytes are no Parquet file.
    """
    from pyarrow.parquet import read_table

    table: pd.DataFrame = read_table(io.BytesIO(data)).to_pandas()
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column]):
            cells = table[column].astype(object)
            table[column] = cells.where(cells.notna(), None).astype(object)
    return table
