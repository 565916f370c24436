"""One cell by its declaration: text of a file becomes a value, or a fault that says how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache

from planner.inputs.months import month_expected, parse_month
from planner.inputs.nearest import nearest_mend
from planner.inputs.numbers import parse_number, shown
from planner.inputs.problems import Fault
from planner.tables import ANY, Column, Value

# What a file holds in a cell; a `Fault` where it holds nothing that can be a value.
Raw = str | int | float | bool | date | tuple["Raw", ...] | Fault | None
Parser = Callable[[Raw], "Value | Fault"]

LONGEST_ID = 100
LONGEST_TEXT = 10_000
_ID = re.compile(r"\w[\w.+:/-]*")
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]"  # compiled only when there is one
_EXCEL_DAY_ZERO = date(1899, 12, 30)  # serial 0 of the 1900 date system, its leap-year slip included
_SERIALS = range(32_874, 109_575)  # 1990-01-01 to 2199-12-31
_MOST_WHOLE = 2**53  # larger whole numbers are not exact as floats


@cache
def expected_of(column: Column, period_months: int = 1) -> str:
    """What the column wants, in words, with range and unit."""
    if column.kind == "choice":
        return f"one of {', '.join(column.choices)}"
    if column.kind == "month":
        return month_expected(period_months) + (" or *" if column.wildcard else "")
    words = {
        "id": "an id: letters, digits and . _ - + : / without spaces",
        "text": "text",
        "flag": "true or false",
        "ids": "ids separated by spaces",
        "number": "a number",
        "whole": "a whole number",
        "share": "a share between 0 and 1",
    }[column.kind]
    if column.kind == "id" and column.wildcard:
        words += ", or *"
    unit = f" [{column.unit}]" if column.unit and column.kind != "share" else ""
    return words + _range_of(column) + unit


def limits_of(column: Column) -> tuple[float | None, float | None]:
    """Lowest and highest value allowed, both inclusive; a share lies in 0-1 unless declared closer."""
    if column.kind != "share":
        return column.low, column.high
    return (0.0 if column.low is None else column.low), (1.0 if column.high is None else column.high)


def _range_of(column: Column) -> str:
    low, high = limits_of(column)
    if column.kind == "share":
        return "" if (low, high) == (0.0, 1.0) else f", {low:g} to {high:g}"
    if column.above is not None:
        return f", above {column.above:g}" + (f" and at most {high:g}" if high is not None else "")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    return f", {low:g} or more" if low is not None else ""


@cache
def parser_of(column: Column, period_months: int) -> Parser:  # noqa: PLR0911 - one per kind
    """Function that turns a raw cell, never blank, into the column's value or a `Fault`."""
    expected = expected_of(column, period_months)
    if column.kind in ("number", "whole", "share"):
        return lambda raw: _number(raw, column, expected)
    if column.kind == "month":
        return lambda raw: _month(raw, column, period_months)
    if column.kind == "flag":
        return lambda raw: _flag(raw, expected)
    if column.kind == "choice":
        return lambda raw: _choice(raw, column, expected)
    if column.kind == "ids":
        return lambda raw: _ids(raw, expected)
    if column.kind == "id":
        return lambda raw: _id(raw, column.wildcard, expected)
    return lambda raw: _text(raw, expected)


def _number(raw: Raw, column: Column, expected: str) -> float | int | Fault:  # noqa: PLR0911 - one per fault
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        return Fault(shown(str(raw)), expected, "Write a number.")
    if isinstance(raw, int) and abs(raw) > 10**300:
        return Fault("a number of more than 300 digits", expected)
    value = parse_number(raw if isinstance(raw, str) else repr(raw), expected)
    if isinstance(value, Fault):
        return value
    low, high = limits_of(column)
    out = (
        (low is not None and value < low)
        or (high is not None and value > high)
        or (column.above is not None and value <= column.above)
    )
    if out:
        return Fault(str(raw), expected, _share_mend(value) if column.kind == "share" else "")
    if column.kind == "whole":
        if value != int(value) or abs(value) > _MOST_WHOLE:
            return Fault(str(raw), expected, f"Round it, such as {round(value)}.")
        return int(value)
    return value


