"""Drop layouts that another of the same llm and card makes useless: few columns beat fast columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.serving.work import Numbers


def undominated(rates_per_card: Numbers, cards: Sequence[int], groups: Sequence[str]) -> NDArray[np.bool_]:
    """Which layouts to keep.

    A layout goes when another of its group takes at least as much per card of every workload, bucket and band,
    with no more cards per replica; of two equal ones the first stays. A layout that can serve nothing goes too.

    Parameters
    ----------
    rates_per_card : shape (layouts, keys), requests per second and card; 0 where it cannot
    cards : cards per replica of each layout
    groups : llm and accelerator of each layout, as one text

    Returns
    -------
    array of bool, shape (layouts,)

    Examples
    --------
    Two cards at 3 requests/s per card do not excuse themselves beside one card at 4; beside one card at 2 they do.

    >>> undominated(np.array([[4.0], [3.0]]), [1, 2], ["a", "a"]).tolist()
    [True, False]
    >>> undominated(np.array([[2.0], [3.0]]), [1, 2], ["a", "a"]).tolist()
    [True, True]
    """
    keep: NDArray[np.bool_] = np.array((rates_per_card > 0).any(axis=1))
    names, number = np.array(groups, dtype=object), np.array(cards)
    for group in dict.fromkeys(groups):
        members = np.flatnonzero((names == group) & keep)
        for i in members[::-1]:  # of equal ones the first stays
            others = members[(members != i) & keep[members] & (number[members] <= number[i])]
            as_good = (rates_per_card[others] >= rates_per_card[i]).all(axis=1)
            keep[i] = not as_good.any()
    return keep
