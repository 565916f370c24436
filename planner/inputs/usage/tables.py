"""Files as pieces of rows: CSV, JSON, JSON Lines and Parquet, none of them held whole where it can be avoided."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.inputs.usage.broken import Broken
from planner.inputs.usage.csv_rows import csv_pieces
from planner.inputs.usage.json_rows import document, line_records, list_records
from planner.inputs.usage.parquet_rows import PIECE_ROWS, parquet_file, parquet_pieces
from planner.inputs.usage.raw import RawPiece, piece_of_records
from planner.inputs.usage.streams import PARQUET, UTF16, first_bytes, problem

PROBE_BYTES = 256 * 2**10
_OTHER_DELIMITERS = (";", "\t")


@dataclass(frozen=True)
class Shape:
    """What a file is: ``csv``, ``lines`` (JSON per line), ``list``, ``document`` (one JSON object) or ``parquet``.

    names : columns, as far as the begin of the file shows them. delimiter : of CSV. record : the first JSON object.
    skipped_lines : of CSV, the header and empty lines before it.
    """

    kind: str
    names: tuple[str, ...]
    delimiter: str = ","
    record: Any = None
    skipped_lines: int = 1


def shape_of(path: Path) -> Shape:
    """What a file is, by its first bytes.

    Raises
    ------
    UnreachableError, InputError : it cannot be opened, is empty, or is no table
    """
    head = first_bytes(path, PROBE_BYTES)
    if not head.strip():
        raise problem(path, "", "is empty", "a header or a first record")
    if head.startswith(UTF16):
        raise problem(
            path, "", "UTF-16 text, by its first two bytes", "UTF-8 text", "Save it again as UTF-8."
        )
    if head.startswith(PARQUET):
        return Shape("parquet", tuple(parquet_file(path).schema_arrow.names))
    whole_text = head.decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    text = whole_text.lstrip()
    if text.startswith("["):
        first = next(list_records(path, Broken()), None)
        return Shape("list", _names(first), record=first)
    if text.startswith("{"):
        return _json_shape(path, text, len(head) < PROBE_BYTES)
    line = text.splitlines()[0]
    delimiter = next((sign for sign in _OTHER_DELIMITERS if sign in line and "," not in line), ",")
    header = _header(line, delimiter, path)
    if len(header) < 2:
        expected = "CSV with a header, JSON, JSON Lines or Parquet, packed with gzip or not"
        raise problem(path, "line 1", f"one column, '{line[:60]}'", expected)
    skipped = whole_text[: len(whole_text) - len(text)].count("\n") + 1
    return Shape("csv", header, delimiter, skipped_lines=skipped)


def _header(line: str, delimiter: str, path: Path) -> tuple[str, ...]:
    """Names of the columns; a name that comes twice gets a number."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as error:
        raise problem(path, "line 1", f"no header: {error}", "the names of the columns") from error
    names: list[str] = []
    for cell in cells:
        name = cell.strip()
        names.append(name if name not in names else f"{name}#{len(names) + 1}")
    return tuple(names)


def _json_shape(path: Path, text: str, whole: bool) -> Shape:
    """One object per line, or one object over lines."""
    line = text.splitlines()[0].strip()
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    more = [part for part in text.splitlines()[1:] if part.strip()]
    if isinstance(record, dict) and (more or not _isdocument(record)):
        return Shape("lines", _names(record), record=record)
    if record is None and (whole or _is_document_text(line)) and not _looks_like_lines(more):
        record = document(path)
        return Shape("document", _names(record), record=record)
    if isinstance(record, dict):
        return Shape("document", _names(record), record=record)
    later = next((found for part in more if (found := _loaded(part)) is not None), None)
    return Shape("lines", _names(later), record=later)  # a broken first line; the others tell


def _looks_like_lines(more: Sequence[str]) -> bool:
    return any(part.startswith("{") and part.rstrip().endswith("}") for part in more[:50])


def _isdocument(record: Mapping[str, Any]) -> bool:
    """An answer of an API, or an export of a collector."""
    return any(name in record for name in ("data", "resourceSpans", "resourceMetrics"))


def _is_document_text(line: str) -> bool:
    return (
        any(f'"{name}"' in line[:4096] for name in ("data", "resourceSpans", "resourceMetrics"))
        or len(line) < 3
    )


def _loaded(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _names(record: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in record) if isinstance(record, Mapping) else ()


def pieces_of(path: Path, shape: Shape, wanted: Sequence[str], broken: Broken) -> Iterator[RawPiece]:
    """Rows of a table, the wanted columns of them, piece by piece.

    Raises
    ------
    InputError : the file ends too early, or is damaged so that its rows cannot be told apart
    """
    if shape.kind == "csv":
        return csv_pieces(path, shape.names, shape.delimiter, shape.skipped_lines, wanted, broken)
    if shape.kind == "parquet":
        return parquet_pieces(path, wanted)
    return _record_pieces(records_of(path, shape, broken), wanted, broken)


def records_of(path: Path, shape: Shape, broken: Broken) -> Iterator[Mapping[str, Any]]:
    """Objects of a JSON file, one by one."""
    if shape.kind == "lines":
        return line_records(path, broken)
    if shape.kind == "list":
        return list_records(path, broken)
    return iter([document(path)])


def _record_pieces(
    records: Iterator[Mapping[str, Any]], wanted: Sequence[str], broken: Broken
) -> Iterator[RawPiece]:
    held: list[Mapping[str, Any]] = []
    first = 1
    for record in records:
        held.append(record)
        if len(held) == PIECE_ROWS:
            yield piece_of_records(first, held, wanted)
            first, held = first + len(held), []
    if held:
        yield piece_of_records(first, held, wanted)
