"""From the columns of a format to ours: units, conventions, and what cannot be right is set aside.

The order of the checks is the order in which a row is judged; the first thing found against it is its reason.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.inputs.usage.account import Verdicts
from planner.inputs.usage.cells import TRUE, Flags, Floats, any_of, to_numbers, to_texts, to_times
from planner.inputs.usage.formats import Format
from planner.inputs.usage.formats.declare import Test
from planner.inputs.usage.options import ReadOptions
from planner.inputs.usage.raw import RawPiece, Step
from planner.units import MS_PER_S, SECONDS_PER_DAY

MOST_INPUT_TOKENS = 1_048_576  # upper edges of the grid of lengths (planner.demand.profiles.grid)
MOST_OUTPUT_TOKENS = 131_072
FIRST_YEAR_S = 1_420_070_400.0  # assumed: 2015-01-01; no language model was served before
JUMP_S = 30 * SECONDS_PER_DAY  # assumed: a stamp this far from all others of its piece is a clock that jumped
JUMP_SHARE = 0.01  # assumed: ... if at most this share of the piece stands there
TEXTS = ("model", "workload", "region", "tenant", "session")
TOKENS = (
    "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "total_tokens"
)  # fmt: skip


class Columns:
    """Our columns of a piece, out of the format's."""

    def __init__(self, piece: RawPiece, one: Format, options: ReadOptions) -> None:
        self.rows = piece.rows
        self._piece, self._format, self._options = piece, one, options

    def raw(self, field: str) -> pd.Series | None:
        """The cells of a field: the first place that holds something, row by row; None when there is no place."""
        given = self._options.fields.get(field)
        places: Sequence[Step] = (given,) if given else self._format.fields.get(field, ())
        found: pd.Series | None = None
        for step in places:
            cells = self._piece.get(step)
            if cells is None:
                continue
            if found is None:
                found = cells
                continue
            blank = (
                found.isna() | (found.astype(str) == "")
                if found.dtype == object
                else found.isna() | (found == "")
            )
            if not blank.any():
                break
            found = found.astype(object).where(~blank, cells.astype(object))
        return found

    def numbers(self, field: str) -> tuple[Floats, Flags, bool]:
        """Numbers in our unit, which are wrong, and whether there is such a column."""
        cells = self.raw(field)
        if cells is None:
            return np.full(self.rows, np.nan), np.zeros(self.rows, dtype=bool), False
        numbers, wrong = to_numbers(cells)
        return numbers * self._format.scale.get(field, 1.0), wrong, True

    def texts(self, field: str) -> pd.Series:
        """Texts, None where there is none."""
        cells = self.raw(field)
        return pd.Series([None] * self.rows, dtype=object) if cells is None else to_texts(cells)

    def times(self, field: str) -> tuple[Floats, Flags, bool]:
        """Seconds, which are wrong, and whether there is such a column."""
        cells = self.raw(field)
        if cells is None:
            return np.full(self.rows, np.nan), np.zeros(self.rows, dtype=bool), False
        seconds, wrong = to_times(cells, self._format.clock, self._options.timezone)
        return seconds, wrong, True

    def holds(self, test: Test | None) -> Flags:
        """Whether a test holds, row by row."""
        cells = None if test is None else self._piece.get(test.step)
        if test is None or cells is None:
            return np.zeros(self.rows, dtype=bool)
        if test.at_least is not None:
            return np.nan_to_num(to_numbers(cells)[0]) >= test.at_least
        if test.values:
            return any_of(cells, test.values)
        return to_texts(cells).notna().to_numpy(bool)


def judge_kind(columns: Columns, piece: RawPiece, one: Format, verdicts: Verdicts) -> None:
    """Rows that are no requests by the format's own rule."""
    broken = piece.get("unfold.broken")
    if broken is not None:
        verdicts.against(broken.notna().to_numpy(bool), "a record that is none")
    for keep in one.keep:
        cells = piece.get(keep.step)
        if cells is not None:
            hit = any_of(cells, keep.values)
            verdicts.against(hit if keep.others else ~hit, keep.reason)


def add_texts(columns: Columns, frame: dict[str, pd.Series | np.ndarray]) -> None:
    """Names: model, workload, region, tenant, session."""
    for name in TEXTS:
        frame[name] = columns.texts(name)


