"""Sums over the calls of a session whose context grows, closed form, for arrays of sessions.

Without compaction the prompt of call i is ``c0 + g * (i - 1)``, so that S calls read ``S c0 + g S (S - 1) / 2`` tokens.
An agent that compacts starts again at ``compact_to`` whenever the next prompt would exceed ``compact_at``: its session
is a first stretch from c0 and further stretches from ``compact_to``, each an arithmetic series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
_ROUND = 1e-9  # a quotient this far below a whole number is that number


@dataclass(frozen=True)
class Totals:
    """Of every session, arrays of one shape; tokens unless said otherwise.

    logical_input : prompts of all calls, what the cache finds included. new_input : tokens no earlier prompt held.
    output : answers and summaries. compactions [count]. peak_context : largest prompt.
    """

    logical_input: Numbers
    new_input: Numbers
    output: Numbers
    compactions: Numbers
    peak_context: Numbers


def series(first: Numbers, growth: Numbers, calls: Numbers) -> Numbers:
    """Sum of ``first + growth * j`` over j = 0 .. calls - 1; between whole numbers of calls on the straight line.

    So 8.8 calls stand for four sessions of nine and one of eight.

    Examples
    --------
    >>> series(np.array([900.0]), np.array([250.0]), np.array([5.0])).tolist()
    [7000.0]
    """
    whole = np.floor(calls)
    sums = whole * first + growth * whole * (whole - 1.0) / 2.0
    return np.asarray(sums + (calls - whole) * (first + growth * whole))


def calls_until(first: Numbers, growth: Numbers, limit: Numbers) -> Numbers:
    """Calls of a stretch that begins at ``first`` before the prompt exceeds ``limit``; infinite without growth."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.floor((limit - first) / growth + _ROUND)
    return np.where((growth > 0) & np.isfinite(limit), np.maximum(steps, 0.0) + 1.0, np.inf)


def session_sums(
    steps: Numbers,
    first: Numbers,
    growth: Numbers,
    output: Numbers,
    compact_at: Numbers,
    compact_to: Numbers,
) -> Totals:
    """Totals of sessions of ``steps`` calls; ``compact_at`` is infinite where nothing is compacted.

    A compaction is one more call: it reads the last context of its stretch and writes ``compact_to - first`` tokens,
    which the next stretch reads as new ones after the first prompt.
    """
    opening = np.minimum(calls_until(first, growth, compact_at), steps)
    rest = steps - opening
    later = calls_until(compact_to, growth, compact_at)
    with np.errstate(invalid="ignore"):
        full = np.where(rest > 0, np.floor(rest / later + _ROUND), 0.0)
        tail = np.where(rest > 0, np.maximum(rest - np.where(full > 0, full * later, 0.0), 0.0), 0.0)
    stretch = np.where(full > 0, later, 0.0)
    compactions = full + np.minimum(np.ceil(tail - _ROUND), 1.0)
    summary = np.maximum(compact_to - first, 0.0)
    read_again = np.where(
        compactions > 0,
        first + growth * (opening - 1.0)
        + np.maximum(compactions - 1.0, 0.0) * (compact_to + growth * np.maximum(stretch - 1.0, 0.0)),
        0.0,
    )  # fmt: skip
    prompts = series(first, growth, opening) + full * series(compact_to, growth, stretch)
    logical = prompts + series(compact_to, growth, tail) + read_again
    grown = (
        np.maximum(opening - 1.0, 0.0) + full * np.maximum(stretch - 1.0, 0.0) + np.maximum(tail - 1.0, 0.0)
    )
    written = compactions * summary
    return Totals(
        logical_input=logical,
        new_input=first + growth * grown + written,
        output=steps * output + written,
        compactions=compactions,
        peak_context=np.maximum(
            first + growth * np.maximum(opening - 1.0, 0.0),
            np.where(
                compactions > 0,
                compact_to + growth * np.maximum(np.maximum(stretch, tail) - 1.0, 0.0),
                0.0,
            ),
        ),
    )
