"""Generator of single faults: each says which file, field and line a message must name."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from inputs_folders import FOLDERS, TABLES, csv_text, rows_of

from planner.tables import Column

NOT_NUMBERS = ("abc", "1,000", "0,5", "NaN", "inf", "-inf", "N/A", "010", "1_000", "1e999", "12 kW", "0x10", "9" * 5000,
               "true", "2027-01-01", "１２")  # fmt: skip
NOT_MONTHS = (
    "2027-1",
    "2027-13",
    "2027-00",
    "Jan-27",
    "2027/01",
    "202701",
    "46388",
    "2027-01-15",
    "soon",
    "1e6",
)
NOT_FLAGS = ("yes", "no", "on", "1", "maybe")
NOT_IDS = ("two words", "a,b", "semi;colon", "\u200bhidden", "=1+1", "x" * 101, "*")


@dataclass(frozen=True)
class Mutation:
    """One fault: the new text of one file of one folder, and what a message must name."""

    name: str
    folder: str
    file: str
    text: str
    field: str
    line: int
    column: str = ""


def bad_values(column: Column) -> Iterator[str]:
    """Values that the column must refuse."""
    if column.required:
        yield ""
    if column.kind in ("number", "whole", "share"):
        yield from NOT_NUMBERS
        if column.kind == "share":
            yield from ("60", "1.01", "-0.1")
        if column.kind == "whole":
            yield "1.5"
        if column.low is not None:
            yield str(column.low - 1)
        if column.high is not None:
            yield repr(float(column.high) * 1.01 + 1)
        if column.above is not None:
            yield from (str(column.above), "-1")
    elif column.kind == "month":
        yield from NOT_MONTHS
    elif column.kind == "flag":
        yield from NOT_FLAGS
    elif column.kind == "choice":
        yield from ("neither", column.choices[0].upper() + "x")
    elif column.kind == "id":
        yield from (value for value in NOT_IDS if not (value == "*" and column.wildcard))
        if column.refers:
            yield "no-such-thing"


def csv_cells(folder: str, file: str, text: str) -> Iterator[Mutation]:
    """A bad value in the last row of each column."""
    table, rows = TABLES[file.split(".", maxsplit=1)[0]], rows_of(text)
    for at, name in enumerate(rows[0]):
        for value in bad_values(table.column(name)):
            changed = [list(row) for row in rows]
            changed[-1][at] = value
            line = len(rows)
            yield Mutation(f"{value[:12]!r}", folder, file, csv_text(changed), name, line, name)


def csv_shapes(folder: str, file: str, text: str) -> Iterator[Mutation]:
    """Header, delimiter and row faults."""
    lines = text.splitlines()
    header = lines[0].split(",")

    def with_line(name: str, at: int, line: str, field: str = "", expect: int | None = None) -> Mutation:
        changed = [*lines[:at], line, *lines[at + 1 :]]
        number = at + 1 if expect is None else expect
        return Mutation(name, folder, file, "\n".join(changed) + "\n", field, number)

    last = len(lines) - 1
    yield with_line("comma too many", last, lines[last] + ",")
    yield with_line("comma in front", last, "," + lines[last])
    yield with_line("comma too few", last, lines[last].rpartition(",")[0])
    yield with_line("open quote", last, '"' + lines[last])
    yield with_line("doubled column", 0, lines[0] + "," + header[0], header[0], 1)
    yield with_line("unknown column", 0, lines[0].replace(header[-1], header[-1] + "x"), header[-1] + "x", 1)
    yield with_line("unnamed column", 0, lines[0].replace(header[-1], ""), "", 1)
    yield Mutation("doubled row", folder, file, text + lines[last] + "\n", "", len(lines) + 1)
    yield Mutation("semicolons", folder, file, text.replace(",", ";"), "", 1)
    yield Mutation("tabs", folder, file, text.replace(",", "\t"), "", 1)
    table = TABLES[file.split(".", maxsplit=1)[0]]
    for at, name in enumerate(header):
        if table.column(name).required:
            cut = [[cell for i, cell in enumerate(row) if i != at] for row in rows_of(text)]
            yield Mutation(f"column {name} missing", folder, file, csv_text(cut), name, 1)
    yield Mutation("empty", folder, file, "", "", 0)
    yield Mutation("comments only", folder, file, "# nothing\n", "", 0)


def yaml_fields(folder: str, file: str, text: str) -> Iterator[Mutation]:
    """A bad value in each field that stands on a line of its own."""
    table = TABLES[file.split(".", maxsplit=1)[0]]
    lines = text.splitlines()
    for at, line in enumerate(lines):
        match = re.fullmatch(r"( *)([a-z_0-9]+): (\S.*)", line)
        if not match or match[2] not in table.names:
            continue
        column = table.column(match[2])
        values = [
            value for value in bad_values(column) if value not in ("*", "=1+1") and column.kind != "ids"
        ]
        values += ["[1, 2]", "{a: 1}"] if column.kind != "ids" else ["[fp8, fp8]", "[nofp]", "{a: 1}"]
        if column.kind in ("number", "whole", "share"):
            values += [f"'{match[3]}'", "0b11", "1:30", ".inf", ".nan"]
        for value in values:
            changed = [*lines[:at], f"{match[1]}{match[2]}: {value}", *lines[at + 1 :]]
            yield Mutation(
                f"{value[:12]!r}", folder, file, "\n".join(changed) + "\n", match[2], at + 1, match[2]
            )


def yaml_shapes(folder: str, file: str, text: str) -> Iterator[Mutation]:
    """Faults of YAML itself."""
    lines = text.splitlines()
    at = max(i for i, line in enumerate(lines) if re.fullmatch(r" *[a-z_0-9]+: \S.*", line))
    indent, field, value = re.fullmatch(r"( *)([a-z_0-9]+): (\S.*)", lines[at]).groups()

    def instead(name: str, *new: str, line: int = at + 1, named: str = "") -> Mutation:
        return Mutation(
            name, folder, file, "\n".join([*lines[:at], *new, *lines[at + 1 :]]) + "\n", named, line
        )

    yield instead("key twice", lines[at], lines[at], line=at + 2, named=field)
    yield instead("anchor", f"{indent}{field}: &a {value}")
    yield instead("alias", f"{indent}{field}: *a")
    yield instead("tag", f"{indent}{field}: !!str {value}")
    yield instead("python tag", f"{indent}{field}: !!python/object/apply:os.system [ls]")
    yield instead("merge key", f"{indent}<<: {{{field}: {value}}}")
    yield instead("unknown field", lines[at], f"{indent}{field}x: 1", line=at + 2, named=f"{field}x")
    yield instead("list as key", lines[at], f"{indent}[1, 2]: 3", line=at + 2)
    yield instead("open bracket", f"{indent}{field}: [", line=0)
    yield instead("tab indent", f"\t{field}: {value}", line=0)
    yield instead("control character", f"{indent}{field}: a\x01b", line=0)
    yield Mutation("second document", folder, file, text + "---\n" + text, "", 0)
    yield Mutation("empty", folder, file, "", "", 0)
    yield Mutation("only text", folder, file, "hello\n", "", 1)
    yield Mutation("a list", folder, file, "- a\n- b\n", "", 1)
    deep = "[" * 40 + "]" * 40
    yield instead("deep", f"{indent}{field}: {deep}")
    yield Mutation("very deep", folder, file, "x: " + "[" * 3000, "", 1)
    bomb = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(10))
    yield Mutation("alias bomb", folder, file, bomb, "", 2)
    merge = "a0: &a0 {k: 1}\n" + "".join(
        f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 20)}]}}\n" for i in range(1, 13)
    )
    yield Mutation("merge bomb", folder, file, merge, "", 2)


def everything() -> list[Mutation]:
    """Every mutation of both folders, those that would change nothing left out."""
    found: list[Mutation] = []
    for folder, texts in FOLDERS.items():
        for file, text in texts.items():
            if file.endswith(".csv"):
                found += [*csv_cells(folder, file, text), *csv_shapes(folder, file, text)]
            elif file.split(".")[0] in TABLES:
                found += [*yaml_fields(folder, file, text), *yaml_shapes(folder, file, text)]
            else:
                found += list(yaml_shapes(folder, file, text))
    return [mutation for mutation in found if mutation.text != FOLDERS[mutation.folder][mutation.file]]


def sample(count: int, seed: int = 20) -> list[Mutation]:
    """A sample, the same every time."""
    every = everything()
    return random.Random(seed).sample(every, min(count, len(every)))