def add_times(
    columns: Columns, one: Format, verdicts: Verdicts, frame: dict[str, pd.Series | np.ndarray]
) -> None:
    """Start [s] and duration [ms]; clocks that were not set or jumped are set aside."""
    start, wrong, there = columns.times("time")
    if there:
        verdicts.against(wrong, "no time that can be read")
        if not one.clock.startswith("elapsed"):
            dated = start > 0.5 * FIRST_YEAR_S  # a trace may count from its start
            if dated.any():
                verdicts.against(np.nan_to_num(start, nan=np.inf) < FIRST_YEAR_S, "a clock before 2015")
        verdicts.against(jumps(start, verdicts.fine), "a clock that jumped by more than 30 days")
    frame["time_s"] = start
    duration, wrong, there = columns.numbers("duration_ms")
    verdicts.against(wrong, "duration: no number")
    verdicts.against(np.nan_to_num(duration) < 0, "a duration below 0")
    end, wrong, has_end = columns.times("end_time")
    if has_end:
        by_end = (end - start) * MS_PER_S
        verdicts.against(np.nan_to_num(by_end) < 0, "it ends before it starts")
        duration = np.where(np.isnan(duration), by_end, duration)
    frame["duration_ms"] = duration


def jumps(start: Floats, fine: Flags) -> Flags:
    """Rows that stand apart from all others of the piece by more than `JUMP_S`, and are few.

    A log is written in the order of time, so a piece of it spans hours or days; a date years away is a clock.
    """
    known = np.flatnonzero(fine & ~np.isnan(start))
    hit = np.zeros(len(start), dtype=bool)
    if len(known) < 3:
        return hit
    order = known[np.argsort(start[known], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(start[order]) > JUMP_S) + 1)
    few = max(JUMP_SHARE * len(known), 1.0)
    largest = max(len(group) for group in groups)
    for group in groups:
        if len(group) <= few and len(group) * 2 < largest:
            hit[group] = True
    return hit


def add_tokens(
    columns: Columns, verdicts: Verdicts, excluded: Flags, frame: dict[str, pd.Series | np.ndarray]
) -> None:
    """Logical input (cached included), cached input, output; rows that contradict themselves are set aside.

    Parameters
    ----------
    excluded : rows whose input does not hold the cached and the written tokens: these are added
    """
    value: dict[str, Floats] = {}
    for name in TOKENS:
        value[name], wrong, _ = columns.numbers(name)
        verdicts.against(wrong, f"{name}: no number")
        verdicts.against(np.nan_to_num(value[name]) < 0, f"{name} below 0")
    cached, written = np.nan_to_num(value["cached_input_tokens"]), np.nan_to_num(value["cache_write_tokens"])
    logical = value["input_tokens"] + np.where(excluded, cached + written, 0.0)
    reasoning = np.nan_to_num(value["reasoning_tokens"])
    output = value["output_tokens"]
    total = value["total_tokens"]
    apart = np.isclose(total, value["input_tokens"] + output + reasoning) & (reasoning > 0)
    output = np.where(apart, output + reasoning, output)
    verdicts.against(cached > np.nan_to_num(logical, nan=np.inf), "more cached than input tokens")
    verdicts.against(
        ~apart & (reasoning > np.nan_to_num(output, nan=np.inf)), "more reasoning than output tokens"
    )
    sums = (value["input_tokens"] + output, logical + output)
    fits = np.isnan(total) | np.isnan(sums[0]) | (total == 0)
    for one in sums:
        fits |= np.isclose(total, one, rtol=1e-9, atol=0.5)
    verdicts.against(~fits, "total_tokens is not input + output")
    frame["input_tokens"], frame["cached_input_tokens"] = logical, cached
    frame["cache_write_tokens"], frame["output_tokens"], frame["reasoning_tokens"] = (
        written,
        output,
        reasoning,
    )


