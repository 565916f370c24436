"""Opens a usage file: what it is, and its rows in our form, piece by piece, each row accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.inputs.usage import bills, counters, langfuse
from planner.inputs.usage.account import Account, Seen, Verdicts
from planner.inputs.usage.broken import Broken
from planner.inputs.usage.detect import format_of, record_kind
from planner.inputs.usage.formats import BY_NAME, Format
from planner.inputs.usage.normalise import Columns, request_frame, span_frame
from planner.inputs.usage.options import ReadOptions
from planner.inputs.usage.parquet_rows import PIECE_ROWS
from planner.inputs.usage.raw import RawPiece, piece_of_records
from planner.inputs.usage.tables import Shape, pieces_of, records_of, shape_of
from planner.inputs.usage.unfold import UNFOLDS

PROBED_RECORDS = 100
EXCLUDING_SHARE = (
    0.01  # assumed: this share of rows with more cached than input tokens shows the other convention
)
REPEATED = "an id that came before"
UNANSWERED = "requests without output were taken as failures"
NO_IDS = (
    "No ids: rows that are alike are taken as different requests; a row that is in two files counts twice."
)
NO_SPAN_IDS = "No ids: a row that is in two files counts twice."
_Frame = dict[str, "pd.Series | np.ndarray"]


@dataclass(frozen=True)
class UsagePiece:
    """Rows in our form.

    Attributes
    ----------
    grain : ``request`` or ``span``
    frame : of requests: time_s (NaN where there is none), duration_ms, model, workload, region, tenant, session,
        input_tokens (logical, cached included), cached_input_tokens, cache_write_tokens, output_tokens (reasoning
        included), reasoning_tokens, retries, failed, answered (by a response cache), and blocks where there are any;
        of spans: time_s, span_s, names and tokens as above, requests and failed_requests (NaN where not known), hole,
        batch
    """

    grain: str
    frame: pd.DataFrame


@dataclass
class UsageFile:
    """A usage file that was recognised.

    Attributes
    ----------
    path : the file
    format : what it is; why : how it was recognised
    account : what became of its rows, complete once `pieces` has ended
    """

    path: Path
    format: Format
    why: str
    shape: Shape
    options: ReadOptions
    seen: Seen
    kind: str = ""
    account: Account = field(default_factory=Account)

    @property
    def elapsed(self) -> bool:
        """Whether times count from the start of the trace, so that there is no calendar."""
        return self.format.clock.startswith("elapsed")

    def pieces(self) -> Iterator[UsagePiece]:
        """Rows in our form, in the order of the file.

        Raises
        ------
        InputError : the file ends too early or is damaged so that rows cannot be told apart
        """
        broken = Broken()
        for sentence in self.format.assumptions:
            self.account.note(sentence)
        raw = self._raw(broken)
        if self.format.grain == "counter":
            yield from self._counter_pieces(raw)
        else:
            yield from self._row_pieces(raw)
        for reason, rows in broken.rows.items():
            self.account.read += rows
            self.account.set_aside(reason, rows, f"{self.path.name} {broken.first[reason]}")
        self.account.check()

    def _raw(self, broken: Broken) -> Iterator[RawPiece]:
        """Rows as they stand, nested records unfolded."""
        if not self.kind:
            wanted = [*self.format.columns, *self.options.fields.values()]
            if self.format.grain == "counter":
                wanted = list(self.shape.names)
            return pieces_of(self.path, self.shape, wanted, broken)
        rows = (
            row for record in records_of(self.path, self.shape, broken) for row in UNFOLDS[self.kind](record)
        )
        return _pieces_of_rows(rows)

    def _row_pieces(self, raw: Iterator[RawPiece]) -> Iterator[UsagePiece]:
        first = next(raw, None)
        if first is None:
            return
        excluded = self._excluding_providers(first)
        identified = False
        for piece in chain([first], raw):
            full = langfuse.with_parts(piece) if self.format.unfold == "langfuse" else piece
            frame, verdicts, ids = self._frame(full, excluded)
            known = verdicts.fine & ids.notna().to_numpy(bool)
            identified |= bool(known.any())
            verdicts.against(self.seen.repeated(ids.fillna("").astype(object), known), REPEATED)
            self.account.read += piece.rows
            self.account.used += int(verdicts.fine.sum())
            verdicts.enter(self.account, self.path.name, piece.first_row)
            table = pd.DataFrame(frame)[verdicts.fine].reset_index(drop=True)
            unanswered = int(table.pop("unanswered").sum()) if "unanswered" in table else 0
            if unanswered:
                self.account.note(UNANSWERED, unanswered)
            if len(table):
                yield UsagePiece("request" if self.format.grain == "request" else "span", table)
        if not identified:
            self.account.note(NO_IDS if self.format.grain == "request" else NO_SPAN_IDS)

    def _frame(self, piece: RawPiece, excluded: frozenset[str]) -> tuple[_Frame, Verdicts, pd.Series]:
        if self.format.grain == "request":
            return request_frame(piece, self.format, self.options, excluded)
        make: Callable[[RawPiece, Format, ReadOptions], tuple[_Frame, Verdicts, pd.Series]] = (
            bills.bill_frame if self.format.grain == "bill" else span_frame
        )
        return make(piece, self.format, self.options)

    def _excluding_providers(self, first: RawPiece) -> frozenset[str]:
        """Providers whose input does not hold the cached tokens, by the first piece of the file.

        The convention says that it does, but instrumentations copy figures that do not: more cached than input tokens
        in more than one of a hundred rows shows it.
        """
        if self.format.cached != "check" or self.options.cached != "auto" or self.format.grain != "request":
            return frozenset()
        columns = Columns(first, self.format, self.options)
        into, cached = columns.numbers("input_tokens")[0], columns.numbers("cached_input_tokens")[0]
        rows = pd.DataFrame(
            {"provider": columns.texts("provider").fillna(""), "over": cached > into, "cached": cached > 0}
        )
        shares = rows[rows["cached"]].groupby("provider")["over"].mean()
        found = frozenset(str(name) for name in shares.index[shares > EXCLUDING_SHARE])
        for provider in sorted(found):
            self.account.note(
                f"Input of {provider or 'these rows'} is taken to exclude cached tokens: {100 * shares[provider]:.0f} "
                "% of its rows with a cache hit have more cached than input tokens. They are added."
            )
        return found

    def _counter_pieces(self, raw: Iterator[RawPiece]) -> Iterator[UsagePiece]:
        samples = counters.Samples()
        for piece in raw:
            samples.add_piece(piece, self.options, self.account, self.path.name)
        self.account.note(NO_SPAN_IDS)
        spans = counters.spans_of(samples, self.account, self.path.name)
        if len(spans):
            yield UsagePiece("span", _completed(spans))


def open_usage(path: Path | str, options: ReadOptions | None = None, seen: Seen | None = None) -> UsageFile:
    """Recognise a usage file; nothing but its begin is read.

    Parameters
    ----------
    seen : ids of files that were read before, so that a row in two files counts once

    Raises
    ------
    UnreachableError : there is no such file
    InputError : it is empty, no table, or of no known format
    """
    path, options = Path(path), options or ReadOptions()
    shape = shape_of(path)
    names, kind = _names(path, shape)
    names = list(
        dict.fromkeys([*names, *(ours for ours, theirs in options.fields.items() if theirs in names)])
    )
    asked = options.format
    if asked == "auto" and counters.is_wide(names):
        found, why = BY_NAME["counters"], f"it has the counter {counters.is_wide(names)[0][:60]}"
    elif asked == "auto" and kind in ("prometheus", "otlp_metrics"):
        found, why = (
            BY_NAME["counters"],
            "it is an answer of Prometheus" if kind == "prometheus" else "it has metrics",
        )
    else:
        found, why = format_of(path, shape, names, asked)
    return UsageFile(path, found, why, shape, options, seen or Seen(), kind)


def _names(path: Path, shape: Shape) -> tuple[list[str], str]:
    """Columns of the first rows, and the kind of record they are unfolded from."""
    if shape.kind in ("csv", "parquet"):
        return list(shape.names), ""
    records = list(islice(records_of(path, shape, Broken()), PROBED_RECORDS))
    records = [record for record in records if isinstance(record, dict)]
    kind = next((found for record in records if (found := record_kind(record))), "")
    rows: Iterator[Mapping[str, Any]] = iter(records)
    if kind:
        rows = islice((row for record in records for row in UNFOLDS[kind](record)), PROBED_RECORDS)
    return list(dict.fromkeys(str(name) for row in rows for name in row)), kind


def _pieces_of_rows(rows: Iterator[dict[str, Any]]) -> Iterator[RawPiece]:
    first = 1
    while held := list(islice(rows, PIECE_ROWS)):
        names = list(dict.fromkeys(name for row in held for name in row))
        yield piece_of_records(first, held, names)
        first += len(held)


def _completed(spans: pd.DataFrame) -> pd.DataFrame:
    """Spans of counters with the columns of all spans."""
    rest = {"workload": None, "region": None, "session": None, "cache_write_tokens": 0.0, "reasoning_tokens": 0.0,
            "hole": False, "batch": False}  # fmt: skip
    return spans.assign(**rest)
