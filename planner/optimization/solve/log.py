"""Progress read from HiGHS's log: the only account of a running solve that HiGHS gives through MathOpt.

A line of its branch-and-bound table (HiGHS 1.12)::

     L   400   92   153   0.00%   0   14   100.00%   549   4   960   5031   1.0s

    source, nodes, queue, leaves, explored, bound, cost, gap, cuts, rows, conflicts, iterations, time
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from planner.optimization.solve.outcome import Progress

_ROW = re.compile(
    r"^ ?[A-Za-z]? +\S+ +\S+ +\S+ +[\d.]+% +(?P<bound>\S+) +(?P<cost>\S+) +"
    r"(?:[\d.]+%|Large|inf|-) .* (?P<seconds>[\d.]+)s$"
)
PRINTED_SHARE = (
    1e-8  # HiGHS prints bounds with at least 9 digits (HighsMipSolverData.cpp, convertToPrintString)
)


def latest_progress(lines: Iterable[str]) -> Progress | None:
    """The last line of the table among ``lines``, or None.

    The printed bound is rounded, so it is moved down by the weight of its last digits: it stays a bound.
    """
    last = None
    for line in lines:
        found = _ROW.match(line)
        if found:
            last = found
    if last is None:
        return None
    bound = _number(last["bound"])
    if math.isfinite(bound):
        bound -= PRINTED_SHARE * abs(bound)
    return Progress(cost=_number(last["cost"]), bound=bound, seconds=float(last["seconds"]))


def _number(text: str) -> float:
    return float(text)
