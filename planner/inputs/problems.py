"""Collects every fault of a case, so that all are reported together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from planner.errors import Problem

MOST_PER_FILE = 1000  # assumed: beyond this a file is wrong as a whole
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value; the reader of the file adds where it stands."""

    found: str
    expected: str
    mend: str = ""


class Place(NamedTuple):
    """Where a fault is: file, place in it such as ``line 7``, and field."""

    file: str
    where: str = ""
    field: str = ""


@dataclass
class Ledger:
    """Errors and warnings found so far."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)

    def error(self, place: Place, found: str, expected: str, mend: str = "") -> None:
        """Note an error; of one file at most `MOST_PER_FILE` are kept."""
        count = self._seen.get(place.file, 0) + 1
        self._seen[place.file] = count
        if count <= MOST_PER_FILE:
            self.errors.append(Problem(*place, found, expected, mend))

    def full(self, file: str) -> bool:
        """Whether a file has so many errors that it need not be read on."""
        return self._seen.get(file, 0) > MOST_PER_FILE

    def fault(self, place: Place, fault: Fault) -> None:
        """Note an error from a `Fault`."""
        self.error(place, fault.found, fault.expected, fault.mend)

    def warn(self, place: Place, found: str, expected: str, mend: str = "") -> None:
        """Note a warning: it does not stop the plan."""
        if len(self.warnings) < MOST_PER_FILE:
            self.warnings.append(Problem(*place, found, expected, mend))

    def sorted_errors(self) -> tuple[Problem, ...]:
        """Every error once, by file and place; a last line per file says when some were left out."""
        left_out = [
            Problem(file, "", "", "more problems than are shown", "none", "Mend these first.")
            for file in self._seen
            if self.full(file)
        ]
        return (*sorted(set(self.errors), key=_order), *left_out)

    def sorted_warnings(self) -> tuple[Problem, ...]:
        """Every warning once, by file and place."""
        return tuple(sorted(set(self.warnings), key=_order))


@cache
def _parts(text: str) -> tuple[tuple[int, str], ...]:
    """Text cut into words and numbers, so that line 9 comes before line 10."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(text))


def _order(problem: Problem) -> tuple[object, ...]:
    """Sort key of a problem: file, then place, then field."""
    return (problem.file, _parts(problem.where), problem.field, problem.found, problem.expected)
