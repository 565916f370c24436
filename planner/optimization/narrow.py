"""Two ways to a good plan when the whole program is too large for branch and bound alone."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import numpy as np

from planner.optimization.matrix import FloatArray, Matrix
from planner.optimization.solve import Cancel, SolveOptions, solve_matrix
from planner.optimization.structure import NONE, Structure

USED = 1e-6  # a choice whose columns all stay below this in the relaxation is not used there
WINDOWS = 4  # assumed: spans of nodes made whole one after the other; fewer are slower, more are greedier


def narrowed(matrix: Matrix, structure: Structure, relaxed: FloatArray) -> Matrix:
    """The program with only the choices that the relaxation uses somewhere; the others are held at zero.

    Of hundreds of layouts and sites a relaxation uses some tens, and the best whole-number plan seldom needs others.
    """
    choice = structure.choice
    chosen = choice != NONE
    used = np.zeros(int(choice.max(initial=NONE)) + 1, dtype=bool)
    used[choice[chosen & (relaxed > USED)]] = True
    upper = matrix.upper.copy()
    upper[chosen & ~used[np.where(chosen, choice, 0)]] = 0.0
    return replace(matrix, upper=np.maximum(upper, matrix.lower))


def window_by_window(
    matrix: Matrix, structure: Structure, options: SolveOptions, cancel: Cancel | None = None
) -> FloatArray | None:
    """A plan made whole span by span: earlier spans are held, later ones stay fractional.

    Returns
    -------
    values of a plan of ``matrix``, or None when some span has none or the time is out
    """
    ends = time.monotonic() + options.time_limit_s
    lower, upper = matrix.lower.copy(), matrix.upper.copy()
    values = None
    edges = np.linspace(0, structure.moments, min(WINDOWS, structure.moments) + 1).round().astype(int)
    for at, (first, last) in enumerate(itertools.pairwise(edges)):
        share = (ends - time.monotonic()) / (len(edges) - 1 - at)
        if share <= 0:
            return None
        whole = matrix.integer & (structure.moment >= first) & (structure.moment < last)
        part = replace(matrix, lower=lower, upper=upper, integer=whole)
        outcome = solve_matrix(part, replace(options, time_limit_s=share), cancel=cancel)
        values = outcome.values
        if values is None or outcome.status == "interrupted":
            return None
        lower[whole] = upper[whole] = np.round(values[whole])
    return values
