"""``plan.json``: the plan's facts and the hash of every file, sealed with a hash of its own.

Hashes find what was cut short, mixed up or edited by hand. They are no signature: who rewrites them all is not found
here, but by the audit.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from planner.plan.plan import Plan
from planner.plan.tables import RESULT_TABLES

SCHEMA = 2
KIND = "capplan run"
TEXTS = ("case", "currency", "status", "stop_reason")
NUMBERS = ("cost", "bound", "certified_bound", "gap_asked")
SCALARS = (*TEXTS, *NUMBERS, "claimed_bound")
FILE_NAME = re.compile(r"(tables|given|certificate)/[a-z][a-z0-9_]*\.(csv|parquet)")
NEEDED = frozenset(f"tables/{table.name}.parquet" for table in RESULT_TABLES)


def head_bytes(plan: Plan, files: Mapping[str, bytes]) -> bytes:
    """The head of a run: facts of the plan, hashes of its files, and the seal over both."""
    head: dict[str, Any] = {"kind": KIND, "schema": SCHEMA} | {name: getattr(plan, name) for name in SCALARS}
    head |= {"gap": plan.gap, "facts": dict(plan.facts), "warnings": list(plan.warnings)}
    head["rows"] = {name: len(table) for name, table in sorted(plan.tables.items())}
    head["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    return sealed(head)


def sealed(head: Mapping[str, Any]) -> bytes:
    """A head with its seal, as bytes."""
    whole = {**head, "seal": _seal(head)}
    return (json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")


def _seal(head: Mapping[str, Any]) -> str:
    body = {name: value for name, value in head.items() if name != "seal"}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, allow_nan=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def unsealed(data: bytes, kind: str = KIND) -> tuple[dict[str, Any], str]:
    """A head whose seal is whole and '', or what is wrong with it."""
    try:
        head = json.loads(data.decode("utf-8"))
        if not isinstance(head, dict) or head.get("kind") != kind or head.get("schema") != SCHEMA:
            return {}, f"is not the head of a {kind.removeprefix('capplan ')} of version {SCHEMA}"
        if head.get("seal") != _seal(head):
            return {}, "was changed after it was written"
    except (ValueError, RecursionError) as error:
        return {}, f"cannot be read: {error}"
    return head, ""


def parsed_head(data: bytes) -> tuple[dict[str, Any], str]:
    """The head of a run and '', or what is wrong with it."""
    head, fault = unsealed(data)
    return (head, fault) if fault or _is_whole(head) else ({}, "lacks what a run needs")


def _is_whole(head: Mapping[str, Any]) -> bool:
    """Whether every field is there and of its kind."""
    claimed = head.get("claimed_bound")
    numbers = [head.get(name) for name in NUMBERS] + ([] if claimed is None else [claimed])
    files = head.get("files")
    return (
        all(isinstance(head.get(name), str) for name in TEXTS)
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in numbers)
        and isinstance(head.get("facts"), dict)
        and isinstance(head.get("warnings"), list)
        and isinstance(files, dict)
        and all(FILE_NAME.fullmatch(name) for name in files)
        and set(files) >= NEEDED
    )
