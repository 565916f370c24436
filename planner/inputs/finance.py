"""The finance settings of a budget: read from one YAML file, checked, blanks filled, all faults together."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from planner.errors import InputError
from planner.inputs.declarations.finance import FINANCE, FINANCE_SECTIONS
from planner.inputs.files import as_text, read_bytes
from planner.inputs.finance_defaults import DEFAULT_RECORDS
from planner.inputs.finance_records import (
    Account,
    AssetClass,
    CostCentre,
    Finance,
    FinanceHead,
    LineType,
    OpeningAsset,
    PaymentTerms,
    SpotRate,
)
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.problems import Fault, Ledger, Place
from planner.inputs.rows import Row, Source, record_of, records_of
from planner.inputs.yaml_reader import MOST_BYTES, Mapping, Scalar, read_yaml
from planner.tables import Value

T = TypeVar("T")
DEFAULTS = "the defaults"
YEAR_MONTHS = 12  # the accelerated methods charge by whole years of life


_CLASSES: dict[str, type[Any]] = {
    "line_types": LineType,
    "accounts": Account,
    "cost_centres": CostCentre,
    "payment_terms": PaymentTerms,
    "asset_classes": AssetClass,
    "spot_rates": SpotRate,
    "opening_assets": OpeningAsset,
}


def read_finance(path: Path | str | None = None) -> Finance:
    """The settings of a file, completed by the defaults; without a file, the defaults alone.

    A section that the file has stands in place of the default section; ``line_types`` are merged, field by field.

    Raises
    ------
    InputError : with every problem of the file
    """
    ledger = Ledger()
    file = DEFAULTS if path is None else str(path)
    root = Mapping(1) if path is None else _root(Path(path), ledger)
    sections = {table.name: table for table in FINANCE_SECTIONS}
    for name, line in root.lines.items():
        if name != FINANCE.name and name not in sections:
            known = [FINANCE.name, *sections]
            mend = nearest_mend(name, known, f"Sections are {listing(known, 40)}.")
            ledger.error(Place(file, f"line {line}", name), f"unknown section '{name}'", "a section", mend)
    head = record_of(FINANCE, _section(root, FINANCE.name, file, ledger), Source(file, ledger))
    rows = {name: _rows(name, root, file, ledger) for name in sections}
    _check(head, rows, ledger)
    if errors := ledger.sorted_errors():
        raise InputError(errors)
    found = {name: _records(_CLASSES[name], rows[name]) for name in sections}
    return Finance(file, FinanceHead(**_fields(head.values)), **found)


def _root(path: Path, ledger: Ledger) -> Mapping:
    data = read_bytes(path, MOST_BYTES)
    text = data if isinstance(data, Fault) else as_text(data)
    if isinstance(text, Fault):
        ledger.fault(Place(str(path)), text)
        return Mapping(1)
    return read_yaml(text, str(path), ledger) or Mapping(1)


def _section(root: Mapping, name: str, file: str, ledger: Ledger) -> Mapping:
    """The mapping of a section; nothing when it is absent or blank."""
    node = root.items.get(name)
    if isinstance(node, Mapping):
        return node
    if node is not None and not (isinstance(node, Scalar) and node.blank):
        where = f"line {root.lines[name]}"
        ledger.error(Place(file, where, name), "no mapping", "`name: value` lines under the section")
    return Mapping(1)


def _rows(name: str, root: Mapping, file: str, ledger: Ledger) -> list[Row]:
    """Rows of a section: the file's, and the defaults where it says nothing."""
    table = next(table for table in FINANCE_SECTIONS if table.name == name)
    default = records_of(table, _as_mapping(DEFAULT_RECORDS[name]), Source(DEFAULTS, ledger))
    given = _section(root, name, file, ledger)
    if name == "line_types":
        known = {row.text("line_type"): row for row in default}
        for line_type, line in given.lines.items():
            if line_type not in known:
                mend = nearest_mend(line_type, known, f"Line types are {listing(list(known), 40)}.")
                place = Place(file, f"line {line}", line_type)
                ledger.error(place, f"unknown line type '{line_type}'", "a line type", mend)
        for line_type, node in given.items.items():
            if line_type in known and isinstance(node, Mapping):
                account = known[line_type].text("account")
                if "account" not in node.items:
                    node.items["account"], node.lines["account"] = (
                        Scalar(account, False, node.line),
                        node.line,
                    )
                row = record_of(
                    table, node, Source(file, ledger), f"key {line_type}", given={"line_type": line_type}
                )
                known[line_type].values |= {
                    field: value for field, value in row.values.items() if field not in row.blanks
                }
        return default
    return records_of(table, given, Source(file, ledger)) if name in root.items else default


