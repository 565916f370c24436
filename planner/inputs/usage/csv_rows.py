"""Pieces of a CSV file, as texts; rows with too many or too few cells are counted with the reason."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from planner.inputs.usage.broken import Broken
from planner.inputs.usage.raw import RawPiece
from planner.inputs.usage.streams import PACKED_FAULTS, Utf8Stream, cut_short, open_bytes, problem

PIECE_BYTES = 8 * 2**20  # assumed: some 100,000 rows; a piece and its frames stay under 200 MiB


def csv_pieces(
    path: Path,
    header: Sequence[str],
    delimiter: str,
    skipped_lines: int,
    wanted: Sequence[str],
    broken: Broken,
) -> Iterator[RawPiece]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def refuse(row: Any) -> str:
        lines = row.text.count("\n")
        reason = f"{'fewer' if row.actual_columns < row.expected_columns else 'more'} cells than the header"
        if lines > 1:
            reason += f", over {lines + 1:,} lines (a quote that is not closed?)"
        broken.add(reason, f"row {row.number}" if row.number else f"'{row.text[:40]}'")
        return "skip"

    names = [name for name in dict.fromkeys(header) if name in wanted]
    first = 1
    try:
        with open_bytes(path) as file, io.BufferedReader(Utf8Stream(file), PIECE_BYTES) as source:
            reader = arrow_csv.open_csv(
                pa.PythonFile(source, mode="r"),
                read_options=arrow_csv.ReadOptions(
                    block_size=PIECE_BYTES,
                    use_threads=False,
                    column_names=list(header),
                    skip_rows=skipped_lines,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=names,
                    strings_can_be_null=False,
                ),
            )
            for batch in reader:
                if batch.num_rows:
                    yield _arrow_piece(first, batch)
                    first += batch.num_rows
    except PACKED_FAULTS as error:
        raise cut_short(path, error) from error
    except (pa.ArrowException, OSError, KeyError) as error:
        said = " ".join(str(error).split())[:200]
        mend = "A quote that is not closed may swallow the rest of the file."
        raise problem(
            path, f"after row {first - 1}", f"cannot be read as CSV: {said}", "CSV", mend
        ) from error


def _arrow_piece(first: int, batch: Any) -> RawPiece:
    columns = {}
    for at, name in enumerate(batch.schema.names):
        columns[name] = batch.column(at).to_pandas()
    return RawPiece(first, batch.num_rows, columns)
