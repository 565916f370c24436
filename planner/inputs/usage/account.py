"""What became of every row: used, or set aside with the reason. Nothing else is possible, and that is checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from planner.inputs.usage.cells import Flags


@dataclass
class Account:
    """Rows of one or more files.

    Attributes
    ----------
    read : rows in
    used : rows that count
    aside : reason -> rows that do not count
    first : reason -> where the first of them stands
    notes : what was handled or assumed, in sentences, and how often (0: once for the file)
    """

    read: int = 0
    used: int = 0
    aside: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def set_aside(self, reason: str, rows: int, place: str) -> None:
        """Rows that do not count."""
        if rows:
            self.aside[reason] = self.aside.get(reason, 0) + rows
            self.first.setdefault(reason, place)

    def note(self, sentence: str, times: int = 0) -> None:
        """Something handled or assumed."""
        self.notes[sentence] = self.notes.get(sentence, 0) + times

    def add(self, other: Account) -> None:
        """The rows of another file."""
        self.read += other.read
        self.used += other.used
        for reason, rows in other.aside.items():
            self.set_aside(reason, rows, other.first[reason])
        for sentence, times in other.notes.items():
            self.note(sentence, times)

    def check(self) -> None:
        """Every row is accounted for.

        Raises
        ------
        ArithmeticError : it is not, which is a bug
        """
        if self.read != self.used + sum(self.aside.values()):
            raise ArithmeticError(
                f"{self.read} rows read, {self.used} used, {sum(self.aside.values())} set aside: rows were lost"
            )

    def table(self) -> pd.DataFrame:
        """reason, rows, first; the most frequent first."""
        rows = [(reason, rows, self.first[reason]) for reason, rows in self.aside.items()]
        rows.sort(key=lambda row: (-row[1], row[0]))
        return pd.DataFrame(rows, columns=["reason", "rows", "first"])

    def sentences(self) -> list[str]:
        """The notes, with how often where that is known."""
        return [f"{text} ({times:,} times)" if times else text for text, times in self.notes.items()]


class Verdicts:
    """The first reason against each row of a piece."""

    def __init__(self, rows: int) -> None:
        self._of = np.zeros(rows, dtype=np.int16)
        self._reasons = [""]

    def against(self, rows: Flags, reason: str) -> None:
        """Set rows aside, unless they are already."""
        hit = rows & (self._of == 0)
        if hit.any():
            if reason not in self._reasons:
                self._reasons.append(reason)
            self._of[hit] = self._reasons.index(reason)

    @property
    def fine(self) -> Flags:
        """Rows against which nothing was said."""
        return np.asarray(self._of == 0)

    def enter(self, account: Account, file: str, first_row: int) -> None:
        """Write the rows that are set aside into an account."""
        for code, reason in enumerate(self._reasons):
            rows = np.flatnonzero(self._of == code)
            if code and len(rows):
                account.set_aside(reason, len(rows), f"{file} row {first_row + int(rows[0])}")


class Seen:
    """Which ids came before; eight bytes per id are kept (a 64-bit hash, so two ids in 10 million may not collide)."""

    def __init__(self) -> None:
        self._levels: list[np.ndarray] = []

    def repeated(self, ids: pd.Series, known: Flags) -> Flags:
        """Ids that were seen before, here or in an earlier piece; rows without id never are."""
        hashes = pd.util.hash_array(ids.astype(object).to_numpy(), categorize=False)
        again = np.zeros(len(ids), dtype=bool)
        at = np.flatnonzero(known)
        if not len(at):
            return again
        _, first = np.unique(hashes[at], return_index=True)
        new = np.zeros(len(at), dtype=bool)
        new[first] = True
        for level in self._levels:
            place = np.minimum(np.searchsorted(level, hashes[at]), len(level) - 1)
            new &= level[place] != hashes[at]
        again[at] = ~new
        self._keep(np.sort(hashes[at][new]))
        return again

    def _keep(self, hashes: np.ndarray) -> None:
        """Sorted runs, each at least twice as long as the next: few to search, seldom merged."""
        if len(hashes):
            self._levels.append(hashes)
        while len(self._levels) > 1 and len(self._levels[-2]) < 2 * len(self._levels[-1]):
            last = self._levels.pop()
            self._levels[-1] = np.sort(np.concatenate([self._levels[-1], last]))
