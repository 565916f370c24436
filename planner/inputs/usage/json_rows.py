"""Objects out of JSON: one per line, a list that is never held whole, or one document."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.inputs.usage.broken import Broken
from planner.inputs.usage.streams import PACKED_FAULTS, Utf8Stream, cut_short, open_bytes, problem

READ_BYTES = 8 * 2**20
MOST_JSON_BYTES = 192 * 2**20  # assumed: a document that is no list is held whole; 7 million samples, 1.5 GiB
MOST_LINE = 64 * 2**20


def line_records(path: Path, broken: Broken) -> Iterator[Mapping[str, Any]]:
    try:
        with open_bytes(path) as file, io.BufferedReader(Utf8Stream(file), READ_BYTES) as lines:
            number = 0
            while line := lines.readline(MOST_LINE):
                number += 1
                if len(line) == MOST_LINE:
                    found = f"a line of more than {MOST_LINE // 2**20} MiB"
                    raise problem(path, f"line {number}", found, "one object per line")
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    broken.add("no JSON", f"line {number}")
                    continue
                if isinstance(record, dict):
                    yield record
                else:
                    broken.add("no JSON object", f"line {number}")
    except PACKED_FAULTS as error:
        raise cut_short(path, error) from error


def list_records(path: Path, broken: Broken) -> Iterator[Mapping[str, Any]]:
    """Objects of one JSON list, without holding the list."""
    decoder = json.JSONDecoder()
    try:
        with open_bytes(path) as file, io.BufferedReader(Utf8Stream(file), READ_BYTES) as source:
            text, at, row, ended = "", 0, 0, False
            while True:
                while at < len(text) and text[at] in " \t\r\n,[":
                    at += 1
                if at < len(text) and text[at] == "]":
                    return
                try:
                    record, at = decoder.raw_decode(text, at) if at < len(text) else (None, at)
                    found = at <= len(text) and record is not None
                except ValueError:
                    found = False
                except RecursionError as error:
                    raise problem(path, f"row {row + 1}", "brackets without end", "a list of rows") from error
                if found and (at < len(text) or ended):
                    row += 1
                    if isinstance(record, dict):
                        yield record
                    else:
                        broken.add("no JSON object", f"row {row}")
                    if at > READ_BYTES:
                        text, at = text[at:], 0
                    continue
                if ended:
                    raise problem(
                        path, f"after row {row}", "a list that breaks off or is no JSON", "a whole list of rows",
                        "Export it again, or as JSON Lines.",
                    )  # fmt: skip
                if len(text) - at > MOST_LINE:
                    raise problem(path, f"row {row + 1}", "a row without end", "a list of rows")
                data = _more(source)
                ended = not data
                text, at = text[at:] + data, 0
    except PACKED_FAULTS as error:
        raise cut_short(path, error) from error


def _more(source: Any) -> str:
    """More text, cut where a character ends."""
    data = source.read(READ_BYTES)
    while data and data[-1] >= 0x80:
        byte = source.read(1)
        if not byte:
            break
        data += byte
    return str(data, "utf-8", "replace")


def document(path: Path) -> Any:
    try:
        with open_bytes(path) as file, io.BufferedReader(Utf8Stream(file), READ_BYTES) as source:
            data = source.read(MOST_JSON_BYTES + 1)
    except PACKED_FAULTS as error:
        raise cut_short(path, error) from error
    if len(data) > MOST_JSON_BYTES:
        raise problem(
            path, "", f"one JSON object of more than {MOST_JSON_BYTES // 2**20} MiB", "less in one object",
            "Ask for shorter spans of time, or write JSON Lines.",
        )  # fmt: skip
    try:
        return json.loads(data)
    except ValueError as error:
        raise problem(path, "", f"no JSON: {error}", "a JSON object, or one per line") from error
    except RecursionError as error:
        raise problem(path, "", "brackets without end", "a JSON object") from error
