"""The program with only what the relaxation uses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from planner.optimization.matrix import FloatArray, Matrix
from planner.optimization.structure import NONE, Structure

USED = 1e-6  # a choice whose columns all stay below this in the relaxation is not used there


@dataclass(frozen=True, eq=False)
class Narrow:
    """A part of a program: some of its columns, all of its rows.

    Attributes
    ----------
    matrix : the part
    structure : of the part
    kept : number in the whole program of each of its columns
    columns : of the whole program
    """

    matrix: Matrix
    structure: Structure
    kept: npt.NDArray[np.int64]
    columns: int

    def whole(self, values: FloatArray) -> FloatArray:
        """Values of the whole program: zero where a column was left out."""
        full = np.zeros(self.columns)
        full[self.kept] = values
        return full


def narrowed(matrix: Matrix, structure: Structure, relaxed: FloatArray) -> Narrow:
    """The program with only the choices that the relaxation uses somewhere.

    Of hundreds of layouts and sites a relaxation uses some tens, and the best whole-number plan seldom needs others.
    The columns are taken out rather than held at zero: the solver's rounding heuristics start from the centre of
    what they are given, and find better plans in the smaller program.

    Parameters
    ----------
    relaxed : values of the relaxation, one per column
    """
    choice = structure.choice
    chosen = choice != NONE
    used = np.zeros(int(choice.max(initial=NONE)) + 1, dtype=bool)
    used[choice[chosen & (relaxed > USED)]] = True
    keep = (~chosen | used[np.where(chosen, choice, 0)]) | (matrix.lower > 0)
    kept = np.flatnonzero(keep)
    place = np.full(matrix.columns, NONE, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    entries = keep[matrix.entry_columns]
    part = replace(
        matrix,
        cost=matrix.cost[kept],
        lower=matrix.lower[kept],
        upper=matrix.upper[kept],
        integer=matrix.integer[kept],
        entry_rows=matrix.entry_rows[entries],
        entry_columns=place[matrix.entry_columns[entries]],
        entry_values=matrix.entry_values[entries],
    )
    running = place[structure.replicas]
    inner = Structure(choice[kept], structure.moment[kept], running[running != NONE], structure.capacity_rows)
    return Narrow(part, inner, kept, matrix.columns)
