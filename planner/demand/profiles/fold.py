"""Fold the near-empty buckets into their neighbours, and round without losing a request.

Only 11 to 27 of the 54 buckets of a real trace carry 0.1 % of the requests or more. The rest would cost
the solver columns and buy nothing, so each goes into the nearest bucket that can take it with its means.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.demand.profiles.grid import INPUT_EDGES_TOKENS, MEANS, OUTPUT_EDGES_TOKENS

SMALLEST_SHARE = 0.001  # demand reference, section 3.4: cells under 0.1 % of requests go to neighbours
SHARE_DIGITS = 10
TOKEN_DIGITS = 4
Place = tuple[int, int]
Cell = dict[str, Any]


def merge_small(cells: pd.DataFrame, smallest_share: float = SMALLEST_SHARE) -> pd.DataFrame:
    """Merge buckets below ``smallest_share`` into others, the smallest first.

    The bucket that receives is the nearest by grid steps (then the largest share) whose merged means stay
    inside its own edges. So shares still sum to 1 and the total mean lengths do not move. A bucket that no
    other can take within its edges stays as it is.

    Parameters
    ----------
    cells : table as ``bucket_table`` returns it.
    smallest_share : share of requests below which a bucket is folded away.

    Returns
    -------
    table with the same columns, sorted by row and column.
    """
    kept: dict[Place, Cell] = {}
    for record in cells.to_dict("records"):
        cell = {str(name): value for name, value in record.items()}
        kept[int(cell["row"]), int(cell["col"])] = cell
    stuck: set[Place] = set()
    while True:
        small = [key for key, c in kept.items() if c["share"] < smallest_share and key not in stuck]
        if not small:
            break
        key = min(small, key=lambda k: (kept[k]["share"], k))
        target = _nearest_taker(kept, key)
        if target is None:
            stuck.add(key)
            continue
        kept[target] = _merged(kept[target], kept.pop(key))
        stuck.clear()  # the receiver has changed: what it refused before it may take now
    table = pd.DataFrame(list(kept.values()), columns=list(cells.columns))
    return table.sort_values(["row", "col"], ignore_index=True)


def _nearest_taker(kept: dict[Place, Cell], key: Place) -> Place | None:
    def order(other: Place) -> tuple[int, float, Place]:
        steps = abs(other[0] - key[0]) + abs(other[1] - key[1])
        return steps, -kept[other]["share"], other

    for other in sorted((k for k in kept if k != key), key=order):
        if _inside(_merged(kept[other], kept[key])):
            return other
    return None


def _merged(taker: Cell, small: Cell) -> Cell:
    share = taker["share"] + small["share"]
    means = {name: (taker["share"] * taker[name] + small["share"] * small[name]) / share for name in MEANS}
    return {**taker, **means, "share": share}


def _inside(cell: Cell) -> bool:
    row, col = int(cell["row"]), int(cell["col"])
    into, out = float(cell["mean_in"]), float(cell["mean_out"])
    fits_in = INPUT_EDGES_TOKENS[row] < into <= INPUT_EDGES_TOKENS[row + 1]
    return fits_in and OUTPUT_EDGES_TOKENS[col] < out <= OUTPUT_EDGES_TOKENS[col + 1]


def rounded(cells: pd.DataFrame) -> pd.DataFrame:
    """Round shares to 10 digits and tokens to 4; the largest share takes up what rounding left over."""
    table = cells.copy()
    table["share"] = table["share"].round(SHARE_DIGITS)
    table[MEANS] = table[MEANS].round(TOKEN_DIGITS)
    largest = table["share"].idxmax()
    rest = table["share"].drop(largest).sum()
    table.loc[largest, "share"] = round(1.0 - rest, SHARE_DIGITS)
    return table
