"""A lower bound from row prices, in whole numbers: every double is a whole number times a power of two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from planner.plan.certificate.stored import FloatArray, Stored

MANTISSA_BITS = 53  # of an IEEE 754 double
DOUBLE_BITS = 1000  # a whole number of so many bits still is one (the largest is just below 2 ** 1024)
Whole = npt.NDArray[np.object_]  # of Python integers, which do not overflow


@dataclass(frozen=True)
class Bound:
    """What the prices prove.

    Attributes
    ----------
    value : no point of the stored program costs less; None when an unbounded decision has a negative reduced cost
    reduced : reduced cost of every column, rounded [thousand of case currency per unit]
    """

    value: Fraction | None
    reduced: FloatArray

    @property
    def rounded_down(self) -> float:
        """The largest double not above the bound; minus infinity when there is none."""
        if self.value is None:
            return -math.inf
        near = float(self.value)
        return math.nextafter(near, -math.inf) if Fraction(near) > self.value else near


def lower_bound(stored: Stored, prices: FloatArray, *, free: bool = False) -> Bound:
    """Floor on the cost of every point of the program, from any prices; nothing is rounded.

    Formula, for any y (one price per row)::

        bound = offset + sum over rows    of  y[r] * (lower[r] if y[r] > 0 else upper[r])
                       + sum over columns of  min(d[j] * lower[j], d[j] * upper[j]),   d = cost - A' y

    For a point x within the sides and bounds: cost x = y A x + d x, and each part is at least its term above. A price
    that would meet an infinite side counts as zero, which only weakens the bound. Integrality is not used.

    Parameters
    ----------
    prices : one finite number per row
    free : leave the cost out. Then any point would cost 0, so a bound above 0 proves that there is none (Farkas)

    Examples
    --------
    Minimise 2 x + 3 z with x + z >= 4 and both at most 10: the price 2 gives 2 * 4 + min over z of (3 - 2) z = 8.
    """
    wrong_side = ((prices > 0) & np.isinf(stored.row_lower)) | ((prices < 0) & np.isinf(stored.row_upper))
    priced = np.where(wrong_side, 0.0, prices)
    reduced, low = _reduced(stored, priced, np.zeros(stored.columns) if free else stored.cost)
    rounded = _rounded(reduced, low)
    counts = np.flatnonzero(reduced.astype(bool))
    if np.isinf(np.where(reduced[counts] > 0, stored.lower[counts], stored.upper[counts])).any():
        return Bound(None, rounded)
    met = np.flatnonzero(priced)
    side = np.where(priced > 0, stored.row_lower, stored.row_upper)[met]
    kept = np.where(reduced[counts] > 0, stored.lower[counts], stored.upper[counts])
    value = _dot(_integers(priced[met]), _integers(side)) + _dot((reduced[counts], low), _integers(kept))
    return Bound(value + (0 if free else Fraction(stored.offset)), rounded)


def _reduced(stored: Stored, prices: FloatArray, cost: FloatArray) -> tuple[Whole, int]:
    """cost - A' y as whole numbers times two to the power returned."""
    used = np.flatnonzero(prices[stored.entry_rows])
    used = used[np.argsort(stored.entry_columns[used], kind="stable")]
    columns = stored.entry_columns[used]
    price, price_low = _integers(prices)
    value, value_low = _integers(stored.entry_values[used])
    own, own_low = _integers(cost)
    low = min(price_low + value_low, own_low)
    total = own << (own_low - low)
    if used.size:
        products = (price[stored.entry_rows[used]] * value) << (price_low + value_low - low)
        first = np.flatnonzero(np.concatenate(([True], np.diff(columns) > 0)))
        total[columns[first]] -= np.add.reduceat(products, first)
    return total, low


def _rounded(numbers: Whole, low: int) -> FloatArray:
    """Doubles near whole numbers times a power of two; infinite beyond their range."""
    longest = max((int(number).bit_length() for number in numbers), default=0)
    drop = max(0, longest - DOUBLE_BITS)
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp((numbers >> drop).astype(np.float64), low + drop), dtype=np.float64)


def _integers(values: FloatArray) -> tuple[Whole, int]:
    """Whole numbers and the power of two they are multiplied by; exact for every finite double."""
    fraction, exponent = np.frexp(values)
    whole = np.ldexp(fraction, MANTISSA_BITS).astype(np.int64)
    shift = exponent.astype(np.int64) - MANTISSA_BITS
    low = int(shift[whole != 0].min()) if (whole != 0).any() else 0
    shift = np.where(whole != 0, shift - low, 0)
    return whole.astype(object) << shift.astype(object), low


def _dot(one: tuple[Whole, int], other: tuple[Whole, int]) -> Fraction:
    """Sum of products, exactly."""
    total = int((one[0] * other[0]).sum()) if len(one[0]) else 0
    return Fraction(total) * Fraction(2) ** (one[1] + other[1])
