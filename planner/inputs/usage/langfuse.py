"""Langfuse's usage_details: a map of free keys, whose parts overlap or do not; the total, if any, tells."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planner.inputs.usage.raw import RawPiece

_INPUT = frozenset(("input", "prompt", "input_tokens", "prompt_tokens"))
_OUTPUT = frozenset(("output", "completion", "output_tokens", "completion_tokens"))
_OURS = ("input", "cached", "written", "output", "reasoning")


def with_parts(piece: RawPiece) -> RawPiece:
    """The piece with columns ``langfuse.input``, ``.cached``, ``.written``, ``.output`` and ``.reasoning``."""
    cells = piece.nested("usage_details") or piece.nested("usageDetails") or [None] * piece.rows
    rows = [parts_of(cell) for cell in cells]
    columns = {name: column for name in piece.names if (column := piece.get(name)) is not None}
    for at, name in enumerate(_OURS):
        columns[f"langfuse.{name}"] = pd.Series([row[at] for row in rows], dtype=object)
    return RawPiece(piece.first_row, piece.rows, columns)


def parts_of(cell: Any) -> tuple[float | str | None, ...]:
    """Logical input, cached, written, output (reasoning included) and reasoning tokens of one map.

    Keys with ``input`` are input, keys with ``output`` or ``reasoning`` output. They add up, unless ``total`` is given
    and only holds when what stands beside the plain ``input`` or ``output`` is a part of it.

    Examples
    --------
    >>> parts_of({"input": 100, "input_cached_tokens": 900, "output": 50})
    (1000.0, 900.0, 0.0, 50.0, 0.0)
    >>> parts_of({"input": 1000, "input_cached_tokens": 900, "output": 50, "total": 1050})
    (1000.0, 900.0, 0.0, 50.0, 0.0)
    """
    if not isinstance(cell, dict):
        return (None,) * 5
    numbers = {str(key).lower(): _number(value) for key, value in cell.items()}
    if any(isinstance(value, str) for value in numbers.values()):
        return ("a usage that is no number", None, None, None, None)
    known = {key: float(value) for key, value in numbers.items() if value is not None}
    into = {key: value for key, value in known.items() if "input" in key or "prompt" in key}
    out = {key: value for key, value in known.items() if key not in into and _is_output(key)}
    plain_in, beside_in = _split(into, _INPUT)
    plain_out, beside_out = _split(out, _OUTPUT)
    total = known.get("total")
    choices = [
        (plain_in + a * beside_in, plain_out + b * beside_out) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))
    ]
    fitting = [pair for pair in choices if total in (None, 0.0) or math.isclose(sum(pair), total or 0.0)]
    if not fitting:
        return ("parts that do not add up to the total", None, None, None, None)
    cached = sum(value for key, value in known.items() if "cache" in key and not _is_written(key))
    written = sum(value for key, value in known.items() if _is_written(key))
    reasoning = sum(value for key, value in out.items() if "reasoning" in key)
    return (fitting[0][0], float(cached), float(written), fitting[0][1], float(reasoning))


def _is_output(key: str) -> bool:
    return any(word in key for word in ("output", "completion", "reasoning"))


def _is_written(key: str) -> bool:
    return "cache" in key and ("creation" in key or "write" in key)


def _split(parts: dict[str, float], plain: frozenset[str]) -> tuple[float, float]:
    """The plain part, and all others; without a plain one all are."""
    inside = sum(value for key, value in parts.items() if key in plain)
    return float(inside), float(sum(parts.values()) - inside)


def _number(value: Any) -> float | str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "no number"
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return "no number"
    return found if math.isfinite(found) else "no number"
