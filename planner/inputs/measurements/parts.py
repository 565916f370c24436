"""What the readers of the formats share: runs as they find them, and numbers out of JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.errors import InputError, Problem
from planner.tables import Value

PERCENTILES = ("p50", "p90", "p95", "p99")
MS_OF_UNIT = {"ms": 1.0, "s": 1e3, "sec": 1e3, "seconds": 1e3, "us": 1e-3, "ns": 1e-6}


@dataclass
class Run:
    """One run: where it stands in the file, its columns, and why it cannot be used, if it cannot."""

    place: str
    values: dict[str, Value]
    faults: list[str] = field(default_factory=list)


@dataclass
class Reading:
    """What a reader found in a file.

    Attributes
    ----------
    format : name of the format
    runs : in the order of the file
    assumptions : what was taken for granted, in sentences, and for how many runs (0: for the file)
    columns : columns the file has; those it lacks are told to the user
    """

    format: str
    runs: list[Run] = field(default_factory=list)
    assumptions: dict[str, int] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    def assume(self, sentence: str, runs: int = 1) -> None:
        """Note an assumption, for so many runs more."""
        self.assumptions[sentence] = self.assumptions.get(sentence, 0) + runs

    def sentences(self) -> list[str]:
        """The assumptions, each with the number of runs it was made for when there are several."""
        counted = {text: f" ({count} of {len(self.runs)} runs)" for text, count in self.assumptions.items()}
        return [
            text + (counted[text] if 0 < self.assumptions[text] < len(self.runs) else "") for text in counted
        ]


def number_of(record: Mapping[str, Any], name: str) -> float | None:
    """A finite number of a JSON object; None when it is absent, no number, or not finite."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def ratio(above: float | None, below: float | None) -> float | None:
    """A quotient, None when either part is absent or the divisor is 0."""
    return above / below if above is not None and below else None


def named(record: Mapping[str, Any], name: str) -> Iterator[Any]:
    """Values of a key wherever it stands in nested objects, outermost first."""
    if name in record:
        yield record[name]
    for value in record.values():
        if isinstance(value, Mapping):
            yield from named(value, name)


def load_of(
    concurrency: float | None, rate: float | None, requests: float | None, reading: Reading
) -> tuple[str | None, float | None]:
    """Load type and concurrency of a run that states how many requests were let in, and how fast.

    A finite rate is an open loop. As many requests at once as there are in all is a burst: it never is steady.
    """
    if rate is not None:
        if concurrency is not None:
            reading.assume(
                "Runs with a request rate and a cap on concurrency: taken as open loop, as if the cap did not bind."
            )
        return "open_poisson", None
    if concurrency is None:
        return ("burst", requests) if requests is not None else (None, None)
    if concurrency == 1:
        return "single", 1.0
    return ("burst" if requests is not None and requests <= concurrency else "closed_loop"), concurrency


def not_this_format(
    path: str, place: str, expected: str, mend: str, found: str = "something else"
) -> InputError:
    """The error of a file that is none of the formats, or a broken one."""
    return InputError([Problem(path, place, "", found, expected, mend)])
