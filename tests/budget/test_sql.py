"""Databases: exact totals, the same load twice, nothing half written, ten writers at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from planner.budget import Budget, budget_of
from planner.budget.export.sql import load
from planner.budget.export.sql.postgres import shown
from planner.budget.money import cents
from planner.errors import UnreachableError
from tests.budget.server import WHY, binaries, server
from tests.budget.small import small_plan

Query = Callable[[str], list[tuple[Any, ...]]]
STARTS = [
    "2027-01",
    "2027-02",
    "2027-03",
    "2027-04",
    "2027-05",
    "2027-06",
    "2027-07",
    "2027-08",
    "2027-09",
    "2027-10",
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if binaries() is None:
        pytest.skip(WHY)
    pytest.importorskip("psycopg")
    with server() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Query]:
    if request.param == "sqlite":
        path = tmp_path / "budgets.sqlite"

        def ask(text: str) -> list[tuple[Any, ...]]:
            with closing(sqlite3.connect(path)) as connection:
                return connection.execute(text).fetchall()

        return str(path), ask
    found = request.getfixturevalue("address")
    import psycopg

    def query(text: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(found, options="-c search_path=capplan") as connection:
            return connection.execute(text).fetchall()  # type: ignore[call-overload,no-any-return]

    with psycopg.connect(found) as connection:
        connection.execute("DROP SCHEMA IF EXISTS capplan CASCADE")
    return found, query


@pytest.fixture(scope="module")
def budget() -> Budget:
    return budget_of(small_plan())


def counts(ask: Query) -> dict[str, int]:
    tables = (
        "budget",
        "budget_line",
        "purchase",
        "payment",
        "balance",
        "asset",
        "asset_month",
        "cost_term",
        "budget_check",
    )
    return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


def test_totals_are_exact_and_a_second_load_changes_nothing(
    database: tuple[str, Query], budget: Budget
) -> None:
    place, ask = database
    load(place, [budget])
    first = counts(ask)
    assert first["budget_line"] == len(budget.lines)
    load(place, [budget])
    assert counts(ask) == first
    for basis in ("cash", "accrual"):
        ((net, vat, gross),) = ask(
            f"SELECT sum(amount_net_cents), sum(vat_amount_cents), sum(amount_gross_cents) FROM budget_line "
            f"WHERE basis = '{basis}'"
        )
        assert int(net) == cents(budget.total(basis))
        assert net + vat == gross
    ((shown_net,),) = ask("SELECT sum(amount_net) FROM budget_line_amounts WHERE basis = 'cash'")
    assert abs(Decimal(str(shown_net)) - budget.total("cash")) < Decimal("0.005")
    assert ask("SELECT vendor FROM purchase ORDER BY order_id")[0][0] == "=Far & Co", "text is kept as it is"


def test_keys_hold(database: tuple[str, Query], budget: Budget) -> None:
    """A row cannot be there twice, and no line is without its budget."""
    place, ask = database
    load(place, [budget])
    columns = "run_id, version, scenario, term"
    if place.startswith("postgresql"):
        import psycopg

        wrong: type[Exception] = psycopg.errors.IntegrityError
    else:
        wrong = sqlite3.IntegrityError
    with pytest.raises(wrong):
        ask(f"INSERT INTO cost_term ({columns}) SELECT {columns} FROM cost_term RETURNING term")


@pytest.fixture(scope="module")
def budgets() -> list[Budget]:
    return [budget_of(small_plan(start)) for start in STARTS]


def test_ten_writers_at_once_lose_nothing(database: tuple[str, Query], budgets: list[Budget]) -> None:
    """Ten budgets, each loaded by two writers at the same time into a database that is not there yet."""
    place, ask = database
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda budget: load(place, [budget]), [*budgets, *budgets]))
    assert counts(ask)["budget"] == 10
    assert counts(ask)["budget_line"] == sum(len(budget.lines) for budget in budgets)
    rows = ask("SELECT run_id, sum(amount_net_cents) FROM budget_line GROUP BY run_id")
    assert {run: int(amount) for run, amount in rows} == {
        budget.run.run_id: cents(sum(budget.lines["amount_net"], Decimal(0))) for budget in budgets
    }


def test_a_load_that_fails_leaves_what_was_there(database: tuple[str, Query], budget: Budget) -> None:
    place, ask = database
    load(place, [budget])
    before = counts(ask)
    twice = replace(budget, payments=(*budget.payments, budget.payments[0]))
    with pytest.raises(UnreachableError, match="cannot be written"):
        load(place, [twice])
    assert counts(ask) == before


def test_what_is_no_database_is_refused(tmp_path: Path, budget: Budget) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the kind " * 100)
    with pytest.raises(UnreachableError, match="not a database"):
        load(str(path), [budget])
    pytest.importorskip("psycopg")
    with pytest.raises(UnreachableError, match="cannot be written"):
        load(f"postgresql://nobody@/none?host={tmp_path}", [budget])


def test_passwords_are_not_shown() -> None:
    assert shown("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    assert shown("postgresql://host/db?password=secret") == "postgresql://host/db?password=***"
