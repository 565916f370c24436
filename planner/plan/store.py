"""A run folder: a plan on disk, whole or absent, the same bytes for the same plan.

::

    RUN/plan.json           status, cost, bound, gap, versions, hashes of inputs and of every table
    RUN/tables/*.csv        results, for people and spreadsheets (text cells cannot become formulas)
    RUN/tables/*.parquet    the same, with types
    RUN/given/*.parquet     what the plan was made from; the audit needs nothing else
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import InputError, Problem, UnreachableError
from planner.plan.plan import Plan

SCHEMA = 1
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # OWASP, CSV injection
SCALARS = (
    "case", "currency", "status", "cost", "bound", "certified_bound", "claimed_bound", "gap_asked", "stop_reason",
)  # fmt: skip


def write_run(plan: Plan, folder: Path | str) -> None:
    """Write a plan; the folder appears, or is replaced, in one step.

    Raises
    ------
    UnreachableError
        The folder holds something that is not a run, or cannot be written. Nothing is changed then.
    """
    target = Path(folder)
    if target.exists() and not _is_run(target) and not (target.is_dir() and not any(target.iterdir())):
        raise UnreachableError(f"{target} is there and is not a run folder; name another, or move it away.")
    beside = target.parent / f".{target.name}.{os.getpid()}.new"
    try:
        _write(plan, beside)
        _replace(beside, target)
    except OSError as error:
        raise UnreachableError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_run(folder: Path) -> bool:
    return (folder / "plan.json").is_file()


def _replace(new: Path, target: Path) -> None:
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    if target.exists():
        os.rename(target, old)
    os.rename(new, target)
    shutil.rmtree(old, ignore_errors=True)


def _write(plan: Plan, folder: Path) -> None:
    files: dict[str, bytes] = {}
    for name, table in sorted(plan.tables.items()):
        files[f"tables/{name}.csv"] = _csv(table)
        files[f"tables/{name}.parquet"] = _parquet(table)
    for name, table in sorted(plan.given.items()):
        files[f"given/{name}.parquet"] = _parquet(table)
    head: dict[str, Any] = {"schema": SCHEMA} | {name: getattr(plan, name) for name in SCALARS}
    head |= {"gap": plan.gap, "facts": dict(plan.facts), "warnings": list(plan.warnings)}
    head["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    files["plan.json"] = (json.dumps(head, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


def _csv(table: pd.DataFrame) -> bytes:
    """Text that a spreadsheet reads as text and numbers that stay numbers."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_as_text(value) for value in safe[column]]
    return safe.to_csv(index=False, lineterminator="\n").encode()


def _as_text(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _parquet(table: pd.DataFrame) -> bytes:
    """Typed columns; lists of ids are kept as text."""
    flat = table.copy()
    for column in flat.columns:
        if any(isinstance(value, (tuple, list)) for value in flat[column]):
            flat[column] = [" ".join(value) for value in flat[column]]
    stream = io.BytesIO()
    flat.to_parquet(stream, index=False, compression="zstd")
    return stream.getvalue()


def read_run(folder: Path | str) -> Plan:
    """Read a plan back, every file checked against the hash it was written with.

    Raises
    ------
    UnreachableError
        There is no run folder there.
    InputError
        A file is missing, cut short or was changed; every such file is named.
    """
    target = Path(folder)
    if not _is_run(target):
        raise UnreachableError(f"{target} is not a run folder: there is no plan.json in it.")
    head = _head(target / "plan.json")
    problems: list[Problem] = []
    tables = _tables(target, head["files"], "tables", problems)
    given = _tables(target, head["files"], "given", problems)
    if problems:
        raise InputError(sorted(problems))
    return Plan(
        **{name: head[name] for name in SCALARS},
        facts=head["facts"],
        warnings=tuple(head["warnings"]),
        tables=tables,
        given=given,
    )


def _head(path: Path) -> dict[str, Any]:
    wanted = {*SCALARS, "facts", "warnings", "files"}
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError([_changed(path, f"cannot be read: {error}")]) from error
    if not isinstance(head, dict) or head.get("schema") != SCHEMA or not wanted <= set(head):
        raise InputError([_changed(path, "is not the head of a run of this version")])
    return head


def _tables(
    target: Path, hashes: Mapping[str, str], kind: str, problems: list[Problem]
) -> dict[str, pd.DataFrame]:
    tables = {}
    for name, expected in hashes.items():
        if not name.startswith(f"{kind}/"):
            continue
        path = target / name
        try:
            data = path.read_bytes()
        except OSError as error:
            problems.append(_changed(path, f"cannot be read: {error.strerror}"))
            continue
        if hashlib.sha256(data).hexdigest() != expected:
            problems.append(_changed(path, "is not what was written"))
        elif path.suffix == ".parquet":
            tables[path.stem] = pd.read_parquet(io.BytesIO(data))
    return tables


def _changed(path: Path, found: str) -> Problem:
    return Problem(str(path), "", "", found, "the file as `capplan solve` wrote it", "Solve the case again.")
