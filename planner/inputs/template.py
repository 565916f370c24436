"""A small commented case to begin with, and copies of shipped cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from planner.errors import UnreachableError
from planner.inputs import locations, template_rows
from planner.inputs.cells import expected_of
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.files import read_bytes
from planner.inputs.folder import YAML
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.output import need_empty, write_files
from planner.inputs.problems import Fault
from planner.tables import Column, Required, Table

_LINE = 118
_MOST_BYTES = 64 * 2**20


def write_template(folder: Path, name: str) -> list[Path]:
    """Write a commented case that can be planned as it stands; returns the files.

    Every table is there; those a case can do without have their header only, with each column explained.

    Raises
    ------
    UnreachableError : the folder is not empty or cannot be written
    """
    need_empty(folder)
    return write_files(folder, template_texts(case_id(name)))


def copy_case(name: str, folder: Path) -> list[Path]:
    """Copy a shipped case, such as ``starter`` or ``tiny``; returns the files.

    Raises
    ------
    UnreachableError : there is no such case, or the folder is not empty or cannot be written
    """
    cases = locations.shipped_cases()
    if name not in cases:
        nearest = nearest_mend(name, cases)
        raise UnreachableError(
            f"No shipped case '{name}'. There is: {listing(cases) or 'none'}. {nearest}".strip()
        )
    need_empty(folder)
    texts = {}
    for path in sorted(cases[name].iterdir()):
        if path.is_file():
            data = read_bytes(path, _MOST_BYTES)
            if isinstance(data, Fault):
                raise UnreachableError(f"{path} {data.found}.")
            texts[path.name] = data.decode("utf-8")
    return write_files(folder, texts)


def case_id(name: str) -> str:
    """The name as an id, such as ``my-case`` for ``my case``."""
    return re.sub(r"[^\w.+:/-]+", "-", name).strip("-./:+") or "case"


def template_texts(name: str) -> dict[str, str]:
    """Text of each file of the template, by file name."""
    texts = {"case.yaml": _settings(name)}
    for table in CASE_TABLES:
        rows = template_rows.ROWS.get(table.name, ())
        ending = YAML[0] if table.records else ".csv"
        texts[f"{table.name}{ending}"] = _records(table) if table.records else _rows(table, rows)
    return texts


def commented(text: str, indent: str = "# ") -> str:
    """Text as comment lines."""
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) > _LINE:
            lines.append(line.rstrip())
            line = indent + "  "
        line += word + " "
    return "\n".join([*lines, line.rstrip()]) + "\n"


def explained(column: Column) -> str:
    """One line on a column: meaning, what is expected, and what a blank means."""
    text = f"{column.name}: {column.meaning}. {_wanted(column)}"
    if column.required:
        return f"{text}; needed"
    default = column.default
    if isinstance(default, Required) or default in (None, "", ()):
        return f"{text}; may be blank"
    return f"{text}; blank: {str(default).lower() if isinstance(default, bool) else default}"


def _wanted(column: Column) -> str:
    """What the column wants, without the rules for ids, which docs/data.md gives."""
    words, _, _ = expected_of(column).partition(":") if column.kind == "id" else (expected_of(column), "", "")
    return words + (" or *" if column.kind == "id" and column.wildcard else "")


def _settings(name: str) -> str:
    given = {"name": name, **template_rows.SETTINGS}
    text = commented(f"{SETTINGS.name}.yaml: {SETTINGS.meaning}.")
    for column in SETTINGS.columns:
        text += "\n" + commented(explained(column))
        text += f"{column.name}: {given[column.name]}\n" if column.name in given else f"# {column.name}:\n"
    return text


def _records(table: Table) -> str:
    text = commented(f"{table.name}: {table.meaning}.") + "#\n"
    for column in table.columns[1:]:
        text += commented(explained(column))
    text += f"\n{table.name}:\n"
    for record, fields in template_rows.RECORDS[table.name].items():
        text += f"  {record}:\n" + "".join(f"    {field}: {value}\n" for field, value in fields.items())
    return text


def _rows(table: Table, rows: tuple[Mapping[str, str], ...]) -> str:
    text = commented(f"{table.name}: {table.meaning}.")
    if not rows:
        text += "# No rows: the case does without.\n"
    text += "#\n" + "".join(commented(explained(column)) for column in table.columns)
    used = table.names if not rows else tuple(n for n in table.names if any(n in row for row in rows))
    text += ",".join(used) + "\n"
    for row in rows:
        text += ",".join(row.get(column, "") for column in used) + "\n"
    return text
