"""What lies in a case folder: which file holds which table, and what does not belong there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import UnreachableError
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.declarations.catalogue import ACCELERATORS, LLMS, SERVICE_CLASSES
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Ledger, Place
from planner.tables import Table

YAML = (".yaml", ".yml")
WORKBOOK = ".xlsx"
TABULAR = (".csv", WORKBOOK, ".parquet")
RECORD_FILES = {table.name: table for table in (ACCELERATORS, LLMS, SERVICE_CLASSES)}
TABLES = {table.name: table for table in CASE_TABLES}
ALL_TABLES = WORKBOOK  # the format of a workbook with one sheet per table
_WORKBOOKS = ("tables", "case")
_PASSED_OVER = ("readme", "license", "licence", "makefile")
_PASSED_SUFFIXES = (".md", ".txt", ".rst")
_PASSED_FOLDERS = ("runs", "__pycache__")


@dataclass
class Folder:
    """Files of a case by what they hold.

    Attributes
    ----------
    given : the path as the user wrote it
    settings : ``case.yaml``
    tables : files of each table; more than one is an error, noted already
    records : accelerators.yaml, llms.yaml, service_classes.yaml
    workbooks : Excel files with one sheet per table
    """

    given: Path
    settings: Path | None = None
    tables: dict[str, list[Path]] = field(default_factory=dict)
    records: dict[str, Path] = field(default_factory=dict)
    workbooks: list[Path] = field(default_factory=list)

    def label(self, path: Path) -> str:
        """The path as shown in messages."""
        return str(path)


def look_into(given: Path, ledger: Ledger) -> Folder:
    """Sort the files of a case folder; what does not belong there is noted.

    Raises
    ------
    UnreachableError : the folder is not there, is no folder, or cannot be listed
    """
    try:
        names = sorted(entry.name for entry in os.scandir(given))
    except OSError as error:
        raise UnreachableError(f"The case folder {given} cannot be read: {error.strerror}.") from error
    folder = Folder(given)
    for name in names:
        if not _passed_over(given / name):
            _sort_in(folder, given / name, ledger)
    if folder.settings is None:
        ledger.error(
            Place(str(given / "case.yaml"), "", ""),
            "is missing",
            "a case.yaml with name, start and periods",
            "`capplan init` writes a folder to begin with.",
        )
    for table_name, paths in folder.tables.items():
        if len(paths) > 1:
            found = f"table {table_name} in {len(paths)} files: {', '.join(path.name for path in paths)}"
            ledger.error(Place(str(given)), found, "each table in one file", "Keep one of them.")
    return folder


def _passed_over(path: Path) -> bool:
    name = path.name.lower()
    if name.startswith((".", "~$", "#")) or name.endswith("~"):
        return True
    if path.suffix.lower() in _PASSED_SUFFIXES or path.stem.lower() in _PASSED_OVER:
        return path.stem.lower() in _PASSED_OVER or path.suffix.lower() != ".txt" or path.stem not in TABLES
    return name in _PASSED_FOLDERS and path.is_dir()


def _sort_in(folder: Folder, path: Path, ledger: Ledger) -> None:
    stem, suffix = path.stem, path.suffix.lower()
    if stem == SETTINGS.name and suffix in YAML:
        if folder.settings is not None:
            ledger.error(
                Place(str(path)),
                f"a second case file beside {folder.settings.name}",
                "one case.yaml",
                "Keep one of them.",
            )
        folder.settings = folder.settings or path
    elif stem in RECORD_FILES and suffix in YAML:
        if stem in folder.records:
            ledger.error(
                Place(str(path)),
                f"a second file beside {folder.records[stem].name}",
                f"one {stem}.yaml",
                "Keep one of them.",
            )
        folder.records.setdefault(stem, path)
    elif stem in TABLES and suffix in _formats(TABLES[stem]):
        folder.tables.setdefault(stem, []).append(path)
    elif suffix == WORKBOOK and stem in (*_WORKBOOKS, folder.given.resolve().name):
        folder.workbooks.append(path)
    else:
        _unknown(path, ledger)


def _formats(table: Table) -> tuple[str, ...]:
    """Suffixes a table may come in; records may be rows too."""
    return (*YAML, *TABULAR) if table.records else TABULAR


def _unknown(path: Path, ledger: Ledger) -> None:
    stem, suffix = path.stem, path.suffix.lower()
    if stem in TABLES:
        mend = f"Save it as {' or '.join(stem + ending for ending in _formats(TABLES[stem]))}."
        ledger.error(Place(str(path)), f"table {stem} as '{suffix or 'no suffix'}'", "a known format", mend)
        return
    if stem in RECORD_FILES or stem == SETTINGS.name:
        ledger.error(Place(str(path)), f"records as '{suffix}'", f"{stem}.yaml", "Save it as YAML.")
        return
    known = [SETTINGS.name, *RECORD_FILES, *TABLES, *_WORKBOOKS]
    mend = nearest_mend(stem, known, "Move it out of the folder, or give it a name that begins with a dot.")
    ledger.error(Place(str(path)), "no table or record of a case", "a file named like a table", mend)
