"""Files that this room writes for people: templates, copies of shipped cases, schemas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import UnreachableError

if TYPE_CHECKING:
    import pandas as pd


def write_files(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write texts by file name into a folder, made when it is not there; returns their paths.

    Raises
    ------
    UnreachableError : the folder or a file cannot be written
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path = folder / name
            path.write_bytes(text.encode("utf-8"))
            written.append(path)
    except OSError as error:
        raise UnreachableError(f"{folder} cannot be written: {error.strerror}.") from error
    return written


def write_data(path: Path, data: bytes) -> None:
    """Write a file that is no text, such as a picture, its folder made when it is not there.

    Raises
    ------
    UnreachableError : it cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UnreachableError(f"{path} cannot be written: {error.strerror}.") from error


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, its folder made when it is not there.

    Raises
    ------
    UnreachableError : it cannot be written
    """
    write_files(path.parent, {path.name: table.to_csv(index=False, lineterminator="\n")})


def need_empty(folder: Path) -> None:
    """Make sure that a folder is not there or holds nothing.

    Raises
    ------
    UnreachableError : it holds something, is no folder, or cannot be looked into
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            raise UnreachableError(f"{folder} is not empty. Name a folder that is not there yet.")
    except OSError as error:
        raise UnreachableError(f"{folder} cannot be used: {error.strerror}.") from error
