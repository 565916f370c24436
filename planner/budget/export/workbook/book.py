"""A workbook being written: pages with a title, a header that stays in view, formats, and formulas with their values.

Text is never run as a formula: it is stored as text, marked with a quote prefix where a spreadsheet would otherwise
take it for one when the cell is edited.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from planner.budget.export.text import STARTS
from planner.budget.fiscal import first_day
from planner.errors import UnreachableError

TITLE, NOTE, HEADER, FIRST = 0, 1, 3, 4  # rows of a page
WIDEST = 46
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "note": {"italic": True, "font_color": "#595959"},
    "header": {
        "bold": True,
        "bg_color": "#1F3864",
        "font_color": "#FFFFFF",
        "text_wrap": True,
        "valign": "top",
    },
    "text": {},
    "bold": {"bold": True},
    "wrap": {"text_wrap": True, "valign": "top"},
    "money": {"num_format": "#,##0.00;[Red]-#,##0.00;0.00"},
    "total": {"num_format": "#,##0.00;[Red]-#,##0.00;0.00", "bold": True, "top": 1},
    "count": {"num_format": "#,##0"},
    "rate": {"num_format": "0.0000"},
    "share": {"num_format": "0.00%"},
    "month": {"num_format": "yyyy-mm", "align": "left"},
    "month_header": {"num_format": "yyyy-mm", "bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF"},
    "input": {"font_color": "#0000FF", "bg_color": "#FFF9E5"},
    "input_share": {"font_color": "#0000FF", "bg_color": "#FFF9E5", "num_format": "0.00%"},
    "good": {"bold": True, "font_color": "#006100", "bg_color": "#C6EFCE"},
}


def column_name(at: int) -> str:
    """Letters of a column: 0 is A."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def reference(page: str, first: tuple[int, int], last: tuple[int, int] | None = None) -> str:
    """Absolute address of a cell or block on a page."""
    cells = [first] if last is None else [first, last]
    return f"'{page}'!" + ":".join(f"${column_name(column)}${row + 1}" for row, column in cells)


@dataclass
class Page:
    """One sheet."""

    name: str
    sheet: Any
    formats: dict[str, Any]
    quoted: Any
    widths: dict[int, int] = field(default_factory=dict)

    def put(self, row: int, column: int, value: Any, style: str = "") -> None:
        """A value: decimals as numbers, text as text; None leaves the cell empty."""
        if value is None or value == "":
            return
        if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
            self.sheet.write_number(row, column, float(value), self.formats[style or "money"])
            self._wide(column, len(f"{value:,}"))
            return
        text = str(value)
        cell_format = self.quoted if text.startswith(STARTS) else self.formats[style or "text"]
        self.sheet.write_string(row, column, text, cell_format)
        if style not in ("title", "note", "wrap", "header"):
            self._wide(column, len(text))

    def formula(self, row: int, column: int, text: str, value: Any, style: str = "money") -> None:
        """A live formula with the value it has now."""
        now = float(value) if isinstance(value, Decimal | int | float) else value
        self.sheet.write_formula(row, column, f"={text}", self.formats[style], now)
        self._wide(column, len(f"{value:,}") if isinstance(value, Decimal | int | float) else len(str(value)))

    def month(self, row: int, column: int, number: int, style: str = "month") -> None:
        """The first day of a month, shown as year and month."""
        day = first_day(number)
        self.sheet.write_datetime(row, column, datetime(day.year, day.month, 1), self.formats[style])
        self._wide(column, 8)

    def header(self, names: Sequence[str], *, row: int = HEADER, first: int = 0) -> None:
        """Names of the columns."""
        for at, name in enumerate(names):
            self.put(row, first + at, name, "header")
            self._wide(first + at, min(len(name), 14))
        self.sheet.set_row(row, 30)

    def paragraph(self, row: int, first: int, last: int, text: str) -> None:
        """Text over several columns, wrapped."""
        self.sheet.merge_range(row, first, row, last, text, self.formats["wrap"])
        self.sheet.set_row(row, 48)

    def close(
        self, frozen_columns: int = 1, *, row: int = FIRST, filtered: tuple[int, int] | None = None
    ) -> None:
        """Header in view, widths, page for printing; ``filtered``: last row and column of the filter."""
        self.sheet.freeze_panes(row, frozen_columns)
        for at, width in self.widths.items():
            self.sheet.set_column(at, at, min(width + 2, WIDEST))
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(row - 1)
        if filtered is not None and filtered[0] >= row:
            self.sheet.autofilter(row - 1, 0, *filtered)

    def _wide(self, column: int, width: int) -> None:
        self.widths[column] = max(self.widths.get(column, 6), width)


def _worksheet_class(base: Any) -> Any:
    """Sheets that write formulas as they are.

    xlsxwriter looks through every formula for functions newer than 2010, which takes more than half of the time
    (measured); we use none. A test computes every formula with another program.
    """

    class Plain(base):  # type: ignore[misc]
        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            return formula.removeprefix("=")

    return Plain


class Book:
    """The workbook; `page` adds a sheet, `finished` gives its bytes."""

    def __init__(self, created: datetime) -> None:
        try:
            import xlsxwriter
        except ImportError as error:
            raise UnreachableError("A workbook needs xlsxwriter: install capplan[xlsx].") from error
        self.stream = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False}  # fmt: skip
        self.workbook = xlsxwriter.Workbook(self.stream, options)
        self.workbook.set_properties({"created": created, "title": "Budget"})
        self.workbook.set_calc_mode("auto")
        self.formats = {name: self.workbook.add_format(given) for name, given in _FORMATS.items()}
        self.kind = _worksheet_class(xlsxwriter.worksheet.Worksheet)
        self.quoted = self.workbook.add_format({"quote_prefix": True})

    def page(self, name: str, title: str, note: str = "") -> Page:
        """A new sheet with its title and note."""
        page = Page(name, self.workbook.add_worksheet(name, self.kind), self.formats, self.quoted)
        page.put(TITLE, 0, title, "title")
        page.put(NOTE, 0, note, "note")
        return page

    def name(self, name: str, place: str) -> None:
        """A name for a cell."""
        self.workbook.define_name(name, f"={place}")

    def chart(self, kind: str, subtype: str | None = None) -> Any:
        """A chart to be filled and placed."""
        options = {"type": kind} | ({"subtype": subtype} if subtype else {})
        return self.workbook.add_chart(options)

    def finished(self) -> bytes:
        """The bytes of the file."""
        self.workbook.close()
        return self.stream.getvalue()
