"""CSV, strictly: a comma too many is named, never shifted; nothing is guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from planner.inputs.cells import Raw
from planner.inputs.problems import Ledger, Place
from planner.inputs.rows import RawRow, RawTable

MOST_BYTES = 64 * 2**20
MOST_ROWS = 200_000  # assumed: 100 workloads x 20 regions x 100 periods
MOST_COLUMNS = 200
MOST_LINES = 5 * MOST_ROWS  # comments and empty lines included
MOST_LINE = 2**20  # characters
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class _RefusedError(Exception):
    """The text cannot be a table: what was found, and how to mend it."""


class _Lines:
    """Lines of the text; comment lines are passed over where a row begins, and lines are counted."""

    def __init__(self, text: str) -> None:
        self._lines: Iterator[str] = iter(StringIO(text, newline=""))
        self.number = 0
        self.row_began = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        while True:
            line = next(self._lines)
            self.number += 1
            if self.number > MOST_LINES:
                raise _RefusedError(f"more than {MOST_LINES:,} lines", "Drop empty lines and comments.")
            if len(line) > MOST_LINE:
                raise _RefusedError(f"a line of {len(line):,} characters", "Break it into rows.")
            if self.row_began:
                return line  # inside a quoted cell that runs over lines
            if not line.lstrip().startswith("#"):
                self.row_began = self.number
                return line


def read_csv(text: str, file: str, ledger: Ledger) -> RawTable | None:
    """Header and rows, or None after noting why the file cannot be read.

    Lines that begin with # are comments. Rows of empty cells only are passed over.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    raw: RawTable | None = None
    try:
        for cells in reader:
            where = f"line {lines.row_began}"
            lines.row_began = 0
            if not any(cell.strip() for cell in cells):
                continue
            if raw is None:
                raw = _header(cells, where, file, ledger)
                if raw is None:
                    return None
                continue
            if len(cells) != len(raw.header):
                _wrong_length(cells, raw, where, file, ledger)
                raw.whole = False
                continue
            if len(raw.rows) >= MOST_ROWS:
                ledger.error(
                    Place(file, where), f"more than {MOST_ROWS:,} rows", "a smaller table", "Split the case."
                )
                return None
            raw.rows.append(RawRow(where, list[Raw](cells)))
    except _RefusedError as refused:
        found, mend = refused.args
        ledger.error(Place(file, f"line {lines.number}"), found, "cells separated by commas", mend)
        return None
    except csv.Error as error:
        where = f"line {lines.row_began or lines.number}"
        mend = "Close the quote; write a quote inside a cell twice."
        ledger.error(Place(file, where), f"cannot be read as CSV: {error}", "cells separated by commas", mend)
        return None
    if raw is None:
        ledger.error(Place(file), "is empty", "a header line with the names of the columns")
    return raw


def _header(cells: list[str], where: str, file: str, ledger: Ledger) -> RawTable | None:
    header = [cell.strip() for cell in cells]
    if len(header) == 1:
        for sign, name in _OTHER_DELIMITERS.items():
            if sign in header[0]:
                mend = "Save it again as CSV with commas, with decimal points in numbers."
                ledger.error(
                    Place(file, where), f"cells separated by {name}", "cells separated by commas", mend
                )
                return None
    if len(header) > MOST_COLUMNS:
        ledger.error(Place(file, where), f"{len(header)} columns", f"at most {MOST_COLUMNS}", "")
        return None
    return RawTable(header, where, [])


def _wrong_length(cells: list[str], raw: RawTable, where: str, file: str, ledger: Ledger) -> None:
    extra = len(cells) - len(raw.header)
    many = f"{abs(extra)} comma{'s' if abs(extra) > 1 else ''} too {'many' if extra > 0 else 'few'}"
    found = f"{len(cells)} cells, {many}"
    mend = "Put a cell that holds a comma in quotes; write thousands without separators." if extra > 0 else ""
    ledger.error(Place(file, where), found, f"{len(raw.header)} cells, as the header has", mend)