def _share_mend(value: float) -> str:
    return f"Write {value / 100:g} for {value:g} %." if 1 < value <= 100 else "Shares lie between 0 and 1."


def _month(raw: Raw, column: Column, period_months: int) -> str | Fault:
    expected = expected_of(column, period_months)
    if isinstance(raw, float) and raw == int(raw):
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        if raw not in _SERIALS:
            return parse_month(str(raw), period_months)
        raw = _EXCEL_DAY_ZERO + timedelta(days=raw)
    if isinstance(raw, date):
        at_midnight = not isinstance(raw, datetime) or (raw.hour, raw.minute, raw.second) == (0, 0, 0)
        if raw.day != 1 or not at_midnight:
            mend = "Write the first day of the month, or text such as 2027-01."
            return Fault(f"the date {raw.isoformat()}", expected, mend)
        return parse_month(f"{raw.year:04d}-{raw.month:02d}", period_months)
    if not isinstance(raw, str):
        return Fault(shown(str(raw)), expected)
    if raw == ANY and column.wildcard:
        return ANY
    return parse_month(raw, period_months)


def _flag(raw: Raw, expected: str) -> bool | Fault:
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word in ("true", "false"):
        return word == "true"
    mend = {"yes": "true", "y": "true", "on": "true", "1": "true", "no": "false", "n": "false", "off": "false",
            "0": "false", "是": "true", "否": "false"}.get(str(raw).lower())  # fmt: skip
    return Fault(shown(str(raw)), expected, f"Write {mend}." if mend else "")


def _choice(raw: Raw, column: Column, expected: str) -> str | Fault:
    text = str(raw)
    if text in column.choices:
        return text
    return Fault(shown(text), expected, nearest_mend(text, column.choices))


def _id(raw: Raw, wildcard: bool, expected: str) -> str | Fault:
    if isinstance(raw, float) and raw == int(raw):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return Fault(shown(str(raw)), expected, "Write it as text.")
    text = str(raw)
    if text == ANY:
        return text if wildcard else Fault("'*'", expected, "Name it; * cannot stand for all here.")
    if len(text) > LONGEST_ID:
        return Fault(f"an id of {len(text)} characters", f"at most {LONGEST_ID} characters")
    if not _ID.fullmatch(text):
        return Fault(shown(text), expected, _id_mend(text))
    if not text.isascii():
        from unicodedata import normalize

        if normalize("NFC", text) != text:
            return Fault(shown(text), "an id in composed Unicode (NFC)", "Type it again.")
    return text


def _id_mend(text: str) -> str:
    plain = re.sub(r"[^\w.+:/-]+", "-", text).strip("-")
    return f"Write {plain}." if plain and _ID.fullmatch(plain) else ""


def _text(raw: Raw, expected: str) -> str | Fault:
    if isinstance(raw, float) and raw == int(raw):
        raw = int(raw)
    text = str(raw)
    if len(text) > LONGEST_TEXT:
        return Fault(f"{len(text)} characters", f"at most {LONGEST_TEXT} characters")
    odd = None if text.isprintable() else re.search(_CONTROL, text.replace("\r\n", "\n"))
    if odd:
        return Fault(f"control character U+{ord(odd[0]):04X}", expected, "Remove it.")
    return text


def _ids(raw: Raw, expected: str) -> tuple[str, ...] | Fault:
    parts = raw if isinstance(raw, tuple) else tuple(str(raw).split())
    found: list[str] = []
    for part in parts:
        value = _id(part, False, expected)
        if isinstance(value, Fault):
            return value
        if value in found:
            return Fault(f"'{value}' twice", expected, "Name each once.")
        found.append(value)
    return tuple(sorted(found))
