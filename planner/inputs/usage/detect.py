"""Which format a file is, by the columns it has; the reason is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planner.inputs.nearest import nearest_mend
from planner.inputs.usage.formats import BY_NAME, FORMATS, Format
from planner.inputs.usage.streams import problem
from planner.inputs.usage.tables import Shape

_NAMES = 8  # columns shown in a message


def format_of(path: Path, shape: Shape, names: Sequence[str], asked: str) -> tuple[Format, str]:
    """The format, and why it is that one.

    The format with the most marks wins; of two with as many the one that stands first in `FORMATS`. A format that
    was asked for is taken, but must have its marks too.

    Parameters
    ----------
    names : columns the rows have once they are unfolded
    asked : name of a format, or ``auto``

    Raises
    ------
    InputError : no format fits, or the one that was asked for does not
    """
    if asked != "auto":
        if asked not in BY_NAME:
            known = ", ".join(BY_NAME)
            raise problem(
                path,
                "",
                f"unknown format '{asked}'",
                f"auto or one of: {known}",
                nearest_mend(asked, BY_NAME),
            )
        return BY_NAME[asked], "as asked"
    fitting = [one for one in FORMATS if _fits(one, names)]
    if not fitting:
        found = (
            f"columns {', '.join(list(names)[:_NAMES])}{'...' if len(names) > _NAMES else ''}"
            if names
            else ""
        )
        raise problem(
            path, "", found or "no columns that could be told", "the columns of a format in docs/demand.md",
            "Name it with --format, and columns with --field, such as --format plain --field input_tokens=tokens_in.",
        )  # fmt: skip
    best = max(fitting, key=lambda one: len(one.marks))
    seen = [next(mark for mark in marks if mark in names) for marks in best.marks]
    return best, f"it has {', '.join(seen)}"


def _fits(one: Format, names: Sequence[str]) -> bool:
    return all(any(mark in names for mark in marks) for marks in one.marks)


def record_kind(record: Any) -> str:
    """Which kind of nested record a JSON object is: the name of its unfold step, or '' for a plain row."""
    if not isinstance(record, dict):
        return ""
    data = record.get("data")
    series = isinstance(record.get("metric"), dict) and ("values" in record or "value" in record)
    kinds = {
        "otlp_spans": "resourceSpans" in record,
        "otlp_metrics": "resourceMetrics" in record,
        "prometheus": series or (isinstance(data, dict) and "result" in data),
        "openai": isinstance(data, list) or isinstance(record.get("results"), list),
    }
    return next((kind for kind, found in kinds.items() if found), "")
