"""A run folder: a plan on disk, whole or absent, the same bytes for the same plan.

::

    RUN/plan.json           status, cost, bound, gap, versions, hashes of inputs and of every table
    RUN/tables/*.csv        results, for people and spreadsheets (text cells cannot become formulas)
    RUN/tables/*.parquet    the same, with types
    RUN/given/*.parquet     what the plan was made from; the audit needs nothing else
    RUN/certificate/*.parquet   the program with the prices that prove the bound

A case that has no plan leaves the same without results: ``refusal.json``, ``given/`` and ``certificate/``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.files import MIB, read_bytes
from planner.inputs.problems import Fault
from planner.plan.certificate.refusal import Refusal, parsed_refusal_head, refusal_head_bytes
from planner.plan.encode import as_csv, as_parquet, from_parquet, in_order
from planner.plan.head import SCALARS, head_bytes, parsed_head
from planner.plan.plan import Plan
from planner.plan.swap import swapped

HEAD, REFUSAL_HEAD = "plan.json", "refusal.json"
OURS = frozenset({HEAD, REFUSAL_HEAD, "tables", "given", "certificate"})
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
    _write_folder(_files_of(plan), folder)


def write_refusal(refusal: Refusal, folder: Path | str) -> None:
    """Write the proof that a case has no plan, as `write_run` does; a plan that is there is not replaced.

    Raises
    ------
    UnreachableError
        The folder holds a plan or something else that is not ours, or cannot be written. Nothing is changed then.
    """
    if (Path(folder) / HEAD).exists():
        raise UnreachableError(f"{folder} holds a plan, which is kept; name another folder for the proof.")
    files = {f"given/{name}.parquet": as_parquet(table) for name, table in sorted(refusal.given.items())}
    for name, table in sorted(refusal.certificate.items()):
        files[f"certificate/{name}.parquet"] = as_parquet(table)
    files[REFUSAL_HEAD] = refusal_head_bytes(refusal, files)
    _write_folder(files, folder)


def _write_folder(files: Mapping[str, bytes], folder: Path | str) -> None:
    """Files in a folder that appears, or is replaced, in one step."""
    try:
        target = Path(folder).resolve()
        _need_replaceable(target, Path(folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        beside = target.parent / f".{target.name}.{os.getpid()}.new"
        try:
            _write(files, beside)
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
    if names and not names & {HEAD, REFUSAL_HEAD}:
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


def _files_of(plan: Plan) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, table in sorted(plan.tables.items()):
        ordered = in_order(name, table)
        files[f"tables/{name}.csv"] = as_csv(ordered)
        files[f"tables/{name}.parquet"] = as_parquet(ordered)
    for name, table in sorted(plan.given.items()):
        files[f"given/{name}.parquet"] = as_parquet(table)
    for name, table in sorted(plan.certificate.items()):
        files[f"certificate/{name}.parquet"] = as_parquet(table)
    files[HEAD] = head_bytes(plan, files)
    return files


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    for place in sorted({(folder / name).parent for name in files}):
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
    if is_refusal(target):
        raise UnreachableError(
            f"{target} holds no plan but the proof that there is none: capplan audit {target}"
        )
    if not (target / HEAD).is_file():
        raise UnreachableError(f"{target} is not a run folder: there is no {HEAD} in it.")
    head, tables, given, certificate = _read(target, HEAD, parsed_head)
    return Plan(
        **{name: head[name] for name in SCALARS},
        facts=head["facts"],
        warnings=tuple(str(warning) for warning in head["warnings"]),
        tables=tables,
        given=given,
        certificate=certificate,
    )


def is_refusal(folder: Path | str) -> bool:
    """Whether a folder holds the proof that a case has no plan."""
    return (Path(folder) / REFUSAL_HEAD).is_file() and not (Path(folder) / HEAD).exists()


def read_refusal(folder: Path | str) -> Refusal:
    """Read a proof back, every file checked against the hash it was written with.

    Raises
    ------
    InputError
        A file is missing, cut short or was changed; every such file is named.
    """
    head, _, given, certificate = _read(Path(folder), REFUSAL_HEAD, parsed_refusal_head)
    return Refusal(head["case"], head["reason"], given, certificate)


Frames = dict[str, pd.DataFrame]


def _read(
    target: Path, head_name: str, parse: Callable[[bytes], tuple[dict[str, Any], str]]
) -> tuple[dict[str, Any], Frames, Frames, Frames]:
    """Head, and tables by folder: results, given, certificate."""
    data = read_bytes(target / head_name, MOST_HEAD_BYTES)
    head, fault = ({}, data.found) if isinstance(data, Fault) else parse(data)
    if fault:
        raise InputError([_changed(target / head_name, fault)])
    data_of = _verified(target, head["files"])
    tables, given, certificate = (
        {path.stem: _parsed(target / path, data) for path, data in data_of.items() if path.parts[0] == kind}
        for kind in ("tables", "given", "certificate")
    )
    return head, tables, given, certificate


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
