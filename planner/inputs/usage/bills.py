"""Lines of a FOCUS bill as volumes of tokens: meters, units and commitments are told apart by their texts."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from planner.inputs.usage.account import Verdicts
from planner.inputs.usage.cells import Floats, to_numbers
from planner.inputs.usage.formats import Format
from planner.inputs.usage.normalise import Columns, add_texts, judge_kind
from planner.inputs.usage.options import ReadOptions
from planner.inputs.usage.raw import RawPiece

UNUSED = "unused commitment (breakage): paid, not consumed"
_UNIT = re.compile(
    r"(?:per )?([\d.,_]*) ?(k|m|b|g|thousand|million|billion)?[ -]?(?:tokens?|tok|toks)s?", re.IGNORECASE
)
_FACTOR = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "g": 1e9, "billion": 1e9}


def tokens_per_unit(unit: str) -> float | None:
    """Tokens in one unit of a bill, None when it counts no tokens.

    Examples
    --------
    >>> tokens_per_unit("1K tokens"), tokens_per_unit("MTok"), tokens_per_unit("Hours")
    (1000.0, 1000000.0, None)
    """
    match = _UNIT.fullmatch(" ".join(unit.split()))
    if match is None:
        return None
    count = match[1].replace(",", "").replace("_", "")
    try:
        return (float(count) if count else 1.0) * _FACTOR[(match[2] or "").lower()]
    except ValueError:
        return None


def kind_of_meter(text: str) -> str | None:
    """``input``, ``cached``, ``written`` or ``output``, None when the meter's text says none of them.

    Examples
    --------
    >>> [kind_of_meter(text) for text in ("Cached input tokens", "Output", "Image generation")]
    ['cached', 'output', None]
    """
    words = text.lower()
    if "image" in words or "audio" in words or "embedding" in words:
        return None
    if "cach" in words:
        return "written" if "write" in words or "creation" in words else "cached"
    if "output" in words or "completion" in words or "generated" in words:
        return "output"
    return "input" if "input" in words or "prompt" in words else None


def bill_frame(
    piece: RawPiece, one: Format, options: ReadOptions
) -> tuple[dict[str, pd.Series | np.ndarray], Verdicts, pd.Series]:
    """Our columns of a piece of a bill, the verdicts, and ids (a bill has none). Requests are not known: NaN."""
    columns, verdicts = Columns(piece, one, options), Verdicts(piece.rows)
    judge_kind(columns, piece, one, verdicts)
    start, wrong, _ = columns.times("time")
    verdicts.against(wrong, "no time that can be read")
    end, wrong_end, _ = columns.times("end_time")
    verdicts.against(wrong_end, "no end of the charge period")
    verdicts.against(np.nan_to_num(end - start, nan=1.0) <= 0, "it ends before it starts")
    status = columns.texts("commitment").fillna("").str.lower()
    verdicts.against((status == "unused").to_numpy(bool), UNUSED)
    kinds = columns.texts("meter").fillna("").map(kind_of_meter)
    verdicts.against(kinds.isna().to_numpy(bool), "a meter that is neither input, cached nor output tokens")
    factors = columns.texts("unit").fillna("").map(tokens_per_unit).astype(float).to_numpy()
    verdicts.against(np.isnan(factors), "a unit that is no number of tokens")
    quantity = columns.raw("quantity")
    amount, wrong = (
        (np.full(piece.rows, np.nan), np.ones(piece.rows, bool)) if quantity is None else to_numbers(quantity)
    )
    verdicts.against(wrong | ~(np.nan_to_num(amount, nan=-1.0) >= 0), "no quantity of 0 or more")
    tokens = np.nan_to_num(amount * factors)
    frame: dict[str, pd.Series | np.ndarray] = {"time_s": start, "span_s": end - start}
    add_texts(columns, frame)

    def part(*names: str) -> Floats:
        return np.where(kinds.isin(names), tokens, 0.0)

    frame["input_tokens"] = part("input", "cached", "written")
    frame["cached_input_tokens"], frame["cache_write_tokens"] = part("cached"), part("written")
    frame["output_tokens"], frame["reasoning_tokens"] = part("output"), np.zeros(piece.rows)
    frame["requests"], frame["failed_requests"] = np.full(piece.rows, np.nan), np.zeros(piece.rows)
    frame["hole"], frame["batch"] = np.zeros(piece.rows, dtype=bool), np.zeros(piece.rows, dtype=bool)
    return frame, verdicts, pd.Series([None] * piece.rows, dtype=object)