def _as_mapping(records: dict[str, dict[str, str]]) -> Mapping:
    """Default records in the form the reader of YAML gives."""
    root = Mapping(1)
    for key, fields in records.items():
        node = Mapping(1)
        for name, text in fields.items():
            node.items[name], node.lines[name] = Scalar(text, False, 1), 1
        root.items[key], root.lines[key] = node, 1
    return root


def _records(kind: type[T], rows: Sequence[Row]) -> tuple[T, ...]:
    return tuple(kind(**_fields(row.values)) for row in rows)


def _fields(values: dict[str, Value]) -> dict[str, Any]:
    return dict(values)


def _check(head: Row, rows: dict[str, list[Row]], ledger: Ledger) -> None:
    """What no single field can show."""
    if (head.values.get("display_currency") is None) != (head.values.get("display_rate") is None):
        found = "only one of display_currency and display_rate"
        ledger.error(
            head.in_row("display_rate"), found, "both, or neither", "Give the rate with the currency."
        )
    _check_shares(rows["payment_terms"], ledger)
    _check_lives(rows["asset_classes"], ledger)
    _check_opening(rows, ledger)
    _check_names(rows, ledger)


def _check_shares(rows: Sequence[Row], ledger: Ledger) -> None:
    """A price is paid once."""
    shares = [f"{name}_share" for name in ("deposit", "shipment", "acceptance", "retention")]
    for row in rows:
        if row.ok(*shares):
            total = sum((Decimal(repr(row.number(name))) for name in shares), Decimal(0))
            if total != 1:
                found = f"shares add up to {total}"
                ledger.error(row.in_row("deposit_share"), found, "1", "Correct the shares.")


def _check_lives(rows: Sequence[Row], ledger: Ledger) -> None:
    """The accelerated methods charge by years."""
    for row in rows:
        for book in ("book", "tax"):
            life, method = row.number(f"{book}_life_months"), row.text(f"{book}_method")
            if life is not None and method != "straight_line" and life % YEAR_MONTHS:
                found = f"{life:g} months with {method}"
                ledger.error(row.at(f"{book}_life_months"), found, "whole years of 12 months")


def _check_opening(rows: dict[str, list[Row]], ledger: Ledger) -> None:
    """Assets have a class, and leave after they came."""
    classes = [row.text("asset_class") for row in rows["asset_classes"]]
    for row in rows["opening_assets"]:
        name = row.text("asset_class")
        if row.ok("asset_class") and name not in classes:
            ledger.error(row.at("asset_class"), f"'{name}'", "an asset class", nearest_mend(name, classes))
        gone, used = row.text("disposed"), row.text("put_into_use")
        if gone and row.ok("disposed", "put_into_use") and gone <= used:
            ledger.error(row.at("disposed"), gone, "a month after put_into_use")


def _check_names(rows: dict[str, list[Row]], ledger: Ledger) -> None:
    """Accounts and line types that are named exist."""
    accounts = [row.text("account") for row in rows["accounts"]]
    for row in rows["line_types"]:
        account = row.text("account")
        if accounts and row.ok("account") and account not in accounts:
            found = f"account '{account}' of {row.text('line_type')} is not in accounts"
            ledger.error(row.at("account"), found, "an account that exists", nearest_mend(account, accounts))
    line_types = [row.text("line_type") for row in rows["line_types"]]
    for row in rows["cost_centres"]:
        named = row.values.get("line_types")
        for name in named if isinstance(named, tuple) else ():
            if name not in line_types:
                mend = nearest_mend(name, line_types)
                ledger.error(row.at("line_types"), f"unknown line type '{name}'", "line types", mend)
