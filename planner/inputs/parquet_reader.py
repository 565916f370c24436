"""Parquet: sized up by its footer, then read by declared columns only."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from planner.inputs.cells import Raw
from planner.inputs.csv_reader import MOST_COLUMNS, MOST_ROWS
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import RawRow, RawTable
from planner.tables import Table

MOST_BYTES = 64 * 2**20
MOST_UNPACKED_BYTES = 256 * 2**20


def read_parquet(data: bytes, table: Table, file: str, ledger: Ledger) -> RawTable | None:
    """Header and rows, or None after noting why the file cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(BytesIO(data))
        if not _fits(parquet.metadata, file, ledger):
            return None
        header = [str(name) for name in parquet.schema_arrow.names]
        wanted = [name for name in header if name in table.names]
        strange = sorted(set(header) - set(wanted) - {"__index_level_0__"})
        for name in strange:
            found, expected = f"unknown column '{name}'", f"a column of {table.name}"
            ledger.error(Place(file, "", name), found, expected, nearest_mend(name, table.names))
        if len(set(wanted)) != len(wanted):
            ledger.error(Place(file), "a column twice", "each column once", "Remove one.")
            return None
        columns = [map(_cell, parquet.read([name]).column(name).to_pylist()) for name in wanted]
        rows = [RawRow(f"row {at}", list(cells)) for at, cells in enumerate(zip(*columns, strict=True), 1)]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        ledger.error(Place(file), f"cannot be read as Parquet: {said}", "a Parquet file", "Write it again.")
        return None
    return RawTable(wanted, "", rows)


def _fits(metadata: Any, file: str, ledger: Ledger) -> bool:
    unpacked = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if metadata.num_rows > MOST_ROWS or metadata.num_columns > MOST_COLUMNS or unpacked > MOST_UNPACKED_BYTES:
        found = (
            f"{metadata.num_rows:,} rows, {metadata.num_columns} columns, {unpacked / 2**20:.0f} MiB unpacked"
        )
        expected = f"at most {MOST_ROWS:,} rows, {MOST_COLUMNS} columns, {MOST_UNPACKED_BYTES // 2**20} MiB"
        ledger.error(Place(file), found, expected, "Split the case.")
        return False
    return True


def _cell(value: Any) -> Raw:
    """A value as a cell, or what is wrong with it."""
    if isinstance(value, float) and math.isnan(value):
        return Fault("NaN", "a number, or null for a blank", "Write null.")
    if isinstance(value, list):
        return tuple(str(part) for part in value) or None
    if value is None or isinstance(value, str | int | float | date):
        return value
    if isinstance(value, Decimal):
        return str(value)
    return Fault(f"a {type(value).__name__}", "a number, text, flag or date")
