"""The workbook: right values beside live formulas, the same cents when another program computes them."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from planner.budget import Budget, budget_of
from planner.budget.export.files import export_budgets
from planner.budget.export.workbook import workbook_bytes
from planner.inputs.finance import read_finance
from planner.plan import Plan
from tests.budget.office import SOFFICE, WHY, recalculated
from tests.budget.small import small_plan

SETTINGS = """
finance: {fiscal_start_month: 4}
spot_rates:
  a: {currency: USD, rate: 7.3}
asset_classes:
  near: {offer: near, book_method: double_declining, tax_method: sum_of_years, at_end_of_service: keep}
  far: {offer: far, book_method: sum_of_years, tax_method: double_declining, residual_share: 0.1, book_life_months: 84}
opening_assets:
  old: {accelerator: card_n, site: south, cards: 4, cost: 123456.78, put_into_use: 2025-07, asset_class: near,
        disposed: 2027-03}
  older: {accelerator: card_n, site: south, cards: 4, cost: 99999.99, put_into_use: 2020-07, asset_class: near}
cost_centres:
  north: {sites: [north]}
  rest: {}
"""
SHEETS = ["Cover", "Assumptions", "Purchases", "Payments", "AssetRegister", "Depreciation", "TaxDepreciation", "NBV",
          "Opex", "Lines", "Budget", "PlanToBudget", "Compare", "Checks"]  # fmt: skip


@pytest.fixture(scope="module")
def budgets(tmp_path_factory: pytest.TempPathFactory) -> list[Budget]:
    path = tmp_path_factory.mktemp("settings") / "finance.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    finance = read_finance(path)
    return [budget_of(halves(), finance), budget_of(small_plan("2027-03"), finance)]


def halves() -> Plan:
    """The small plan with a domestic price of 66,666.65: 30 % and 90 % of it are half a cent, and 0.3 + 0.3 + 0.3 is
    less than 0.9 in binary."""
    plan = small_plan()
    orders, costs = plan.tables["orders"].copy(), plan.tables["costs"].copy()
    orders.loc[1, "price_per_card"] = 33333.325
    costs.loc[(costs["term"] == "purchase") & (costs["node"] == "2027-02"), "amount"] = 66666.65
    return replace(plan, tables={**plan.tables, "orders": orders, "costs": costs})


@pytest.fixture(scope="module")
def written(budgets: list[Budget], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "budget.xlsx"
    export_budgets(budgets, "xlsx", str(path))
    return path


def cells(path: Path, *, values: bool) -> dict[tuple[str, str], Any]:
    book = load_workbook(path, data_only=values)
    return {
        (sheet.title, cell.coordinate): cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def test_every_sheet_has_its_header_in_view(written: Path) -> None:
    book = load_workbook(written)
    assert book.sheetnames == SHEETS
    assert all(sheet.freeze_panes for sheet in book)
    assert {"depreciation_lag_months", "class_near_residual_share", "terms_usual_deposit"} <= set(
        book.defined_names
    )
    assert len(book["Cover"]._charts) == 2


def test_depreciation_is_live_and_its_cached_values_are_the_budget(
    written: Path, budgets: list[Budget]
) -> None:
    formulas, values = cells(written, values=False), cells(written, values=True)
    live = [place for place, cell in formulas.items() if place[0] == "Depreciation" and cell.data_type == "f"]
    assert len(live) > 100
    rows = {
        values["Depreciation", f"A{row}"].value: values["Depreciation", f"C{row}"].value
        for row in range(5, 9)
    }
    for name, found in rows.items():
        charged = sum(r.depreciation for r in budgets[0].months if r.asset == name and r.book == "book")
        assert Decimal(repr(found)) == charged


def test_a_name_that_looks_like_a_formula_is_text_and_stays_so_when_edited(written: Path) -> None:
    found = [cell for (sheet, _), cell in cells(written, values=False).items() if cell.value == "=Far & Co"]
    assert found
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in found)


def test_the_checks_are_zero(written: Path) -> None:
    values = cells(written, values=True)
    assert "yes" in [cell.value for (sheet, _), cell in values.items() if sheet == "Checks"]
    differences = [cell.value for (sheet, place), cell in values.items()
                   if sheet == "Checks" and place.startswith("D") and isinstance(cell.value, int | float)]  # fmt: skip
    assert len(differences) > 12
    assert not any(differences)


def test_the_budget_sheet_adds_up_to_the_lines(written: Path, budgets: list[Budget]) -> None:
    book = load_workbook(written, data_only=True)
    rows = [
        row for row in book["Budget"].iter_rows(min_row=5, values_only=True) if row[0] in ("cash", "accrual")
    ]
    for basis in ("cash", "accrual"):
        found = sum((Decimal(repr(float(row[-1]))) for row in rows if row[0] == basis), Decimal(0))
        assert found == budgets[0].total(basis)


def test_the_same_budget_gives_the_same_bytes() -> None:
    first, second = (workbook_bytes([budget_of(small_plan())]) for _ in range(2))
    assert first == second


@pytest.mark.skipif(SOFFICE is None, reason=WHY)
def test_libreoffice_computes_the_same_cents(written: Path, tmp_path: Path) -> None:
    """Two thousand formulas, all three methods, both books. First one cached value is made wrong, to see that it is
    computed again and not read."""
    spoilt = tmp_path / "budget.xlsx"
    spoilt.write_bytes(_with_a_wrong_value(written.read_bytes()))
    formulas, cached = cells(written, values=False), cells(written, values=True)
    again = cells(recalculated(spoilt, tmp_path), values=True)
    compared = 0
    for place, cell in formulas.items():
        if cell.data_type == "f":
            ours, theirs = cached[place].value, again[place].value
            if isinstance(ours, int | float):
                assert round(ours, 6) == pytest.approx(theirs, abs=1e-6), (place, cell.value)
            else:
                assert ours == theirs, (place, cell.value)
            compared += 1
    assert compared > 1500


def _with_a_wrong_value(data: bytes) -> bytes:
    """The verdict on Checks set to NO."""
    import zipfile

    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            body = source.read(item)
            if item.filename.startswith("xl/worksheets/"):
                body = body.replace(b"<v>yes</v>", b"<v>NO</v>")
            target.writestr(item, body)
    changed = out.getvalue()
    assert changed != data
    return changed
