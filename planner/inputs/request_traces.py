"""Request traces: one row per request, when it came and how long it was, from the formats they are published in.

==================  ==============================================================================================
Azure 2023, 2024    CSV: TIMESTAMP (date and time), ContextTokens, GeneratedTokens
BurstGPT            CSV: Timestamp [s], Model, Request tokens, Response tokens, ...; rows without response are failures
Mooncake            JSON lines: timestamp [ms], input_length, output_length, hash_ids (prefix blocks of 512 tokens)
ServeGen, own       CSV or JSON lines: timestamp or arrival_s [s, or date and time], input_tokens, output_tokens,
                    cached_tokens (optional)
==================  ==============================================================================================

A Mooncake trace gives no times inside its marks of about three seconds: requests of a mark are spread evenly to the
next one. Its cached tokens are those a store of `STORE_BLOCKS` blocks would have found, least recently used out first.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem
from planner.inputs.files import MIB, as_text, read_bytes
from planner.inputs.prefix_store import cached_tokens
from planner.inputs.problems import Fault
from planner.units import MS_PER_S

MOST_BYTES = 1024 * MIB  # assumed: a month of a large service
MOST_PROBLEMS = 20
BLOCK_TOKENS = 512  # Mooncake trace, README of its repository
STORE_BLOCKS = 10_000  # assumed: 5 M tokens, the store of the profile mooncake_conversation_5m_tokens
TIMES = ("timestamp", "arrival_s", "arrival_time", "time_s", "t_s")
INPUTS = (
    "input_tokens",
    "contexttokens",
    "request tokens",
    "input_length",
    "prompt_tokens",
    "num_prefill_tokens",
)
OUTPUTS = ("output_tokens", "generatedtokens", "response tokens", "output_length", "num_decode_tokens")
CACHED = ("cached_tokens", "cached_input_tokens")
DATE_TIME = re.compile(
    r"(?P<moment>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?(?P<zone>Z|[+-]\d\d:\d\d)?"
)
EXPECTED = "columns timestamp, input_tokens, output_tokens, or those of Azure, BurstGPT or Mooncake"


@dataclass(frozen=True)
class RequestTrace:
    """Requests in the order of arrival; tuples of equal length.

    arrival_s : seconds from the first request. input_tokens : cached ones included. cached_tokens : None where the
    trace does not tell. output_tokens : at least 1. left_out : rows that ended without output.
    """

    name: str
    arrival_s: tuple[float, ...]
    input_tokens: tuple[int, ...]
    cached_tokens: tuple[int, ...] | None
    output_tokens: tuple[int, ...]
    left_out: int = 0


def read_trace(path: Path) -> RequestTrace:
    """The requests of a trace file.

    Raises
    ------
    InputError
        The file cannot be read, has none of the known columns, or has rows that are no requests; the first
        `MOST_PROBLEMS` are named.
    """
    data = read_bytes(path, MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        raise InputError([Problem(str(path), "", "", text.found, text.expected, text.mend)])
    rows = _json_rows(text, path) if text.lstrip().startswith("{") else _csv_rows(text)
    if not rows:
        raise InputError([Problem(str(path), "", "", "no requests", "at least two rows", "")])
    names = {str(name).strip().lower(): str(name) for name in rows[0][1]}
    time, prompt, output = (_column(names, known) for known in (TIMES, INPUTS, OUTPUTS))
    if time is None or prompt is None or output is None:
        found = f"columns {', '.join(names)}"
        raise InputError([Problem(str(path), "", "", found, EXPECTED, "Rename the columns.")])
    cached = _column(names, CACHED)
    columns = [column for column in (time, prompt, output, cached) if column]
    problems: list[Problem] = []
    parsed: list[tuple[float, int, int, int, Any]] = []
    left_out = 0
    for where, row in rows:
        try:
            at = _time(row[time])
            tokens = [int(float(row[column])) for column in columns[1:]]
        except (KeyError, TypeError, ValueError, OverflowError):
            found = ", ".join(str(row.get(column)) for column in columns)
            problems.append(Problem(str(path), where, "", found, "a time and whole tokens", ""))
            if len(problems) >= MOST_PROBLEMS:
                break
            continue
        if tokens[1] <= 0:
            left_out += 1
            continue
        parsed.append((at, max(tokens[0], 1), tokens[1], tokens[2] if cached else 0, row.get("hash_ids")))
    if problems:
        raise InputError(problems)
    return _trace(path.name, parsed, has_cached=cached is not None, left_out=left_out)


def _trace(
    name: str, parsed: list[tuple[float, int, int, int, Any]], *, has_cached: bool, left_out: int
) -> RequestTrace:
    if len(parsed) < 2:
        raise InputError([Problem(name, "", "", f"{len(parsed)} requests", "at least two", "")])
    parsed.sort(key=lambda row: row[:4])
    times = [row[0] for row in parsed]
    cached: Sequence[int] | None = [row[3] for row in parsed] if has_cached else None
    if parsed[0][4] is not None:
        times = _spread([time / MS_PER_S for time in times])
        cached = cached_tokens([(row[1], row[4] or []) for row in parsed], BLOCK_TOKENS, STORE_BLOCKS)
    return RequestTrace(
        name,
        tuple(time - times[0] for time in times),
        tuple(row[1] for row in parsed),
        None if cached is None else tuple(cached),
        tuple(row[2] for row in parsed),
        left_out,
    )


def _column(names: Mapping[str, str], known: Sequence[str]) -> str | None:
    return next((names[name] for name in known if name in names), None)


def _csv_rows(text: str) -> list[tuple[str, Mapping[str, Any]]]:
    reader = csv.DictReader(StringIO(text, newline=""))
    return [(f"line {reader.line_num}", row) for row in reader]


def _json_rows(text: str, path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    rows: list[tuple[str, Mapping[str, Any]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            problem = Problem(str(path), f"line {number}", "", f"no JSON: {error}", "one object per line", "")
            raise InputError([problem]) from error
        if not isinstance(row, dict):
            raise InputError(
                [Problem(str(path), f"line {number}", "", "no object", "one object per line", "")]
            )
        rows.append((f"line {number}", row))
    return rows


def _time(value: Any) -> float:
    """Seconds: a number as it is, a date and time since 1970 (UTC where it names no zone)."""
    try:
        seconds = float(value)
    except ValueError:
        match = DATE_TIME.fullmatch(str(value).strip())
        if match is None:
            raise
        zone = "+00:00" if match["zone"] in (None, "Z") else match["zone"]
        return datetime.fromisoformat(f"{match['moment']}{zone}").timestamp() + float(
            f"0{match['fraction'] or ''}"
        )
    if not math.isfinite(seconds):
        raise ValueError(value)
    return seconds


def _spread(times: list[float]) -> list[float]:
    """Requests that share a mark, evenly over the time to the next mark; those of the last over the mean gap."""
    marks = sorted(set(times))
    gap = (marks[-1] - marks[0]) / (len(marks) - 1) if len(marks) > 1 else 1.0
    after = dict(zip(marks, [*marks[1:], marks[-1] + gap], strict=True))
    count = {mark: 0 for mark in marks}
    for time in times:
        count[time] += 1
    seen = dict.fromkeys(marks, 0)
    spread = []
    for time in times:
        spread.append(time + (seen[time] + 0.5) / count[time] * (after[time] - time))
        seen[time] += 1
    return spread
