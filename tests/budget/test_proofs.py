"""Finance is proved: one money in every form, and schedules against calculators that are not ours."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from planner import api
from planner.budget import Budget, budget_of
from planner.budget.depreciation import charges
from planner.budget.export.focus import focus_bytes
from planner.budget.export.sql import load
from planner.budget.export.tables import table_files
from planner.budget.export.workbook import workbook_bytes
from planner.budget.fiscal import first_day
from planner.budget.money import cents
from tests.budget.office import SOFFICE, WHY, recalculated
from tests.budget.small import small_plan

ZERO = Decimal(0)


def of_tables(budget: Budget, folder: Path) -> dict[str, Decimal]:
    """Cash and accrual totals by each form of the budget."""
    found = {}
    files = {path.name: data for path, data in table_files(budget, folder, "csv").items()}
    long = pd.read_csv(io.BytesIO(files["budget_lines.csv"]), dtype=str, keep_default_na=False)
    workbook = load_workbook(io.BytesIO(workbook_bytes([budget])), data_only=True)["Budget"]
    rows = [row for row in workbook.iter_rows(min_row=5, values_only=True) if row[0]]
    load(str(folder / "b.sqlite"), [budget])
    focus = pd.read_csv(io.BytesIO(focus_bytes(budget, "1.2")), dtype=str, keep_default_na=False)
    untaxed = focus[focus["ChargeCategory"] != "Tax"]
    with closing(sqlite3.connect(folder / "b.sqlite")) as base:
        for basis in ("cash", "accrual"):
            found[f"long {basis}"] = sum(map(Decimal, long[long["basis"] == basis]["amount_net"]), ZERO)
            wide = [
                pd.read_csv(io.BytesIO(data), dtype=str)
                for name, data in files.items()
                if name.startswith(f"wide_{basis}")
            ]
            found[f"wide {basis}"] = sum((Decimal(value) for table in wide for value in table["total"]), ZERO)
            found[f"workbook {basis}"] = sum(
                (Decimal(repr(float(row[-1]))) for row in rows if row[0] == basis), ZERO
            )
            query = f"SELECT sum(amount_net_cents) FROM budget_line WHERE basis = '{basis}'"
            found[f"sql {basis}"] = Decimal(base.execute(query).fetchone()[0]) / 100
    found["focus cash"] = sum(map(Decimal, untaxed["BilledCost"]), ZERO)
    effective = sum(map(Decimal, focus["EffectiveCost"]), ZERO)
    found["focus accrual"] = effective + budget.total("accrual", "capital")
    return found


@pytest.mark.parametrize("which", ["small", "tiny"])
def test_long_wide_workbook_focus_and_sql_have_the_same_totals(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    given = request.getfixturevalue(which)
    budget = budget_of(given if which == "small" else api.read(given))
    found = of_tables(budget, tmp_path)
    assert len(found) == 10
    for name, amount in found.items():
        assert amount == budget.total(name.split()[1]), name


def test_present_value_is_what_pyxirr_says() -> None:
    """The bridge's discounted terms against XNPV, whose days of 365 stand in for our twelfths of a year."""
    pyxirr = pytest.importorskip("pyxirr")
    plan = small_plan()
    bridge = budget_of(plan).bridge.set_index("term")
    costs = plan.tables["costs"]
    for term in ("energy", "hosting", "purchase"):
        here = costs[costs["term"] == term]
        days = [first_day(2027 * 12 + int(node[5:]) - 1) for node in here["node"]]
        amounts = [0.0, *map(float, here["amount"])]
        theirs = pyxirr.xnpv(0.12, [date(2027, 1, 1), *days], amounts)
        ours = float(bridge.loc[term, "plan_discounted"])
        assert ours == pytest.approx(theirs, rel=6e-4), term  # a month is 30 or 31 days, not a twelfth
        monthly = pyxirr.npv(
            1.12 ** (1 / 12) - 1,
            [float(here[here["node"] == f"2027-{m:02d}"]["amount"].sum()) for m in range(1, 7)],
        )
        assert ours == pytest.approx(monthly, abs=0.02), term  # each row rounded to the cent


@pytest.mark.skipif(SOFFICE is None, reason=WHY)
def test_depreciation_is_what_libreoffice_says(tmp_path: Path) -> None:
    """SLN, SYD and DDB by year, computed by LibreOffice; DDB until the PRC's two even years."""
    cost, residual, years = 261435.82, 13071.79, 5
    sheet = Workbook()
    for year in range(1, years + 1):
        sheet.active.append([f"=SLN({cost},{residual},{years})", f"=SYD({cost},{residual},{years},{year})",
                             f"=DDB({cost},{residual},{years},{year})"])  # fmt: skip
    path = tmp_path / "oracle.xlsx"
    sheet.save(path)
    rows = list(
        load_workbook(recalculated(path, tmp_path), data_only=True).active.iter_rows(values_only=True)
    )
    for column, method in enumerate(("straight_line", "sum_of_years", "double_declining")):
        found = charges(Decimal(str(cost)), Decimal(str(residual)), 12 * years, method)
        for year in range(years if column < 2 else years - 2):
            ours = float(sum(found[12 * year : 12 * year + 12]))
            assert ours == pytest.approx(rows[year][column], abs=0.011), (method, year)


def test_a_random_plan_always_ties_out() -> None:
    """Amounts of any size and any number of parts of a cent."""
    random = np.random.default_rng(7)
    for _ in range(4):
        plan = small_plan()
        costs = plan.tables["costs"].copy()
        scale = 10.0 ** random.integers(-3, 9)
        factors = random.uniform(0.1, 10.0, len(costs)) * scale
        costs["amount"] *= factors
        costs["discounted"] = costs["amount"] * random.uniform(0.5, 1.0, len(costs))
        changed = replace(plan, tables={**plan.tables, "costs": costs}, cost=float(costs["discounted"].sum()))
        budget = budget_of(changed)
        assert budget.balanced
        capital = costs[costs["term"].isin(["purchase", "freight_duty", "vat"])]["amount"]
        expected = sum((Decimal(cents(Decimal(repr(float(value))))) / 100 for value in capital), ZERO)
        assert sum((p.cost for p in budget.purchases), ZERO) == expected
