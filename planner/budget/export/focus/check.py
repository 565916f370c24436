"""Our checker of FOCUS rows, from the column table, for every version we write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from planner.budget.export.focus.columns import FocusColumn, column_named, columns_of
from planner.budget.export.focus.currencies import CURRENCIES

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
MOST_PER_RULE = 3  # faults of one kind that are told


def focus_faults(table: pd.DataFrame, version: str) -> list[str]:
    """What is wrong with rows as FOCUS of that version; empty when nothing is.

    Absent values are None or empty text. Values may be text, as read from CSV, or typed.
    """
    faults = _columns(table, version)
    rows: list[dict[str, Any]] = table.astype(object).where(table.notna(), None).to_dict("records")  # type: ignore[assignment]
    for column in columns_of(version):
        if column.name in table.columns:
            wrong = [
                f"row {at + 1}, {column.name}: {fault}"
                for at, row in enumerate(rows)
                if (fault := _value_fault(column, row[column.name]))
            ]
            faults += wrong[:MOST_PER_RULE]
    if not faults:
        for name, rule in _RULES.items():
            wrong = [f"row {at + 1}: {name}" for at, row in enumerate(rows) if not rule(row)]
            faults += wrong[:MOST_PER_RULE]
    return faults


def _columns(table: pd.DataFrame, version: str) -> list[str]:
    """Mandatory columns are there, and none that the version does not have."""
    names = list(table.columns)
    faults = [
        f"column {column.name} is missing"
        for column in columns_of(version)
        if column.level(version) == "M" and column.name not in names
    ]
    for name in names:
        known = column_named(str(name))
        if known is None and not str(name).startswith("x_"):
            faults.append(f"column {name} is neither of FOCUS nor named x_...")
        elif known is not None and known.level(version) == "-":
            faults.append(f"column {name} is not in FOCUS {version}")
    return faults


def _absent(value: Any) -> bool:
    return value is None or value == ""


def _value_fault(column: FocusColumn, value: Any) -> str:  # noqa: PLR0911 - one per kind
    if _absent(value):
        return "" if column.nullable else "is empty"
    if column.allowed and value not in column.allowed:
        return f"{value!r} is none of {', '.join(column.allowed)}"
    if column.kind == "decimal":
        return "" if _number(value) is not None else f"{value!r} is no number"
    if column.kind == "datetime":
        return (
            "" if _MOMENT.fullmatch(str(value)) else f"{value!r} is no UTC time such as 2027-01-01T00:00:00Z"
        )
    if column.kind == "currency":
        return "" if value in CURRENCIES else f"{value!r} is no code of ISO 4217"
    if column.kind == "json":
        try:
            return "" if isinstance(json.loads(str(value)), dict) else f"{value!r} is no object"
        except json.JSONDecodeError:
            return f"{value!r} is no JSON"
    return ""


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _amount(row: dict[str, Any], name: str) -> Decimal:
    return _number(row.get(name)) or Decimal(0)


def _moment(row: dict[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(str(row[name]))


def _is_month(row: dict[str, Any]) -> bool:
    start, end = _moment(row, "BillingPeriodStart"), _moment(row, "BillingPeriodEnd")
    months = 12 * (end.year - start.year) + end.month - start.month
    return start.day == end.day == 1 and months == 1


def _unit_price(row: dict[str, Any], price: str, cost: str) -> bool:
    if _absent(row.get(price)) or _absent(row.get("PricingQuantity")):
        return True
    return _amount(row, price) * _amount(row, "PricingQuantity") == _amount(row, cost)


_PRICING = ("PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice", "ContractedUnitPrice")
_RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "a period ends after it starts": lambda row: all(
        _moment(row, f"{which}PeriodStart") < _moment(row, f"{which}PeriodEnd")
        for which in ("Billing", "Charge")
    ),
    "the billing period is a calendar month": _is_month,
    "a Tax row has no prices": lambda row: (
        row["ChargeCategory"] != "Tax" or all(_absent(row.get(name)) for name in _PRICING)
    ),
    "a Purchase or Usage row has a quantity and a unit": lambda row: (
        row["ChargeCategory"] not in ("Purchase", "Usage")
        or not any(_absent(row.get(name)) for name in _PRICING[:2])
    ),
    "a Usage row says what was consumed, others do not": lambda row: (
        (row["ChargeCategory"] == "Usage") != _absent(row.get("ConsumedQuantity"))
    ),
    "quantity and unit come together": lambda row: (
        _absent(row.get("PricingQuantity")) == _absent(row.get("PricingUnit"))
        and _absent(row.get("ConsumedQuantity")) == _absent(row.get("ConsumedUnit"))
    ),
    "a Purchase that covers later use has no effective cost": lambda row: (
        row["ChargeCategory"] != "Purchase" or _amount(row, "EffectiveCost") == 0
    ),
    "list unit price times quantity is the list cost": lambda row: _unit_price(
        row, "ListUnitPrice", "ListCost"
    ),
    "contracted unit price times quantity is the contracted cost": lambda row: _unit_price(
        row, "ContractedUnitPrice", "ContractedCost"
    ),
    "a resource has a type, none has none": lambda row: (
        _absent(row.get("ResourceId")) == _absent(row.get("ResourceType"))
    ),
}
