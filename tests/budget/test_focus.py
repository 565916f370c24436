"""FOCUS rows: three versions, the totals of the budget, and a checker that finds what is broken."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from planner.budget import Budget, budget_of
from planner.budget.export.focus import VERSIONS, focus_bytes, focus_faults, focus_table
from planner.budget.export.focus.columns import FOCUS_COLUMNS, columns_of
from planner.errors import AuditError, InputError
from tests.budget.small import small_plan


@pytest.fixture(scope="module")
def budget() -> Budget:
    return budget_of(small_plan())


def amount(table: pd.DataFrame, name: str) -> Decimal:
    return sum((Decimal(str(value)) for value in table[name]), Decimal(0))


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_are_sound_and_keep_the_totals(version: str, budget: Budget) -> None:
    """Read back from the file as text: billed without tax = cash, tax = VAT, effective = running cost."""
    data = focus_bytes(budget, version)
    table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    assert focus_faults(table, version) == []
    tax = table["ChargeCategory"] == "Tax"
    assert amount(table[~tax], "BilledCost") == budget.total("cash")
    assert amount(table[tax], "BilledCost") == sum(budget.lines["vat_amount"])
    assert amount(table, "EffectiveCost") == budget.total("accrual", "running")
    assert set(table["x_IsForecast"]) == {"true"}
    assert all(text.startswith("FORECAST") for text in table["ChargeDescription"])


def test_the_mandatory_columns_are_as_many_as_the_versions_say() -> None:
    counts = [sum(column.level(version) == "M" for column in FOCUS_COLUMNS) for version in VERSIONS]
    assert counts == [21, 23, 21]


def test_columns_that_came_and_went() -> None:
    names = {version: {column.name for column in columns_of(version)} for version in VERSIONS}
    assert "ProviderName" in names["1.3"] - names["1.4"]
    assert "HostProviderName" in names["1.4"] - names["1.2"]


def test_an_order_is_payments_and_depreciation(budget: Budget) -> None:
    table = focus_table(budget, "1.2")
    far = table[table["ResourceId"] == "far/north/2027-01"]
    bought, used = far[far["ChargeCategory"] == "Purchase"], far[far["ChargeCategory"] == "Usage"]
    assert amount(bought, "BilledCost") == Decimal("261435.82")
    assert amount(bought, "EffectiveCost") == amount(used, "BilledCost") == 0
    assert len(used) == 60


BREAK: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "no billed cost": (lambda t: t.drop(columns="BilledCost"), "column BilledCost is missing"),
    "category": (lambda t: t.assign(ChargeCategory="Foo"), "ChargeCategory: 'Foo' is none of"),
    "currency": (lambda t: t.assign(BillingCurrency="RMB"), "BillingCurrency: 'RMB' is no code"),
    "stray column": (lambda t: t.assign(Mine=1), "column Mine is neither"),
    "empty": (lambda t: t.assign(ServiceName=None), "ServiceName: is empty"),
    "later version": (lambda t: t.assign(HostProviderName="x"), "HostProviderName is not in FOCUS 1.2"),
    "time": (lambda t: t.assign(ChargePeriodStart="2027-01-01"), "is no UTC time"),
    "tags": (lambda t: t.assign(Tags="a=b"), "is no JSON"),
    "number": (lambda t: t.assign(ListCost="NaN"), "is no number"),
    "double counting": (lambda t: t.assign(EffectiveCost=t["BilledCost"]), "no effective cost"),
    "price": (lambda t: t.assign(ListCost=Decimal(7)), "list unit price times quantity"),
    "two months": (lambda t: t.assign(BillingPeriodEnd="2099-01-01T00:00:00Z"), "calendar month"),
    "tax with price": (
        lambda t: t.assign(PricingUnit="Month", PricingQuantity=Decimal(1)),
        "a Tax row has no prices",
    ),
}


@pytest.mark.parametrize("name", BREAK)
def test_the_checker_finds(name: str, budget: Budget) -> None:
    change, says = BREAK[name]
    assert any(says in fault for fault in focus_faults(change(focus_table(budget, "1.2")), "1.2"))


def test_a_currency_that_is_none_is_refused(budget: Budget) -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="RMB is none"):
        focus_bytes(budget_of(replace(small_plan(), currency="RMB")), "1.2")
    assert focus_bytes(budget, "1.4", parquet=True)[:4] == b"PAR1"
    assert issubclass(AuditError, Exception)
