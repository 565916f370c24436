"""Request traces: one row per request, when it came and how long it was, from any source of requests.

Traces of Azure, BurstGPT and Mooncake, logs of gateways and exports of tracing tools are read by
`planner.inputs.usage` (docs/demand.md lists them all); the plain form has the columns timestamp or arrival_s,
input_tokens, output_tokens and, optionally, cached_tokens. A replay is of the trace as it is: a row that cannot be
used is an error here, while an import of demand sets it aside. Failed requests are left out and counted.

A Mooncake trace gives no times inside its marks of about three seconds: requests of a mark are spread evenly to the
next one. Its cached tokens are those a store of `STORE_TOKENS` would have found, least recently used out first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.prefix_store import cached_tokens

MOST_REQUESTS = 5_000_000  # assumed: far above any replay; each is held as a Python number
STORE_TOKENS = 5_120_000  # assumed: 10,000 blocks of 512, as the profile mooncake_conversation_5m_tokens
Row = tuple[float, int, int, int, Any]


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
        The file cannot be read, is no source of requests, or has rows that cannot be used; each reason is named with
        its first row.
    """
    from planner.inputs.usage import open_usage

    try:
        source = open_usage(path)
    except UnreachableError as error:
        raise InputError([Problem(str(path), "", "", "there is no such file", "a trace file")]) from error
    if source.format.grain != "request":
        expected = "a trace or log with one row per request"
        raise InputError([Problem(str(path), "", "", source.format.title, expected)])
    rows: list[Row] = []
    places = source.format.fields.get("cached_input_tokens", ())
    left_out, tells_cached = 0, any(place in source.shape.names for place in places)
    for piece in source.pieces():
        frame = piece.frame[~piece.frame["failed"]]
        left_out += len(piece.frame) - len(frame)
        tells_cached |= bool((frame["cached_input_tokens"] > 0).any())
        blocks = frame["blocks"].tolist() if "blocks" in frame else [None] * len(frame)
        columns = ("time_s", "input_tokens", "output_tokens", "cached_input_tokens")
        times, into, out, cached = (frame[name].tolist() for name in columns)
        rows += zip(times, map(int, into), map(int, out), map(int, cached), blocks, strict=True)
        if len(rows) > MOST_REQUESTS:
            found = f"more than {MOST_REQUESTS:,} requests"
            raise InputError([Problem(str(path), "", "", found, "fewer", "Cut the trace.")])
    _check(path, source.account.table().itertuples(index=False), rows)
    return _trace(path.name, rows, source.format.block_tokens, tells_cached=tells_cached, left_out=left_out)


def _check(path: Path, aside: Any, rows: Sequence[Row]) -> None:
    """Every row is a request with a time."""
    problems = [
        Problem(str(path), first, "", f"{count} rows: {reason}", "requests only", "Mend or remove them.")
        for reason, count, first in aside
    ]
    if not problems and any(row[0] != row[0] for row in rows):
        problems.append(Problem(str(path), "", "time", "requests without a time", "a time for each"))
    if not problems and len(rows) < 2:
        problems.append(Problem(str(path), "", "", f"{len(rows)} requests", "at least two"))
    if problems:
        raise InputError(problems)


def _trace(
    name: str, rows: list[Row], block_tokens: int, *, tells_cached: bool, left_out: int
) -> RequestTrace:
    rows.sort(key=lambda row: row[:4])
    times = [row[0] for row in rows]
    cached: Sequence[int] | None = [row[3] for row in rows] if tells_cached else None
    if block_tokens:
        times = _spread(times)
        cached = cached_tokens(
            [(row[1], row[4] or []) for row in rows], block_tokens, STORE_TOKENS // block_tokens
        )
    return RequestTrace(
        name,
        tuple(time - times[0] for time in times),
        tuple(row[1] for row in rows),
        None if cached is None else tuple(cached),
        tuple(row[2] for row in rows),
        left_out,
    )


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
