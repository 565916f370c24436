"""From a case folder to a checked `Case`: read everything, check everything, report all faults together."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem
from planner.inputs.case import Case, DefaultUsed, Settings
from planner.inputs.catalogue_reader import read_cards, read_classes, read_llms, read_shipped_rows
from planner.inputs.checks import run_checks
from planner.inputs.declarations import CASE_TABLES, SETTINGS
from planner.inputs.draft import Draft
from planner.inputs.folder import Folder, look_into
from planner.inputs.months import Horizon, parse_month, periods_from
from planner.inputs.problems import Fault, Ledger
from planner.inputs.rows import Row, Source, record_of
from planner.inputs.table_reader import read_table, read_workbooks, yaml_of
from planner.tables import Table, Value

_UNLISTED = ("source", "note")  # blanks that change nothing


def load_case(folder: str | PathLike[str]) -> Case:
    """The checked case of a folder.

    Raises
    ------
    InputError : with every problem found
    UnreachableError : the folder or the catalogue is not there
    """
    draft = read_draft(Path(folder))
    errors = draft.ledger.sorted_errors()
    if errors:
        raise InputError(errors)
    return _case(draft)


def check_case(folder: str | PathLike[str]) -> tuple[list[Problem], list[Problem]]:
    """All errors and all warnings of a case folder, by file and place.

    Raises
    ------
    UnreachableError : the folder or the catalogue is not there
    """
    draft = read_draft(Path(folder))
    return list(draft.ledger.sorted_errors()), list(draft.ledger.sorted_warnings())


def read_draft(given: Path) -> Draft:
    """Read and check a folder; faults are in the draft's ledger."""
    ledger = Ledger()
    folder = look_into(given, ledger)
    draft = Draft(str(folder.settings or given / "case.yaml"), ledger)
    if folder.settings is not None:
        _read_settings(folder.settings, draft)
    known = {table.name: table for table in CASE_TABLES}
    sheets = read_workbooks(folder, known, draft)
    for table in CASE_TABLES:
        draft.tables[table.name] = read_table(table, folder, sheets, draft)
    draft.classes = read_classes(folder.records.get("service_classes"), draft)
    _fill_from_classes(draft)
    _read_catalogue(folder, draft)
    run_checks(draft)
    return draft


def _read_settings(path: Path, draft: Draft) -> None:
    """Fields of case.yaml and the horizon they make."""
    node = yaml_of(path, draft)
    if node is None:
        return
    months = node.items.get("period_months")
    quarterly = getattr(months, "text", "1") == "3"
    row = record_of(SETTINGS, node, Source(str(path), draft.ledger, 3 if quarterly else 1))
    draft.settings = row
    if row.ok("period_months") and row.values["period_months"] == 2:
        draft.ledger.error(row.at("period_months"), "2", "1 (months) or 3 (quarters)")
    elif row.ok("start", "periods", "period_months"):
        periods, period_months = int(row.number("periods") or 0), int(row.number("period_months") or 1)
        start = parse_month(row.text("start"), period_months)
        if not isinstance(start, Fault):
            row.values["start"] = start
            draft.horizon = Horizon(periods_from(start, periods, period_months), period_months)


def _fill_from_classes(draft: Draft) -> None:
    """Blanks of a workload take what its service class says."""
    for row in draft.rows("workloads", "service_class"):
        name = row.text("service_class")
        if name not in draft.classes:
            continue
        given = draft.classes[name]
        for column in sorted(row.blanks):
            value = given.values.get(column)
            if column not in _UNLISTED and value is not None:
                row.values[column] = value
                row.blanks.discard(column)
                used = DefaultUsed(
                    "workloads", row.text("workload"), column, _shown(value), f"service class {name}"
                )
                draft.defaults.append(used)


def _read_catalogue(folder: Folder, draft: Draft) -> None:
    """Profiles, shapes, cards and language models that the case names."""
    known = draft.known
    for name in ("length_profiles", "traffic_shapes"):
        table, column = draft.tables[name], "length_profile" if name == "length_profiles" else "traffic_shape"
        own = table.ids()
        wanted = {row.text(column) for row in draft.rows("workloads", column)} - own - {""}
        shipped = read_shipped_rows(table.table, wanted, draft) if wanted else {}
        for key in sorted(wanted & set(shipped)):
            table.rows.extend(shipped[key])
        known[name] = own | set(shipped)
    named = {
        row.text("accelerator")
        for name in ("offers", "rentals", "fleet", "serving")
        for row in draft.rows(name, "accelerator")
    }
    known["accelerators"] = read_cards(named - {""}, folder.records.get("accelerators"), draft)
    llms = {row.text("llm") for row in draft.rows("workloads", "llm")}
    known["llms"] = read_llms(llms - {""}, folder.records.get("llms"), draft)
    known["service_classes"] = set(draft.classes)
    for name in ("sites", "workloads", "offers", "slices", "supply", "token_offers"):
        known[name] = draft.tables[name].ids()


def _case(draft: Draft) -> Case:
    """The frozen case of a draft without errors."""
    settings = draft.settings
    if settings is None or draft.horizon is None:
        raise InputError([Problem(draft.file, "", "", "has no horizon", "name, start and periods")])
    values: dict[str, Any] = settings.values
    rows: dict[str, tuple[tuple[Value, ...], ...]] = {"case": (tuple(values[n] for n in SETTINGS.names),)}
    for name, found in draft.tables.items():
        rows[name] = tuple(
            _values(row, found.table) for row in sorted(found.rows, key=_row_order(found.table))
        )
    return Case(
        settings=Settings(**values),
        periods=draft.horizon.labels,
        cards=tuple(card for _, card in sorted(draft.cards.items())),
        llms=tuple(llm for _, llm in sorted(draft.llms.items())),
        unplannable=tuple(sorted(draft.unplannable)),
        rows=rows,
        defaults_used=tuple(sorted([*draft.defaults, *_defaults(draft, settings)])),
        warnings=draft.ledger.sorted_warnings(),
        sources=tuple(sorted(set(draft.hashes))),
    )


def _values(row: Row, table: Table) -> tuple[Value, ...]:
    return tuple(row.values[name] for name in table.names)


def _row_order(table: Table) -> Any:
    """Sort key of a row: the table's key, numbers before text."""

    def order(row: Row) -> tuple[tuple[int, Any], ...]:
        values = (row.values[name] for name in table.key)
        return tuple(
            (0, value) if isinstance(value, int | float) else (1, str(value or "")) for value in values
        )

    return order


def _defaults(draft: Draft, settings: Row) -> list[DefaultUsed]:
    """Blanks of the case's own rows that a declared default other than nothing has filled."""
    found = []
    places = [(SETTINGS, [settings])] + [
        (draft.tables[table.name].table, draft.tables[table.name].rows) for table in CASE_TABLES
    ]
    for table, rows in places:
        for row in rows:
            for name in row.blanks:
                value = row.values[name]
                if name not in _UNLISTED and value is not None and value != ():
                    key = "/".join(row.text(part) for part in table.key)
                    found.append(DefaultUsed(table.name, key, name, _shown(value), "declared default"))
    return found


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
