"""One table of a case from whichever file holds it."""

from __future__ import annotations

from pathlib import Path

from planner.inputs import csv_reader, yaml_reader
from planner.inputs.draft import Draft, TableDraft
from planner.inputs.files import as_text, file_hash, read_bytes
from planner.inputs.folder import WORKBOOK, YAML, Folder
from planner.inputs.months import EITHER
from planner.inputs.nearest import nearest_mend
from planner.inputs.problems import Fault, Place
from planner.inputs.rows import RawTable, Source, records_of, rows_of
from planner.inputs.yaml_reader import Mapping
from planner.tables import Table


def bytes_of(path: Path, most_bytes: int, draft: Draft, label: str | None = None) -> bytes | None:
    """Bytes of a file, hashed for the record; None after noting why there are none."""
    data = read_bytes(path, most_bytes)
    if isinstance(data, Fault):
        draft.ledger.fault(Place(str(path)), data)
        return None
    draft.hashes.append(file_hash(label or path.name, data))
    return data


def text_of(path: Path, most_bytes: int, draft: Draft, label: str | None = None) -> str | None:
    """Text of a file; None after noting why there is none."""
    data = bytes_of(path, most_bytes, draft, label)
    if data is None:
        return None
    text = as_text(data)
    if isinstance(text, Fault):
        draft.ledger.fault(Place(str(path)), text)
        return None
    return text


def yaml_of(path: Path, draft: Draft, label: str | None = None) -> Mapping | None:
    """Mapping of a YAML file; None after noting why there is none."""
    text = text_of(path, yaml_reader.MOST_BYTES, draft, label)
    return None if text is None else yaml_reader.read_yaml(text, str(path), draft.ledger)


def read_table(table: Table, folder: Folder, sheets: dict[str, RawTable], draft: Draft) -> TableDraft:
    """Typed rows of a table; a missing required table is noted."""
    paths = folder.tables.get(table.name, [])
    period_months = draft.horizon.period_months if draft.horizon else EITHER
    found = TableDraft(table, str(paths[0] if paths else folder.given / f"{table.name}.csv"))
    if table.name in sheets:
        workbook = folder.workbooks[0]
        if paths:
            draft.ledger.error(
                Place(found.file),
                f"also a sheet of {workbook.name}",
                "each table in one place",
                "Keep one of them.",
            )
        found.file, found.present = str(workbook), True
        found.rows = rows_of(table, sheets[table.name], Source(found.file, draft.ledger, period_months))
        found.readable = sheets[table.name].whole
        return found
    if not paths:
        if table.required:
            ending = "yaml" if table.records else "csv"
            found.file = str(folder.given / f"{table.name}.{ending}")
            draft.ledger.error(
                Place(found.file), "is missing", f"the table of {table.meaning}", "Add the file."
            )
            found.readable = False
        return found
    found.present = True
    path = paths[0]
    if path.suffix.lower() in YAML:
        node = yaml_of(path, draft)
        found.readable = node is not None
        if node is not None:
            found.rows = records_of(table, node, Source(found.file, draft.ledger, period_months))
        return found
    raw = raw_of(path, table, draft)
    if raw is not None:
        found.rows = rows_of(table, raw, Source(found.file, draft.ledger, period_months))
    found.readable = raw is not None and raw.whole
    return found


def raw_of(path: Path, table: Table, draft: Draft) -> RawTable | None:
    """Raw rows of a CSV, Excel or Parquet file."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        text = text_of(path, csv_reader.MOST_BYTES, draft)
        return None if text is None else csv_reader.read_csv(text, str(path), draft.ledger)
    if suffix == WORKBOOK:
        sheets = _sheets_of(path, draft)
        if sheets is None:
            return None
        if table.name in sheets or len(sheets) == 1:
            return sheets.get(table.name, next(iter(sheets.values())))
        draft.ledger.error(
            Place(str(path)),
            f"sheets {', '.join(sheets)}",
            f"one sheet, or one named {table.name}",
            "Rename the sheet.",
        )
        return None
    from planner.inputs.parquet_reader import MOST_BYTES, read_parquet

    data = bytes_of(path, MOST_BYTES, draft)
    return None if data is None else read_parquet(data, table, str(path), draft.ledger)


def _sheets_of(path: Path, draft: Draft) -> dict[str, RawTable] | None:
    """Sheets of a workbook; openpyxl is imported for cases that have one."""
    from planner.inputs.excel_reader import MOST_BYTES, read_workbook

    data = bytes_of(path, MOST_BYTES, draft)
    return None if data is None else read_workbook(data, str(path), draft.ledger)


def read_workbooks(folder: Folder, known: dict[str, Table], draft: Draft) -> dict[str, RawTable]:
    """Sheets of the case's workbook by table; sheets whose name begins with # or is README are passed over."""
    if not folder.workbooks:
        return {}
    if len(folder.workbooks) > 1:
        names = ", ".join(path.name for path in folder.workbooks)
        draft.ledger.error(Place(str(folder.given)), f"{names}", "one workbook", "Keep one of them.")
    path = folder.workbooks[0]
    found = {}
    for name, raw in (_sheets_of(path, draft) or {}).items():
        if name in known:
            found[name] = raw
        elif not name.startswith("#") and name.lower() not in ("readme", "notes"):
            draft.ledger.error(
                Place(str(path), f"sheet {name}"),
                "no table of a case",
                "a sheet named like a table",
                nearest_mend(name, known, "Rename it, or begin its name with #."),
            )
    return found
