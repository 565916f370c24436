"""Amounts, steps and spans as a planner says them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.explain.meanings import LARGE, Meaning
from planner.units import KILO

MILLION = 1e6
THOUSAND = "thousand"  # the unit of budgets, in currency
DIGITS = 3  # of a price: more would claim what a relaxation does not know


def rounded(value: float, digits: int = DIGITS) -> float:
    """The value with so many significant digits.

    Examples
    --------
    >>> rounded(55_129.1)
    55100.0
    """
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def money(value: float) -> str:
    """Money with three digits: millions from ten million on.

    Examples
    --------
    >>> money(55_129.1), money(12_345_678), money(0.2346), money(-12.0)
    ('55,100', '12.3 million', '0.235', '-12')
    """
    small = rounded(value)
    if abs(small) >= 10 * MILLION:
        return f"{rounded(small / MILLION):,.10g} million"
    return f"{small:,.10g}"


def quantity(value: float, what: Meaning) -> str:
    """So many of a limit's unit; from a thousand kW on, MW."""
    if what.unit == "kW" and abs(value) >= LARGE:
        return f"{value / LARGE:,.6g} MW"
    if what.kind == "share":
        return f"{value:,.6g} %"
    if what.unit == THOUSAND:
        return money(value * KILO)
    return f"{value:,.6g} {what.unit if value == 1 else what.units}"


def per_unit(price: float, what: Meaning, size: float) -> str:
    """A price with its unit: per card, per kW or (from a thousand kW on) per MW, per percentage point."""
    if what.unit == "kW" and abs(size) >= LARGE:
        return f"{money(price * LARGE)} per MW"
    return f"{money(price)} per {what.unit}"


def when(nodes: Sequence[str], order: Sequence[str]) -> str:
    """Periods as one span, with how many of it where some are left out; '' for a limit without any.

    Examples
    --------
    >>> when(["2027-01", "2027-03"], ["2027-01", "2027-02", "2027-03"])
    '2027-01..03 (2 of 3)'
    """
    place = {node: at for at, node in enumerate(order)}
    known = sorted({place[node] for node in nodes if node in place})
    if not known:
        return ", ".join(nodes)
    first, last = known[0], known[-1]
    if first == last:
        return order[first]
    whole = last - first + 1
    some = f" ({len(known)} of {whole})" if len(known) < whole else ""
    return f"{order[first]}..{_rest(order[first], order[last])}{some}"


def _rest(first: str, last: str) -> str:
    """The last label without the year, where both lie in one."""
    return last[4:].removeprefix("-") if first[:4] == last[:4] and first[:4].isdigit() else last


def change(value: float) -> str:
    """A relative change, signed: +4.2 %; from tenfold on in times."""
    if abs(value) >= 10.0:
        return f"{rounded(value):+,.10g} times"
    return f"{100 * value:+.1f} %"
