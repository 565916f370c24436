"""The program with only what the relaxation uses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.optimization.matrix import FloatArray, Matrix
from planner.optimization.structure import NONE, Structure

USED = 1e-6  # a choice whose columns all stay below this in the relaxation is not used there


def narrowed(matrix: Matrix, structure: Structure, relaxed: FloatArray) -> Matrix:
    """The program with only the choices that the relaxation uses somewhere; the others are held at zero.

    Of hundreds of layouts and sites a relaxation uses some tens, and the best whole-number plan seldom needs others.

    Parameters
    ----------
    relaxed : values of the relaxation, one per column
    """
    choice = structure.choice
    chosen = choice != NONE
    used = np.zeros(int(choice.max(initial=NONE)) + 1, dtype=bool)
    used[choice[chosen & (relaxed > USED)]] = True
    upper = matrix.upper.copy()
    upper[chosen & ~used[np.where(chosen, choice, 0)]] = 0.0
    return replace(matrix, upper=np.maximum(upper, matrix.lower))
