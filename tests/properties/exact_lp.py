"""A linear program solved without rounding: the simplex method on whole numbers.

Pivots keep every entry whole (Edmonds 1967; Bareiss 1968: each division is exact); Bland's rule ends every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def largest(
    gain: Sequence[Fraction], rows: Sequence[Sequence[Fraction]], limits: Sequence[Fraction]
) -> Fraction:
    """The most of ``gain @ x`` with ``rows @ x <= limits`` and ``x >= 0``; limits are not negative, x is bounded.

    Examples
    --------
    Three units at 2 from one source, one unit at 5 of the same: 2 * 2 + 5 = 9.

    >>> one, zero = Fraction(1), Fraction(0)
    >>> largest([Fraction(2), Fraction(5)], [[one, one], [zero, one]], [Fraction(3), one])
    Fraction(9, 1)
    """
    height, width = len(rows), len(gain)
    scale = lcm(*(value.denominator for value in gain))
    last = [int(-value * scale) for value in gain] + [0] * (height + 1)
    table = []
    for i, (row, limit) in enumerate(zip(rows, limits, strict=True)):
        factor = lcm(limit.denominator, *(value.denominator for value in row))
        slack = [int(i == j) for j in range(height)]  # in the unit of its row, which makes the first basis
        table.append([int(value * factor) for value in row] + slack + [int(limit * factor)])
    table.append(last)
    basis, divisor = [width + i for i in range(height)], 1
    while True:
        bottom = table[-1]
        enter = next((j for j in range(width + height) if bottom[j] < 0), None)
        if enter is None:
            return Fraction(bottom[-1], divisor * scale)
        leave = -1
        for i in range(height):
            if table[i][enter] > 0:
                if leave < 0:
                    leave = i
                    continue
                mine = table[i][-1] * table[leave][enter]
                best = table[leave][-1] * table[i][enter]
                if mine < best or (mine == best and basis[i] < basis[leave]):
                    leave = i
        if leave < 0:
            raise ArithmeticError("unbounded")
        pivot_row = table[leave]
        pivot = pivot_row[enter]
        for i in range(height + 1):
            if i != leave:
                row, factor = table[i], table[i][enter]
                table[i] = [(a * pivot - factor * b) // divisor for a, b in zip(row, pivot_row, strict=True)]
        basis[leave], divisor = enter, pivot
