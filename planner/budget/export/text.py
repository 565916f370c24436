"""Tables as delimited text whose cells no spreadsheet runs as formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from planner.plan.encode import FORMULA_STARTS

# A spreadsheet set to an East Asian input mode takes the full-width forms, too.
STARTS = (*FORMULA_STARTS, "＝", "＋", "－", "＠")
BOM = b"\xef\xbb\xbf"


def neutral(text: str) -> str:
    """Text with an apostrophe before it where a spreadsheet would take it for a formula.

    Examples
    --------
    >>> neutral("=1+1"), neutral("Near & Co")
    ("'=1+1", 'Near & Co')
    """
    return f"'{text}" if text.startswith(STARTS) else text


def cell(value: Any, raw: bool = False) -> str:
    """A value as text: numbers stay numbers, nothing for what is absent; ``raw`` leaves text as it is."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return value if raw else neutral(value)
    return str(value) if isinstance(value, int) else repr(value)


def delimited(rows: Iterable[Sequence[Any]], separator: str = ",", *, raw: bool = False) -> bytes:
    """Rows as UTF-8 text, quoted where needed, one line feed per row."""
    odd = re.compile(f'[{re.escape(separator)}"\r\n]')

    def quoted(value: Any) -> str:
        text = cell(value, raw)
        return '"' + text.replace('"', '""') + '"' if odd.search(text) else text

    return "".join(separator.join(map(quoted, row)) + "\n" for row in rows).encode("utf-8")


def csv_of(table: pd.DataFrame, *, raw: bool = False, bom: bool = False) -> bytes:
    """A table with its header; ``bom`` marks it as UTF-8 for Excel on Windows."""
    body = delimited([list(table.columns), *table.astype(object).to_numpy().tolist()], raw=raw)
    return BOM + body if bom else body
