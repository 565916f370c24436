"""Long and wide tables and presets: the same totals, no formulas, unknown names in a list."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from planner.budget import budget_of
from planner.budget.export.columnar import parquet_of
from planner.budget.export.files import export_budgets
from planner.budget.export.mapped import mapped_rows, mapping_of, preset_names
from planner.budget.export.options import ExportOptions
from planner.budget.export.tables import preset_bytes, table_files
from planner.budget.export.text import STARTS, csv_of, delimited
from planner.errors import AuditError, InputError, UnreachableError
from planner.inputs.finance import read_finance
from planner.plan import Plan
from tests.budget.small import small_plan

ZERO = Decimal(0)


def rows_of(data: bytes, separator: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator))


def test_long_is_wide_is_parquet(small: Plan, tmp_path: Path) -> None:
    budget = budget_of(small)
    files = {path.name: data for path, data in table_files(budget, tmp_path, "csv").items()}
    for basis in ("cash", "accrual"):
        expected = budget.total(basis)
        long = sum(
            (Decimal(r["amount_net"]) for r in rows_of(files["budget_lines.csv"]) if r["basis"] == basis),
            ZERO,
        )
        wide = [
            row for name, data in files.items() if name.startswith(f"wide_{basis}_") for row in rows_of(data)
        ]
        periods = sum((Decimal(row[f"P{i:02d}"]) for row in wide for i in range(1, 13)), ZERO)
        assert long == expected == sum((Decimal(row["total"]) for row in wide), ZERO) == periods
    table = parquet.read_table(io.BytesIO(parquet_of(budget.lines)))
    assert str(table.schema.field("amount_net").type) == "decimal128(18, 2)"
    assert sum(table["amount_net"].to_pylist()) == sum(budget.lines["amount_net"])


def test_the_same_budget_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (table_files(budget_of(small_plan()), tmp_path, "parquet") for _ in range(2))
    assert first == second


def test_text_that_looks_like_a_formula_is_neutral_and_numbers_stay_numbers(small: Plan) -> None:
    """The maker of the imported card is named '=Far & Co'."""
    budget = budget_of(small)
    rows = rows_of(csv_of(budget.lines))
    assert {row["supplier"] for row in rows} == {"'=Far & Co", "Near"}
    assert any(row["vat_amount"].startswith("-") for row in rows)
    assert {row["supplier"] for row in rows_of(csv_of(budget.lines, raw=True))} == {"=Far & Co", "Near"}
    assert csv_of(budget.lines, bom=True).startswith(b"\xef\xbb\xbf")


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n＝＋－＠\"',;ab"), min_size=1, max_size=8))
def test_no_text_begins_a_cell_with_a_formula(text: str) -> None:
    ((found,),) = list(csv.reader(io.StringIO(delimited([[text]]).decode(), newline="")))
    assert not found.startswith(STARTS)
    assert found in (text, f"'{text}")


def amounts_of(rows: list[list[object]]) -> Decimal:
    return sum((cell for row in rows for cell in row if isinstance(cell, Decimal)), ZERO)


@pytest.mark.parametrize(
    "name", ["sap_s4_plan", "oracle_epm_planning", "anaplan_module", "adaptive_standard"]
)
@pytest.mark.parametrize("periods", [12, 13])
def test_presets_keep_the_total(name: str, periods: int, small: Plan, tmp_path: Path) -> None:
    path = tmp_path / "finance.yaml"
    path.write_text(f"finance:\n  fiscal_periods: {periods}\n  fiscal_start_month: 4\n", encoding="utf-8")
    budget = budget_of(small, read_finance(path))
    for basis in ("cash", "accrual"):
        rows = mapped_rows(budget.lines, mapping_of(name), basis, periods)
        assert amounts_of(rows) == budget.total(basis)
        assert len({len(row) for row in rows}) == 1
    assert "starting point" in preset_bytes(budget, name, "cash")[1]


def test_presets_have_the_shapes_their_systems_ask_for(small: Plan) -> None:
    assert preset_names() == ["adaptive_standard", "anaplan_module", "oracle_epm_planning", "sap_s4_plan"]
    lines = budget_of(small).lines
    sap = mapped_rows(lines, mapping_of("sap_s4_plan"), "cash", 12)
    assert sap[0][:2] == ["RLDNR", "RBUKRS"]
    assert set(sap[2]) == {"x", ""}, "the third row marks the scope"
    oracle = mapped_rows(lines, mapping_of("oracle_epm_planning"), "cash", 12)
    assert oracle[0][:3] == ["Account", "Jan", "Feb"]
    assert oracle[0][12:] == ["Dec", "Point-of-View", "Data Load Cube Name"]
    adaptive = mapped_rows(lines, mapping_of("adaptive_standard"), "cash", 12)
    assert adaptive[0][:4] == ["Account", "Level", "Split Label", "01/2027"]


def test_a_mapping_names_every_account_it_lacks(tmp_path: Path, small: Plan) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "mapping:\n  name: mine\n  label: ours\n  shape: long\n  sign: negative\n"
        'columns:\n  a: {header: Account, value: "{gl_account}"}\n  v: {header: Value, value: "{amount}"}\n'
        "members:\n  6401: {kind: account, name: Cost}\n  1601: {kind: account, name: Assets}\n"
        "  6115: {kind: account, name: Disposals}\n",
        encoding="utf-8",
    )
    budget = budget_of(small)
    with pytest.raises(InputError) as caught:
        preset_bytes(budget, str(path), "cash")
    assert [p.found for p in caught.value.problems] == [
        f"no name for account '{n}'" for n in (1123, 1604, 2221)
    ]
    rows = rows_of(preset_bytes(budget, str(path), "accrual")[0])
    assert {row["Account"] for row in rows} == {"Cost", "Assets", "Disposals"}
    assert sum((Decimal(row["Value"]) for row in rows), ZERO) == -budget.total("accrual")
    path.write_text("mapping:\n  name: m\n  label: l\n  shape: long\ncolumns:\n  a: {value: '{gl_acount}'}\n")
    with pytest.raises(InputError, match=r"unknown field \{gl_acount\}.*Nearest: 'gl_account'"):
        mapping_of(str(path))


def test_nothing_is_overwritten_unasked_and_nothing_wrong_is_written(tmp_path: Path, small: Plan) -> None:
    budget = budget_of(small)
    export_budgets([budget], "csv", str(tmp_path / "out"))
    with pytest.raises(UnreachableError, match="is there already"):
        export_budgets([budget], "csv", str(tmp_path / "out"))
    export_budgets([budget], "csv", str(tmp_path / "out"), ExportOptions(force=True))
    budget.checks.loc[0, "difference"] = Decimal("0.01")
    with pytest.raises(AuditError, match="does not tie out"):
        export_budgets([budget], "csv", str(tmp_path / "other"))
    assert not (tmp_path / "other").exists()
    assert isinstance(pd.read_csv(tmp_path / "out" / "checks.csv")["difference"].sum(), float)


@pytest.mark.parametrize("terms", [["hosting", "energy"], []])
def test_a_plan_without_orders_or_money_is_written_too(terms: list[str], tmp_path: Path) -> None:
    plan = small_plan()
    costs = plan.tables["costs"]
    less = small_plan(orders=plan.tables["orders"][:0], costs=costs[costs["term"].isin(terms)])
    budget = budget_of(less)
    assert budget.balanced
    for target in ("csv", "parquet", "xlsx", "focus", "sql"):
        assert export_budgets([budget], target, str(tmp_path / target)).written
    assert budget.total("cash", "capital") == 0