def request_frame(
    piece: RawPiece, one: Format, options: ReadOptions, excluded_providers: frozenset[str]
) -> tuple[dict[str, pd.Series | np.ndarray], Verdicts, pd.Series]:
    """Our columns of a piece of requests, the verdicts on its rows, and their ids (None where they have none)."""
    columns, verdicts = Columns(piece, one, options), Verdicts(piece.rows)
    frame: dict[str, pd.Series | np.ndarray] = {}
    judge_kind(columns, piece, one, verdicts)
    add_times(columns, one, verdicts, frame)
    add_texts(columns, frame)
    add_tokens(columns, verdicts, excluded_rows(columns, one, options, excluded_providers), frame)
    failed = columns.holds(one.failed[0]) if one.failed else np.zeros(piece.rows, dtype=bool)
    for test in one.failed[1:]:
        failed = failed | columns.holds(test)
    frame["answered"] = columns.holds(one.answered_if)
    into, made = np.nan_to_num(frame["input_tokens"]), np.nan_to_num(frame["output_tokens"])
    idle = ~failed & ~frame["answered"]
    verdicts.against(idle & (into == 0) & (made == 0), "no tokens, and no failure")
    verdicts.against(idle & (into == 0) & (made > 0), "output without input")
    verdicts.against(into > MOST_INPUT_TOKENS, f"input of more than {MOST_INPUT_TOKENS:,} tokens")
    verdicts.against(made > MOST_OUTPUT_TOKENS, f"output of more than {MOST_OUTPUT_TOKENS:,} tokens")
    frame["unanswered"] = idle & (into > 0) & (made == 0)
    frame["failed"] = failed | frame["unanswered"]
    frame["input_tokens"], frame["output_tokens"] = into, made
    retries, wrong, _ = columns.numbers("retries")
    verdicts.against(wrong | (np.nan_to_num(retries) < 0), "retries: no number")
    frame["retries"] = np.nan_to_num(retries)
    for name in one.fields.get("blocks", ()):
        cells = piece.nested(str(name))
        if cells is not None:
            frame["blocks"] = pd.Series(cells, dtype=object)
    return frame, verdicts, columns.texts("id")


def excluded_rows(
    columns: Columns, one: Format, options: ReadOptions, excluded_providers: frozenset[str]
) -> Flags:
    """Rows whose input does not hold the cached tokens: by the user, by the format, or by the provider's own data."""
    if options.cached != "auto":
        return np.full(columns.rows, options.cached == "excluded")
    rows = columns.holds(one.excluded_if) | (one.cached == "excluded")
    if excluded_providers:
        rows = rows | columns.texts("provider").fillna("").isin(excluded_providers).to_numpy(bool)
    return rows


def span_frame(
    piece: RawPiece, one: Format, options: ReadOptions
) -> tuple[dict[str, pd.Series | np.ndarray], Verdicts, pd.Series]:
    """Our columns of a piece of volumes over spans of time, the verdicts, and ids."""
    columns, verdicts = Columns(piece, one, options), Verdicts(piece.rows)
    frame: dict[str, pd.Series | np.ndarray] = {}
    judge_kind(columns, piece, one, verdicts)
    start, wrong, _ = columns.times("time")
    verdicts.against(wrong, "no time that can be read")
    end, wrong, has_end = columns.times("end_time")
    span = end - start if has_end else np.full(piece.rows, one.span_s if one.span_s else np.nan)
    verdicts.against(np.nan_to_num(span, nan=1.0) <= 0, "it ends before it starts")
    if one.span_s:
        span = np.where(np.isnan(span), one.span_s, span)
    frame["time_s"], frame["span_s"] = start, span
    add_texts(columns, frame)
    add_tokens(columns, verdicts, excluded_rows(columns, one, options, frozenset()), frame)
    for name in ("requests", "failed_requests", "rate_per_s"):
        frame[name], wrong, _ = columns.numbers(name)
        verdicts.against(wrong | (np.nan_to_num(frame[name]) < 0), f"{name}: no number of 0 or more")
    frame["requests"] = np.where(
        np.isnan(frame["requests"]), frame.pop("rate_per_s") * span, frame["requests"]
    )
    holes = columns.raw("hole")
    frame["hole"] = np.zeros(piece.rows, dtype=bool) if holes is None else any_of(holes, TRUE)
    batch = columns.raw("batch")
    frame["batch"] = np.zeros(piece.rows, dtype=bool) if batch is None else any_of(batch, TRUE)
    counts = (frame["requests"], frame["input_tokens"], frame["output_tokens"])
    nothing = sum(np.nan_to_num(count) for count in counts) == 0
    failed = np.nan_to_num(frame["failed_requests"]) > 0
    verdicts.against(nothing & ~failed & ~frame["hole"] & (one.name != "rates"), "no requests and no tokens")
    return frame, verdicts, columns.texts("id")
