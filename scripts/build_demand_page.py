"""Write ``docs/demand.md``: the text of ``scripts/pages/demand.md`` with the formats as they are declared.

Run it after a change of a format: ``python scripts/build_demand_page.py``. A test compares the file with what this
script would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from planner.inputs.usage.formats import FORMATS, REQUEST_FIELDS  # noqa: E402
from planner.inputs.usage.formats.counters import METERS, Meter  # noqa: E402
from planner.inputs.usage.raw import Step  # noqa: E402

GRAINS = {"request": "request", "span": "span of time", "counter": "sample", "bill": "line"}
CLOCKS = {
    "auto": "told by size",
    "s": "s",
    "elapsed_s": "s from the start",
    "elapsed_ms": "ms from the start",
}


def page() -> str:
    """The whole of ``docs/demand.md``."""
    text = (ROOT / "scripts" / "pages" / "demand.md").read_text(encoding="utf-8")
    tables = {
        "FORMATS_TABLE": formats_table(),
        "FIELDS_TABLE": fields_tables(),
        "METERS_TABLE": meters_table(),
    }
    for mark, table in tables.items():
        text = text.replace(mark, table)
    return text


def formats_table() -> str:
    """Name, title, how it is known, grain, convention and clock of each format."""
    lines = [
        "| `--format` | Source | Known by | A row is a | Cached tokens | Time in numbers |",
        "|---|---|---|---|---|---|",
    ]
    for one in FORMATS:
        marks = "; ".join(" or ".join(f"`{name}`" for name in names) for names in one.marks)
        cells = (f"`{one.name}`", one.title, marks, GRAINS[one.grain], one.cached, CLOCKS[one.clock])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def place(step: Step) -> str:
    """A column, or a place inside a nested one."""
    return f"`{step if isinstance(step, str) else '.'.join(step)}`"


def fields_tables() -> str:
    """Per format: our field, and the columns it is taken from in turn; then what is assumed."""
    parts = []
    for one in FORMATS:
        if not one.fields:
            continue
        lines = [
            f"**{one.title}** (`{one.name}`; names from {one.source})",
            "",
            "| Ours | Columns, the first that holds something |",
            "|---|---|",
        ]
        lines += [
            f"| {field} | {', '.join(place(step) for step in steps)} |" for field, steps in one.fields.items()
        ]
        lines += [f"\n{' '.join(one.assumptions)}"] if one.assumptions else []
        parts.append("\n".join(lines))
    ours = "\n".join(f"- `{name}`: {meaning}" for name, meaning in REQUEST_FIELDS.items())
    return "Our fields, for `--field`:\n\n" + ours + "\n\n" + "\n\n".join(parts)


def meters_table() -> str:
    """Counters and what they count."""
    lines = ["| Counter (`:` and `.` as `_`, without `_total`) | Counts |", "|---|---|"]
    for name, meters in METERS.items():
        lines.append(f"| `{name}` | {'; '.join(counted(meter) for meter in meters)} |")
    return "\n".join(lines)


def counted(meter: Meter) -> str:
    """The role of a counter, and of which of its series."""
    only = ", ".join(f"{label} {' or '.join(sorted(values))}" for label, values in meter.only.items())
    return (
        meter.role.replace("_", " ")
        + (f" ({only})" if only else "")
        + (f": {meter.why}" if meter.why else "")
    )


def main() -> None:
    """Write the page."""
    (ROOT / "docs" / "demand.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
