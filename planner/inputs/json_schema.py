"""JSON Schemas of the YAML files, for editors, made from the declarations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.inputs.cells import expected_of, limits_of
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.declarations.catalogue import (
    ACCELERATOR_LISTS,
    ACCELERATORS,
    ARCHITECTURE,
    FIGURE,
    FIGURES,
    LLM_LISTS,
    LLMS,
    SERVICE_CLASSES,
)
from planner.inputs.declarations.finance import FINANCE, FINANCE_SECTIONS
from planner.inputs.output import write_files
from planner.tables import Column, Required, Table

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": ["string", "number", "null"]}  # text that looks like a number need not be quoted
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}


def schemas() -> dict[str, Schema]:
    """Schema of each kind of YAML file, by the stem of the file."""
    found = {SETTINGS.name: _file(SETTINGS, _record(SETTINGS))}
    for table in CASE_TABLES:
        if table.records:
            found[table.name] = _records_file(table, _record(table))
    found["service_classes"] = _records_file(SERVICE_CLASSES, _record(SERVICE_CLASSES, {"sources": _TEXTS}))
    texts: Schema = {"type": "array", "items": {"type": "string"}}
    cards = _record(ACCELERATORS, {"figures": _figures(), **dict.fromkeys(ACCELERATOR_LISTS, texts)})
    found["accelerators"] = _records_file(ACCELERATORS, cards)
    found["accelerators"]["$defs"]["figure"] = {**_record(FIGURE), "required": ["value"]}
    shape = {**_record(ARCHITECTURE), "required": []}  # a record may correct some fields only
    published: Schema = {"type": "object", "additionalProperties": {"type": "number"}}
    mappings: Schema = {"architecture": shape, "published": published, "sources": _TEXTS}
    mappings |= dict.fromkeys(LLM_LISTS, texts)
    found["llms"] = _records_file(LLMS, _record(LLMS, mappings))
    found["finance"] = _finance_file()
    return found


def schema_texts() -> dict[str, str]:
    """File name and text of each schema, the same bytes every time."""
    return {
        f"{name}.schema.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write one schema per kind of YAML file into a folder, over older ones; returns their paths.

    Raises
    ------
    UnreachableError : the folder cannot be written
    """
    return write_files(folder, schema_texts())


def _file(table: Table, record: Schema) -> Schema:
    return {"$schema": DRAFT, "title": f"{table.name}.yaml", "description": table.meaning, **record}


def _records_file(table: Table, record: Schema) -> Schema:
    """Records by id, at the top or under one key with the table's name."""
    by_id: Schema = {"type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/record"}}
    return {
        "$schema": DRAFT,
        "title": f"{table.name}.yaml",
        "description": table.meaning,
        "type": "object",
        "properties": {table.name: by_id},
        "additionalProperties": {"$ref": "#/$defs/record"},
        "$defs": {"record": record},
    }


def _finance_file() -> Schema:
    """Finance settings: one section of fields, the others records by id; what is absent takes its default."""
    sections: Schema = {FINANCE.name: {**_record(FINANCE), "type": ["object", "null"]}}
    for table in FINANCE_SECTIONS:
        record = _record(table)
        if table.name == "line_types":
            record["required"] = []  # merged with the default, field by field
        sections[table.name] = {"type": ["object", "null"], "additionalProperties": record}
    whole: Schema = {"type": "object", "properties": sections, "additionalProperties": False}
    return _file(FINANCE, whole)


def _record(table: Table, extra: Schema | None = None) -> Schema:
    whole = (SETTINGS, ARCHITECTURE, FINANCE)
    columns = table.columns if table in whole else table.columns[1:]
    return {
        "type": "object",
        "properties": {**{column.name: property_of(column) for column in columns}, **(extra or {})},
        "required": [column.name for column in columns if column.required],
        "additionalProperties": False,
    }


def property_of(column: Column) -> Schema:
    """Schema of one field."""
    schema: Schema = {"description": f"{column.meaning} ({expected_of(column)})"}
    schema.update(_type_of(column))
    if not column.required:
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        elif isinstance(schema["type"], list):
            schema["type"] = [*schema["type"], "null"]
        else:
            schema["type"] = [schema["type"], "null"]
        if not isinstance(column.default, Required) and column.default is not None:
            schema["default"] = list(column.default) if isinstance(column.default, tuple) else column.default
    return schema


def _type_of(column: Column) -> Schema:
    if column.kind in ("number", "whole", "share"):
        low, high = limits_of(column)
        limits = {"minimum": low, "maximum": high, "exclusiveMinimum": column.above}
        present = {name: value for name, value in limits.items() if value is not None}
        return {"type": "integer" if column.kind == "whole" else "number", **present}
    if column.kind == "flag":
        return {"type": "boolean"}
    if column.kind == "choice":
        return {"enum": list(column.choices)}
    if column.kind == "month":
        return {"type": "string", "pattern": r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])$"}
    if column.kind == "ids":
        return {"type": ["array", "string"], "items": {"type": "string"}}
    return {"type": ["string", "number"]}


def _figures() -> Schema:
    one = {
        column.name: {
            "description": f"{column.meaning} [{column.unit}]",
            "anyOf": [_type_of(column), {"$ref": "#/$defs/figure"}],
        }
        for column in FIGURES
    }
    return {"type": "object", "properties": one, "additionalProperties": False}
