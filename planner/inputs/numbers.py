"""Numbers by our own pattern: what every program reads alike, nothing guessed."""

from __future__ import annotations

import math
import re

from planner.inputs.problems import Fault

_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_LONGEST = 60  # assumed: digits enough for any figure
_MISSING = frozenset(("nan", "na", "n/a", "#n/a", "null", "none", "nil", "-", "--", "?", "tbd", "无", "待定"))
_INFINITE = frozenset(("inf", "+inf", "-inf", ".inf", "-.inf", "infinity", "-infinity", "+infinity", "∞"))
_THOUSANDS = r"[-+]?[0-9]{1,3}(?:[, '_\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?"
_DECIMAL_COMMA = r"[-+]?[0-9]*,[0-9]+|[-+]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"
_WITH_UNIT = r"([-+]?[0-9.]+)\s*([^\W\d].*|[%‰°/].*)|([¥$€£￥])\s*([0-9.]+)"


def shown(text: str) -> str:
    """A value in quotes, shortened when it is long."""
    return f"'{text}'" if len(text) <= 60 else f"'{text[:50]}...' ({len(text)} characters)"


def parse_number(text: str, expected: str) -> float | Fault:
    """The number that ``text`` writes, or what is wrong with it.

    Examples
    --------
    >>> parse_number("1e6", "a number")
    1000000.0
    >>> parse_number("1,000", "a number").mend
    'Write 1000, without separators; if the comma is a decimal point, write 1.000.'
    """
    if len(text) <= _LONGEST and _NUMBER.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            return Fault(f"{shown(text)}, beyond what a computer can hold", expected)
        return value + 0.0  # minus zero becomes zero
    return Fault(shown(text), expected, _mend(text))


def _mend(text: str) -> str:  # noqa: PLR0911 - one per slip
    word = text.lower()
    if word in _MISSING or word.lstrip(".") in _MISSING:
        return "Leave it blank when there is no figure."
    if word in _INFINITE:
        return "Leave it blank, or remove the row: no limit is a missing limit."
    if re.fullmatch(_THOUSANDS, text):
        plain = re.sub(r"[, '_\u00a0\u202f]", "", text)
        as_point = text.replace(",", ".") if text.count(",") == 1 and "." not in text else ""
        other = f"; if the comma is a decimal point, write {as_point}" if as_point else ""
        return f"Write {plain}, without separators{other}."
    if re.fullmatch(_DECIMAL_COMMA, text):
        return f"Write {text.replace('.', '').replace(',', '.')}, with a decimal point."
    if "_" in text and _NUMBER.fullmatch(text.replace("_", "")):
        return f"Write {text.replace('_', '')}, without separators."
    if len(text) <= _LONGEST and re.fullmatch(r"[-+]?0[0-9]+(\.[0-9]+)?", text):
        sign, digits = text[:1].strip("+0123456789"), text.lstrip("+-").lstrip("0")
        return f"Write {sign}{digits or '0'}, without leading zeros."
    if text.endswith("%") and _NUMBER.fullmatch(text[:-1].strip()):
        return f"Write {float(text[:-1]) / 100:g}."
    match = re.fullmatch(_WITH_UNIT, text)
    if match and len(text) <= _LONGEST:
        return f"Write {match[1] or match[4]} alone, in the unit of the column."
    if word in ("true", "false", "yes", "no", "on", "off"):
        return "Write a number."
    return "Write digits with a decimal point, such as 1200, 0.5 or 1e6."
