"""Reads a mapping file: how budget lines are laid out for another system."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import InputError
from planner.inputs.declarations.budget_mapping import MAPPING, MAPPING_COLUMNS, MAPPING_MEMBERS
from planner.inputs.files import as_text, read_bytes
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import Source, record_of, records_of
from planner.inputs.yaml_reader import MOST_BYTES, Mapping, read_yaml

FIELD = re.compile(r"\{(\w+)\}")
PERIOD_FIELDS = ("YYYY", "YY", "P", "PP", "PPP", "Mon")
SPECIAL = ("amount", "periods", *PERIOD_FIELDS)
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


@dataclass(frozen=True)
class MappingColumn:
    """A row of ``MAPPING_COLUMNS``."""

    column: str
    header: str
    title: str
    value: str
    scope: bool


@dataclass(frozen=True)
class Member:
    """A row of ``MAPPING_MEMBERS``."""

    member: str
    kind: str
    name: str


@dataclass(frozen=True)
class BudgetMapping:
    """A mapping file; fields as in ``MAPPING``."""

    file: str
    name: str
    label: str
    shape: str
    wide_over: str
    separator: str
    sign: str
    period_header: str
    titles_row: bool
    scope_row: bool
    columns: tuple[MappingColumn, ...]
    members: tuple[Member, ...]


def read_mapping(path: Path, fields: Collection[str]) -> BudgetMapping:
    """A mapping file, every name in braces checked against ``fields``.

    Raises
    ------
    InputError : with every problem of the file
    """
    ledger, file = Ledger(), str(path)
    data = read_bytes(path, MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        ledger.fault(Place(file), text)
        raise InputError(ledger.sorted_errors())
    root = read_yaml(text, file, ledger)
    if root is None:
        raise InputError(ledger.sorted_errors())
    source = Source(file, ledger)
    sections = {table.name: table for table in (MAPPING, MAPPING_COLUMNS, MAPPING_MEMBERS)}
    for name, line in root.lines.items():
        if name not in sections:
            mend = nearest_mend(name, sections, f"Sections are {listing(sections)}.")
            ledger.error(Place(file, f"line {line}", name), f"unknown section '{name}'", "a section", mend)
    nodes = {name: root.items.get(name) for name in sections}
    found = {name: node if isinstance(node, Mapping) else Mapping(1) for name, node in nodes.items()}
    head = record_of(MAPPING, found["mapping"], source)
    columns = records_of(MAPPING_COLUMNS, found["columns"], source)
    members = records_of(MAPPING_MEMBERS, found["members"], source)
    for row in columns:
        for name in FIELD.findall(row.text("value")):
            if name not in fields and name not in SPECIAL:
                mend = nearest_mend(name, [*fields, *SPECIAL])
                ledger.error(
                    row.at("value"), f"unknown field {{{name}}}", "a field of the budget lines", mend
                )
    if not columns:
        ledger.error(Place(file, "", "columns"), "no columns", "a section of columns")
    if errors := ledger.sorted_errors():
        raise InputError(errors)
    values: dict[str, Any] = {name: head.values[name] for name in MAPPING.names if name != "note"}
    kinds: list[dict[str, Any]] = [dict(row.values) for row in columns]
    others: list[dict[str, Any]] = [dict(row.values) for row in members]
    return BudgetMapping(
        file=file,
        **values,
        columns=tuple(MappingColumn(**row) for row in kinds),
        members=tuple(Member(**row) for row in others),
    )
