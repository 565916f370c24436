"""A run folder: a plan on disk, whole or absent, the same bytes for the same plan.

::

    RUN/plan.json           status, cost, bound, gap, versions, hashes of inputs and of every table
    RUN/tables/*.csv        results, for people and spreadsheets (text cells cannot become formulas)
    RUN/tables/*.parquet    the same, with types
    RUN/given/*.parquet     what the plan was made from; the audit needs nothing else
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.files import MIB, read_bytes
from planner.inputs.problems import Fault
from planner.plan.encode import as_csv, as_parquet, from_parquet, in_order
from planner.plan.head import SCALARS, head_bytes, parsed_head
from planner.plan.plan import Plan
from planner.plan.swap import swapped

OURS = frozenset({"plan.json", "tables", "given"})
MOST_HEAD_BYTES = 16 * MIB  # assumed: a head is some kilobytes
MOST_TABLE_BYTES = 2048 * MIB  # assumed: a hundred times the largest run we know
STALE_S = 3600.0  # assumed: writing a run takes seconds; older leftovers belong to a process that was killed


def write_run(plan: Plan, folder: Path | str) -> None:
    """Write a plan; the folder appears, or is replaced, in one step.

    Raises
    ------
    UnreachableError
        The folder holds something that is not a run, or cannot be written. Nothing is changed then.
    """
    try:
        target = Path(folder).resolve()
        _need_replaceable(target, Path(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        beside = target.parent / f".{target.name}.{os.getpid()}.new"
        try:
            _write(plan, beside)
            _replace(beside, target)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise UnreachableError(f"{folder} cannot be written: {error.strerror or error}.") from error


def _need_replaceable(target: Path, named: Path) -> None:
    """Only a run, an empty folder or nothing at all may be replaced; what is not ours is not thrown away."""
    if not target.exists():
        return
    if not target.is_dir():
        raise UnreachableError(f"{named} is there and is no folder; name another.")
    names = {path.name for path in target.iterdir()}
    if names and "plan.json" not in names:
        raise UnreachableError(f"{named} is there and is not a run folder; name another, or move it away.")
    others = sorted(names - OURS)
    if others:
        raise UnreachableError(
            f"{named} holds {others[0]}, which is not part of a run; move it away, or name another."
        )


def _sweep(target: Path) -> None:
    """Clear what a process that was killed left beside the target; put back an old run it had just moved away."""
    for left in sorted(target.parent.glob(f".{target.name}.*.old")):
        if not target.exists():
            os.rename(left, target)
        elif time.time() - left.stat().st_mtime > STALE_S:
            shutil.rmtree(left, ignore_errors=True)
    for left in target.parent.glob(f".{target.name}.*.new"):
        if time.time() - left.stat().st_mtime > STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _write(plan: Plan, folder: Path) -> None:
    files: dict[str, bytes] = {}
    for name, table in sorted(plan.tables.items()):
        ordered = in_order(name, table)
        files[f"tables/{name}.csv"] = as_csv(ordered)
        files[f"tables/{name}.parquet"] = as_parquet(ordered)
    for name, table in sorted(plan.given.items()):
        files[f"given/{name}.parquet"] = as_parquet(table)
    files["plan.json"] = head_bytes(plan, files)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    for place in (folder / "tables", folder / "given", folder):
        _sync_folder(place)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(new: Path, target: Path) -> None:
    """Put the new folder in place: in one step where the system can swap two names, else in two."""
    if not target.exists():
        os.rename(new, target)
    elif swapped(new, target):
        shutil.rmtree(new, ignore_errors=True)
    else:
        old = target.parent / f".{target.name}.{os.getpid()}.old"
        os.rename(target, old)
        try:
            os.rename(new, target)
        except OSError:
            os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    _sync_folder(target.parent)


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
    if not (target / "plan.json").is_file():
        raise UnreachableError(f"{target} is not a run folder: there is no plan.json in it.")
    data = read_bytes(target / "plan.json", MOST_HEAD_BYTES)
    head, fault = ({}, data.found) if isinstance(data, Fault) else parsed_head(data)
    if fault:
        raise InputError([_changed(target / "plan.json", fault)])
    data_of = _verified(target, head["files"])
    tables, given = (
        {path.stem: _parsed(target / path, data) for path, data in data_of.items() if path.parts[0] == kind}
        for kind in ("tables", "given")
    )
    return Plan(
        **{name: head[name] for name in SCALARS},
        facts=head["facts"],
        warnings=tuple(str(warning) for warning in head["warnings"]),
        tables=tables,
        given=given,
    )


def _verified(target: Path, hashes: Mapping[str, str]) -> dict[Path, bytes]:
    """Bytes of every Parquet file, when all files are as they were written."""
    verified = {}
    problems = []
    for name, expected in hashes.items():
        data = read_bytes(target / name, MOST_TABLE_BYTES)
        if isinstance(data, Fault):
            problems.append(_changed(target / name, data.found))
        elif hashlib.sha256(data).hexdigest() != expected:
            problems.append(_changed(target / name, "is not what was written"))
        elif name.endswith(".parquet"):
            verified[Path(name)] = data
    if problems:
        raise InputError(sorted(problems))
    return verified


def _parsed(path: Path, data: bytes) -> pd.DataFrame:
    try:
        return from_parquet(data)
    except (ValueError, OSError) as error:
        raise InputError([_changed(path, f"is no Parquet table: {error}")]) from error


def _changed(path: Path, found: str) -> Problem:
    return Problem(str(path), "", "", found, "the file as `capplan solve` wrote it", "Solve the case again.")
