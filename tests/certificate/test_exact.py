"""The exact bound: by hand, against fractions, and at the ends of the number range."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from planner.plan.certificate.exact import lower_bound
from planner.plan.certificate.stored import Stored, read_program

Side = float | None


def stored(
    rows: list[tuple[dict[int, float], Side, Side]],
    columns: list[tuple[float, float, float]],
    offset: float = 0.0,
) -> Stored:
    """A program from rows (coefficients by column, lower, upper) and columns (lower, upper, cost)."""
    entries = [
        (row, column, value) for row, (terms, _, _) in enumerate(rows) for column, value in terms.items()
    ]
    tables = {
        "columns": pd.DataFrame(
            [("x", f"{at}", *column[:2], False, column[2]) for at, column in enumerate(columns)],
            columns=["decision", "site", "lower", "upper", "whole", "cost"],
        ),
        "rows": pd.DataFrame(
            [("r", f"{at}", low, high, 0.0) for at, (_, low, high) in enumerate(rows)],
            columns=["family", "key", "lower", "upper", "dual"],
        ).astype({"lower": float, "upper": float}),
        "entries": pd.DataFrame(entries, columns=["row", "column", "coefficient"]),
        "constants": pd.DataFrame({"name": ["offset", "money"], "value": [offset, 1.0]}),
    }
    found, faults = read_program(tables)
    assert found is not None, [fault.text for fault in faults]
    return found


def test_by_hand() -> None:
    """Minimise 2 x + 3 z + 1 with x + z >= 4, both up to 10: at price 2 it is 2 * 4 + 0 * x + 1 * z, so 8, and 1."""
    program = stored([({0: 1.0, 1: 1.0}, 4.0, None)], [(0.0, 10.0, 2.0), (0.0, 10.0, 3.0)], offset=1.0)
    found = lower_bound(program, np.array([2.0]))
    assert found.value == 9
    assert found.reduced.tolist() == [0.0, 1.0]
    # a price of 3: 12 - 10 (x at its upper bound, each unit 1 below what it brings) + 0
    assert lower_bound(program, np.array([3.0])).value == 3
    # a price on the side that is not there counts as zero
    assert lower_bound(program, np.array([-5.0])).value == 1


def test_infeasible_by_hand() -> None:
    """x + z >= 4 with both up to 1: at price 1 with no cost, 4 - 1 - 1 = 2 is more than nothing."""
    program = stored([({0: 1.0, 1: 1.0}, 4.0, None)], [(0.0, 1.0, 2.0), (0.0, 1.0, 3.0)])
    assert lower_bound(program, np.array([1.0]), free=True).value == 2


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_rounded(seed: int) -> None:
    """The formula again, term by term, in fractions, on numbers of forty binary orders of magnitude."""
    rng = random.Random(seed)

    def number() -> float:
        return rng.choice([0.0, rng.uniform(-1, 1) * 2.0 ** rng.randint(-20, 20)])

    columns = [(*sorted((number(), number())), number()) for _ in range(5)]
    rows = []
    for _ in range(4):
        low, high = sorted((number(), number()))
        sides = rng.choice([(low, high), (low, None), (None, high), (low, low)])
        rows.append(({at: number() or 1.0 for at in rng.sample(range(5), 3)}, *sides))
    program = stored(rows, columns, number())  # type: ignore[arg-type]
    prices = np.array([number() for _ in rows])
    total = Fraction(program.offset)
    reduced = [Fraction(cost) for _, _, cost in columns]  # type: ignore[misc]
    for (terms, low, high), price in zip(rows, prices, strict=True):
        side = low if price > 0 else high
        if side is None or price == 0:
            continue
        total += Fraction(float(price)) * Fraction(side)
        for column, value in terms.items():
            reduced[column] -= Fraction(float(price)) * Fraction(value)
    for own, (low, high, _) in zip(reduced, columns, strict=True):  # type: ignore[misc]
        total += min(own * Fraction(low), own * Fraction(high))
    found = lower_bound(program, prices)
    assert found.value == total
    assert Fraction(found.rounded_down) <= total < Fraction(np.nextafter(found.rounded_down, np.inf))


def test_the_ends_of_the_number_range() -> None:
    tiny, huge = 5e-324, 1.7e308
    program = stored([({0: huge}, tiny, None)], [(0.0, huge, tiny)])
    found = lower_bound(program, np.array([huge]))
    expected = Fraction(huge) * Fraction(tiny) + (Fraction(tiny) - Fraction(huge) ** 2) * Fraction(huge)
    assert found.value == expected
