"""A plain CSV in the columns of `MEASUREMENTS`."""

from __future__ import annotations

from planner.errors import InputError
from planner.inputs.cells import parser_of
from planner.inputs.csv_reader import read_csv
from planner.inputs.declarations.measurements import MEASUREMENTS, NEEDED
from planner.inputs.measurements.parts import Reading, Run, not_this_format
from planner.inputs.nearest import nearest
from planner.inputs.problems import Fault, Ledger
from planner.tables import Column

_ABSENT = frozenset(("", "nan", "none", "null", "na", "n/a"))  # how tools write a cell that holds nothing


def read_table(text: str, path: str) -> Reading:
    """Rows of the table. A cell that cannot be read puts its row in quarantine; unknown columns are told.

    Raises
    ------
    InputError : no CSV, or none of the columns that name a run
    """
    ledger = Ledger()
    raw = read_csv(text, path, ledger)
    if raw is None or ledger.errors:
        raise InputError(ledger.sorted_errors())
    known = [
        (at, MEASUREMENTS.column(name)) for at, name in enumerate(raw.header) if name in MEASUREMENTS.names
    ]
    reading = Reading("table", columns={column.name for _, column in known})
    if not reading.columns & set(NEEDED):
        raise not_this_format(
            path,
            raw.header_where,
            f"columns such as {', '.join(NEEDED)}",
            "The columns of a table of measurements are listed in docs/measurements.md.",
            f"columns {', '.join(raw.header[:6])}...",
        )
    for name in raw.header:
        if name not in reading.columns:
            like = nearest(name, MEASUREMENTS.names)
            hint = f"; did you mean '{like}'?" if like else ""
            reading.assume(f"Column '{name}' is not known and was not read{hint}", 0)
    parsers = [(at, column, parser_of(column, 1)) for at, column in known]
    for row in raw.rows:
        run = Run(row.where, {})
        for at, column, parse in parsers:
            cell = row.cells[at]
            if not cell or str(cell).strip().casefold() in _ABSENT:
                continue
            value = parse(str(cell).strip())
            if isinstance(value, Fault):
                run.faults.append(_fault_text(column, value))
            else:
                run.values[column.name] = value
        reading.runs.append(run)
    return reading


def _fault_text(column: Column, fault: Fault) -> str:
    return f"{column.name}: {fault.found}; expected {fault.expected}"
