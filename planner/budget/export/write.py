"""Puts finished bytes into files: all of them or none, and nothing overwritten unasked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from planner.errors import UnreachableError


def write_all(files: Mapping[Path, bytes], *, force: bool = False) -> list[Path]:
    """Write files, their folders made where they are not there; returns their paths.

    Raises
    ------
    UnreachableError : a file is there already and ``force`` is not given, or one cannot be written
    """
    there = [path for path in files if path.exists()]
    if there and not force:
        raise UnreachableError(f"{there[0]} is there already. Name another file, or add --force.")
    waiting: list[tuple[Path, Path]] = []
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.{os.getpid()}.new")
            waiting.append((beside, path))
            beside.write_bytes(data)
        for beside, path in waiting:
            os.replace(beside, path)
    except OSError as error:
        raise UnreachableError(f"{error.filename} cannot be written: {error.strerror}.") from error
    finally:
        for beside, _ in waiting:
            beside.unlink(missing_ok=True)
    return list(files)
