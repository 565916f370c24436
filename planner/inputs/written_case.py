"""A case folder copied with some of its tables replaced."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs.folder import look_into
from planner.inputs.output import write_table
from planner.inputs.problems import Ledger

if TYPE_CHECKING:
    import pandas as pd


def copy_with(case: Path, target: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Copy a case into ``target``, which is made, and write these tables as CSV in place of its own.

    Raises
    ------
    InputError : the tables of the case are sheets of one workbook
    UnreachableError : the case cannot be read or the target not written
    """
    found = look_into(case, Ledger())
    if found.workbooks:
        expected = "tables in files of their own"
        raise InputError([Problem(str(found.workbooks[0]), "", "", "one workbook of all tables", expected)])
    replaced = {path.name for name in tables for path in found.tables.get(name, [])}
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(case.iterdir()):
            if path.is_file() and path.name not in replaced:
                shutil.copyfile(path, target / path.name)
    except OSError as error:
        raise UnreachableError(f"{case} cannot be copied to {target}: {error.strerror}.") from error
    for name, table in tables.items():
        written = table.copy()
        for column in written.columns:
            if written[column].map(lambda value: isinstance(value, tuple)).any():
                written[column] = written[column].map(" ".join)
            elif written[column].dtype == bool:
                written[column] = written[column].map({True: "true", False: "false"})
        write_table(target / f"{name}.csv", written)
