"""The calibration that ships with the catalogue: rows of the declared table `calibration`."""

from __future__ import annotations

from planner.errors import InputError, UnreachableError
from planner.inputs import csv_reader, locations
from planner.inputs.declarations.calibration import CALIBRATION
from planner.inputs.files import as_text, read_bytes
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import Source, rows_of
from planner.tables import Value


def shipped_calibration() -> tuple[dict[str, Value], ...]:
    """Rows of ``hardware_profiles/measured/calibration.csv``.

    Raises
    ------
    UnreachableError : it is not there
    InputError : it is wrong
    """
    path, ledger = locations.calibration_file(), Ledger()
    if not path.is_file():
        raise UnreachableError(
            f"The calibration {path} is not there. Write it with scripts/build_calibration.py."
        )
    data = read_bytes(path, csv_reader.MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        ledger.fault(Place(str(path)), text)
        raise InputError(ledger.sorted_errors())
    raw = csv_reader.read_csv(text, str(path), ledger)
    rows = [] if raw is None else rows_of(CALIBRATION, raw, Source(str(path), ledger))
    if ledger.errors:
        raise InputError(ledger.sorted_errors())
    return tuple(dict(row.values) for row in rows)
