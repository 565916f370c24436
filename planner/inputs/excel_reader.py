"""Excel workbooks: one table per sheet, read as a stream, sized up before a byte is unpacked."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterable
from datetime import date
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, LargeZipFile, ZipFile

from planner.inputs.cells import Raw
from planner.inputs.csv_reader import MOST_COLUMNS, MOST_ROWS
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import RawRow, RawTable

MOST_BYTES = 32 * 2**20
MOST_UNPACKED_BYTES = 128 * 2**20
MOST_PARTS = 1000
MOST_CELLS = 1_000_000  # assumed: about 5 s of reading
# What the zip, XML and workbook readers raise on a file that is damaged or made to hurt; nothing else is caught.
_DAMAGED = (BadZipFile, LargeZipFile, ParseError, zlib.error, struct.error, EOFError, KeyError, ValueError, TypeError,
            IndexError, AttributeError, NotImplementedError, RuntimeError, OSError)  # fmt: skip
_MEND = "Open it in a spreadsheet and save it again as .xlsx."


class _RefusedError(Exception):
    """The workbook cannot be read on; the problem is noted."""


def read_workbook(data: bytes, file: str, ledger: Ledger) -> dict[str, RawTable] | None:
    """Raw table of each sheet by name, or None after noting why the workbook cannot be read.

    The first row that is not a comment is the header. Cells that hold an error value, or a formula whose result was
    never saved, are noted; nothing is computed here.
    """
    try:
        _size_up(data, file, ledger)
        formulas = _formula_cells(data)
        return _sheets(data, formulas, file, ledger)
    except _RefusedError:
        return None
    except _DAMAGED as error:
        said = " ".join(str(error).split())[:200]
        found = f"cannot be read as a workbook: {type(error).__name__} {said}".rstrip()
        ledger.error(Place(file), found, "an Excel workbook (.xlsx)", _MEND)
        return None


def _size_up(data: bytes, file: str, ledger: Ledger) -> None:
    """Refuse an archive that would unpack to more than we want to hold."""
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED_BYTES or len(parts) > MOST_PARTS:
        found = f"unpacks to {unpacked / 2**20:.0f} MiB in {len(parts)} parts"
        expected = f"at most {MOST_UNPACKED_BYTES // 2**20} MiB in {MOST_PARTS} parts"
        ledger.error(Place(file), found, expected, "Save the table as CSV.")
        raise _RefusedError


def _load(data: bytes, values: bool) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl tells of styles and extensions it passes over
        return openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=values, keep_links=False)


def _formula_cells(data: bytes) -> dict[str, set[tuple[int, int]]]:
    """Places of formulas by sheet; looked for only in workbooks that hold any."""
    with ZipFile(BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(b"<f" in archive.read(name).replace(b"<formula", b"") for name in sheets):
            return {}
    found = {}
    book = _load(data, values=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        found[sheet.title] = {
            (cell.row, cell.column)
            for cells in sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS)
            for cell in cells
            if getattr(cell, "data_type", "") == "f"
        }
    return found


def _sheets(
    data: bytes, formulas: dict[str, set[tuple[int, int]]], file: str, ledger: Ledger
) -> dict[str, RawTable]:
    book = _load(data, values=True)
    found, cells_left = {}, MOST_CELLS
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        reader = _SheetReader(sheet.title, formulas.get(sheet.title, set()), file, ledger)
        raw, used = reader.read(sheet.iter_rows(), cells_left)
        cells_left -= used
        if raw is not None:
            found[sheet.title] = raw
    if not found:
        ledger.error(Place(file), "no sheet with a header", "a sheet with a header row")
        raise _RefusedError
    return found


class _SheetReader:
    """Reads one sheet; row and column numbers are those a spreadsheet shows."""

    def __init__(self, sheet: str, formulas: set[tuple[int, int]], file: str, ledger: Ledger) -> None:
        self.sheet, self.formulas, self.file, self.ledger = sheet, formulas, file, ledger

    def read(self, rows: Iterable[tuple[Any, ...]], most_cells: int) -> tuple[RawTable | None, int]:
        """Raw table and the number of cells read."""
        raw: RawTable | None = None
        used = 0
        for number, cells in enumerate(rows, 1):
            if not cells:
                continue
            used += len(cells)
            place = Place(self.file, f"sheet {self.sheet} row {number}")
            values = [cell.value for cell in cells]
            while values and _empty(values[-1]) and (number, len(values)) not in self.formulas:
                values.pop()
            if not values or (isinstance(values[0], str) and values[0].lstrip().startswith("#")
                              and cells[0].data_type != "e"):  # fmt: skip
                continue
            if number > MOST_ROWS + 1 or used > most_cells:
                found = f"more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells"
                self.ledger.error(place, found, "a smaller table", "Clear what stands far below, or use CSV.")
                raise _RefusedError
            if len(values) > MOST_COLUMNS:
                found = f"a cell in column {len(values)}"
                self.ledger.error(
                    place, found, f"at most {MOST_COLUMNS} columns", "Clear what stands far right."
                )
                raise _RefusedError
            if raw is None:
                header = ["" if _empty(value) else str(value).strip() for value in values]
                raw = RawTable(header, place.where, [])
            elif len(values) > len(raw.header):
                found = f"a cell in column {len(values)}"
                self.ledger.error(place, found, f"{len(raw.header)} cells, as the header has", "Clear it.")
                raw.whole = False
            else:
                row = [self._cell(number, at, cell) for at, cell in enumerate(cells[: len(raw.header)], 1)]
                raw.rows.append(RawRow(place.where, row + [None] * (len(raw.header) - len(row))))
        return raw, used

    def _cell(self, number: int, at: int, cell: Any) -> Raw:
        """Value of a cell, or what is wrong with it."""
        value = cell.value
        if value is None and (number, at) in self.formulas:
            mend = "Open and save the workbook in a spreadsheet, or write the value."
            return Fault("a formula whose result was never saved", "a value", mend)
        if value is not None and cell.data_type == "e":
            return Fault(f"the error {value}", "a value", "Correct the formula.")
        if value is None or isinstance(value, str | int | float | date):
            return value
        return Fault(f"a {type(value).__name__}", "a number, text or date", "Format the cell.")


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
