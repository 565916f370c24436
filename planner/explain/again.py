"""The value of one more: the relaxation solved again with a limit moved, out and in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.explain.binding import Limit
from planner.explain.moved import eased, share_eased
from planner.explain.opened import Opened, Relaxation, relaxation
from planner.optimization.matrix import Matrix

SAME = 0.05  # prices this near to each other are one price, to a person; assumed


@dataclass(frozen=True)
class Again:
    """What solving again says of one limit.

    Attributes
    ----------
    limit : the limit
    step : by how much it was moved [unit of the limit]
    more : saving per unit with the limit eased by the step [case currency]
    less : loss per unit with the limit tightened by the step, None where no plan is left [case currency]
    """

    limit: Limit
    step: float
    more: float
    less: float | None

    @property
    def holds(self) -> bool:
        """Whether the price of the relaxation holds for the whole step, both ways."""
        price = self.limit.price
        return self.less is not None and all(
            abs(side - price) <= SAME * price for side in (self.more, self.less)
        )


def values_of_one_more(program: Opened, found: Relaxation, limits: Sequence[Limit]) -> list[Again]:
    """Finite differences of the relaxation, both ways, for these limits.

    The step is one unit, or one per cent of a limit of more than a hundred, the same in every period of the limit.
    """
    results = []
    for limit in limits:
        step = max(1.0, limit.step) if limit.what.kind != "share" else 1.0
        more = relaxation(moved(program.matrix, limit, step))
        inward = min(step, limit.size) if limit.size > 0 else step
        less = relaxation(moved(program.matrix, limit, -inward)) if limit.size > 0 else None
        if more is not None:
            saved = (found.cost - more.cost) / step
            lost = None if less is None else (less.cost - found.cost) / inward
            results.append(Again(limit, step, saved, lost))
    return results


def moved(matrix: Matrix, limit: Limit, step: float) -> Matrix:
    """The program with a limit eased by a step in all its rows [unit of the limit]."""
    if limit.share is not None:
        return share_eased(matrix, limit.rows, limit.share, step)
    return eased(matrix, np.asarray(limit.rows), step / limit.what.per_unit)
