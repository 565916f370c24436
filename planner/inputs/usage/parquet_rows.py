"""Pieces of a Parquet file, the wanted columns of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from planner.inputs.usage.raw import RawPiece
from planner.inputs.usage.streams import problem

PIECE_ROWS = 50_000


def parquet_file(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(str(path))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        raise problem(
            path, "", f"cannot be read as Parquet: {said}", "a Parquet file", "Write it again."
        ) from error


def parquet_pieces(path: Path, wanted: Sequence[str]) -> Iterator[RawPiece]:
    import pyarrow as pa

    file = parquet_file(path)
    names = [name for name in file.schema_arrow.names if name in wanted]
    first = 1
    try:
        for batch in file.iter_batches(batch_size=PIECE_ROWS, columns=names):
            columns = {name: _column(batch.column(at)) for at, name in enumerate(batch.schema.names)}
            yield RawPiece(first, batch.num_rows, columns)
            first += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        raise problem(
            path, f"after row {first - 1}", f"cannot be read as Parquet: {said}", "a whole file"
        ) from error


def _column(values: Any) -> pd.Series:
    import pyarrow as pa

    if pa.types.is_nested(values.type):
        return pd.Series([dict(v) if isinstance(v, list) and v and isinstance(v[0], tuple) else v
                          for v in values.to_pylist()], dtype=object)  # fmt: skip
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    if pa.types.is_integer(values.type) and values.null_count:
        values = values.cast(pa.float64())
    column: pd.Series = values.to_pandas()
    return column
