"""Changes that mean nothing give the same case: order, encoding marks, line ends, quotes, formats."""

from __future__ import annotations

import datetime
import random
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inputs_folders import FOLDERS, TABLES, csv_text, rows_of, write

from planner.inputs import Case, load_case
from planner.tables import Column


@pytest.fixture(scope="module", params=sorted(FOLDERS))
def given(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], Case]:
    texts = FOLDERS[request.param]
    return texts, load_case(write(tmp_path_factory.mktemp(request.param), texts))


def tabular(texts: dict[str, str]) -> dict[str, list[list[str]]]:
    return {name.removesuffix(".csv"): rows_of(text) for name, text in texts.items() if name.endswith(".csv")}


def rewritten(texts: dict[str, str], change: object, folder: Path) -> Case:
    assert callable(change)
    return load_case(write(folder, {name: change(name, text) for name, text in texts.items()}))


def shuffled_rows(name: str, text: str) -> str:
    if not name.endswith(".csv"):
        return text
    header, *rows = rows_of(text)
    return csv_text([header, *random.Random(1).sample(rows, len(rows))])


def shuffled_columns(name: str, text: str) -> str:
    if not name.endswith(".csv"):
        return text
    rows = rows_of(text)
    order = random.Random(2).sample(range(len(rows[0])), len(rows[0]))
    return csv_text([[row[at] for at in order] for row in rows])


def with_comments(name: str, text: str) -> str:
    mark = "# a comment, with commas\n\n"
    return mark + text.replace("\n", f"\n{mark}") if name.endswith(".csv") else "# a comment\n" + text


def quoted(name: str, text: str) -> str:
    if not name.endswith(".csv"):
        return text
    return "".join(",".join(f'" {cell} "' for cell in row) + "\n" for row in rows_of(text))


CHANGES = {
    "row order": shuffled_rows,
    "column order": shuffled_columns,
    "byte order mark": lambda _, text: "\ufeff" + text,
    "windows lines": lambda _, text: text.replace("\n", "\r\n"),
    "no last line end": lambda _, text: text.rstrip("\n"),
    "comments": with_comments,
    "quotes and blanks": quoted,
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_the_same_case(given: tuple[dict[str, str], Case], name: str, tmp_path: Path) -> None:
    texts, case = given
    assert rewritten(texts, CHANGES[name], tmp_path) == case


def typed(column: Column, cell: str, dates: bool) -> object:
    """A cell as a spreadsheet or a data frame would hold it."""
    if cell == "":
        return None
    if column.kind in ("number", "share"):
        return float(cell)
    if column.kind == "whole":
        return int(cell)
    if column.kind == "flag":
        return cell == "true"
    if column.kind == "month" and dates and "-" in cell:
        return datetime.date(int(cell[:4]), int(cell[5:]), 1)
    return cell


def typed_rows(table: str, rows: list[list[str]], dates: bool) -> list[list[object]]:
    columns = [TABLES[table].column(name) for name in rows[0]]
    return [
        [typed(column, cell, dates) for column, cell in zip(columns, row, strict=True)] for row in rows[1:]
    ]


def without_csv(texts: dict[str, str], folder: Path) -> Path:
    return write(folder, {name: text for name, text in texts.items() if not name.endswith(".csv")})


@pytest.mark.parametrize("name", ["tables.xlsx", "the-case.xlsx"])
def test_one_workbook(given: tuple[dict[str, str], Case], name: str, tmp_path: Path) -> None:
    texts, case = given
    folder = without_csv(texts, tmp_path / "the-case")
    book = openpyxl.Workbook()
    book.active.title = "README"
    for table, rows in tabular(texts).items():
        sheet = book.create_sheet(table)
        for row in [rows[0], *typed_rows(table, rows, dates=True)]:
            sheet.append(row)
    book.save(folder / name)
    assert load_case(folder) == case


def test_a_workbook_per_table(given: tuple[dict[str, str], Case], tmp_path: Path) -> None:
    texts, case = given
    folder = without_csv(texts, tmp_path)
    for table, rows in tabular(texts).items():
        book = openpyxl.Workbook()
        for row in [rows[0], *typed_rows(table, rows, dates=False)]:
            book.active.append(row)
        book.save(folder / f"{table}.xlsx")
    assert load_case(folder) == case


@pytest.mark.parametrize("dates", [True, False])
def test_parquet(given: tuple[dict[str, str], Case], dates: bool, tmp_path: Path) -> None:
    texts, case = given
    folder = without_csv(texts, tmp_path)
    for table, rows in tabular(texts).items():
        cells = zip(*typed_rows(table, rows, dates and "*" not in str(rows)), strict=True)
        columns = {name: pa.array(list(values)) for name, values in zip(rows[0], cells, strict=True)}
        pq.write_table(pa.table(columns), folder / f"{table}.parquet")
    assert load_case(folder) == case


def test_excel_serials_are_months(tmp_path: Path) -> None:
    texts = FOLDERS["monthly"]
    folder = write(tmp_path, texts)
    (folder / "prices.csv").unlink()
    book = openpyxl.Workbook()
    book.active.append(["offer", "period", "price_per_card"])
    book.active.append(["h20", 46419, 12500])  # 46419 days after 1899-12-30 is 2027-02-01
    book.active.append(["h20", datetime.datetime(2027, 3, 1), 12000])
    book.save(folder / "prices.xlsx")
    assert [row["period"] for row in load_case(folder).records("prices")] == ["2027-02", "2027-03"]


def test_months_of_a_quarterly_case(tmp_path: Path) -> None:
    texts = {name: text.replace("2027Q2", "2027-04").replace("2027Q1", "2027-01")
             for name, text in FOLDERS["quarterly"].items()}  # fmt: skip
    assert load_case(write(tmp_path, texts)).periods == ("2027Q1", "2027Q2")


def test_records_in_another_order_and_style(tmp_path: Path) -> None:
    texts = dict(FOLDERS["quarterly"])
    texts["workloads.yaml"] = (
        "workloads: {w: {unmet_penalty_per_mtok: 1.0e1, length_profile: 'short', "
        'service_class: "agent", llm: qwen3-8b, note: ~}}\n'
    )
    assert load_case(write(tmp_path / "b", texts)) == load_case(write(tmp_path / "a", FOLDERS["quarterly"]))
