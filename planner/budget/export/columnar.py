"""Tables as Parquet with exact money: decimals of eighteen digits, two of them cents."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pandas as pd

DIGITS, PLACES = 18, 2


def parquet_of(table: pd.DataFrame) -> bytes:
    """The same rows give the same bytes; text is kept as it is."""
    import pyarrow
    from pyarrow.parquet import write_table

    columns = {str(name): _column(table[name]) for name in table.columns}
    stream = io.BytesIO()
    write_table(pyarrow.table(columns), stream, compression="zstd")
    return stream.getvalue()


def _column(column: pd.Series) -> Any:
    import pyarrow

    values = [None if value is pd.NA else value for value in column.astype(object)]
    if any(isinstance(value, Decimal) for value in values):
        return pyarrow.array(values, type=pyarrow.decimal128(DIGITS, PLACES))
    return pyarrow.array(values, from_pandas=True)
