"""Files that are no files, in the wrong encoding, or made to hurt: a clear error, quickly, without much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inputs_folders import MONTHLY, write

from planner.errors import InputError, Problem, UnreachableError
from planner.inputs import check_case, load_case

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "monthly", MONTHLY)


def only_problem(folder: Path, file: str, replaced: bytes | None = None) -> Problem:
    """The one error of a folder, which names the file."""
    if replaced is not None:
        (folder / file).write_bytes(replaced)
    errors, _ = check_case(folder)
    assert [Path(error.file).name for error in errors] == [file], errors
    return errors[0]


@pytest.mark.parametrize("file", ["demand.csv", "sites.yaml", "tables.xlsx", "prices.parquet", "case.yaml"])
def test_a_pipe_does_not_hang(folder: Path, file: str) -> None:
    for other in (folder / file, (folder / file).with_suffix(".csv")):
        other.unlink(missing_ok=True)
    os.mkfifo(folder / file)
    code = f"from planner.inputs import check_case\nfor p in check_case({str(folder)!r})[0]: print(p)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, timeout=20, capture_output=True, text=True, check=True
    )
    assert f"{file}: is a named pipe; expected a regular file." in done.stdout


def test_a_folder_in_place_of_a_file(folder: Path) -> None:
    (folder / "fx.csv").unlink()
    (folder / "fx.csv").mkdir()
    assert "a folder" in only_problem(folder, "fx.csv").found


def test_a_device_and_a_dead_link(folder: Path) -> None:
    (folder / "fx.csv").unlink()
    (folder / "fx.csv").symlink_to("/dev/zero")
    assert "a device" in only_problem(folder, "fx.csv").found
    (folder / "fx.csv").unlink()
    (folder / "fx.csv").symlink_to(folder / "nowhere")
    assert "cannot be opened" in only_problem(folder, "fx.csv").found


def test_a_giant_is_not_read(folder: Path) -> None:
    for file, size in (("fx.csv", 2**33), ("sites.yaml", 9 * 2**20)):
        with (folder / file).open("r+b") as handle:
            handle.truncate(size)
    found = {Path(error.file).name: error.found for error in check_case(folder)[0]}
    assert found == {"fx.csv": "8192.0 MiB", "sites.yaml": "9.0 MiB"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("currency,period,rate\nUSD,*,7.1\n".encode("utf-16"), "UTF-16"),
        (b"currency,period,rate\nUSD,*,7.1\xe9\n", "not UTF-8 at byte 30, line 2 (0xe9)"),
        (b"currency,period,rate\nUSD,*,7.1\x00\n", "NUL byte at byte 30, line 2"),
        (b"\xef\xbb\xbfcurrency,period,rate\nUSD,*,7.1\xff\n", "at byte 33, line 2"),
    ],
)
def test_other_encodings_are_named_with_their_place(folder: Path, data: bytes, words: str) -> None:
    assert words in only_problem(folder, "fx.csv", data).found


def test_gbk_is_guessed(folder: Path) -> None:
    text = "currency,period,rate,source\nUSD,*,7.1,中国人民银行\n"
    assert "GBK" in only_problem(folder, "fx.csv", text.encode("gbk")).mend


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("demnad.csv", "Nearest: 'demand'"),
        ("zzz.docx", "dot"),
        ("offers.xls", "Save it as"),
        ("demand.yaml", "Save it as"),
        ("case.json", "Save it as YAML"),
        ("extra", "dot"),
    ],
)
def test_files_that_are_no_tables(folder: Path, name: str, words: str) -> None:
    assert words in only_problem(folder, name, b"x").mend


def test_files_for_people_are_passed_over(folder: Path) -> None:
    for name in ("README", "README.txt", "notes.md", ".hidden", "~$tables.xlsx", "offers.csv~"):
        (folder / name).write_bytes(b"\xff\x00")
    (folder / "runs").mkdir()
    assert check_case(folder) == ([], [])


def test_two_formats_of_one_table(folder: Path) -> None:
    (folder / "sites.csv").write_text("site\neast\nwest\n", encoding="utf-8")
    (error,) = check_case(folder)[0]
    assert "sites.csv" in error.found
    assert "sites.yaml" in error.found


def test_a_missing_folder_and_a_file_for_a_folder(folder: Path) -> None:
    for path in (folder / "nowhere", folder / "case.yaml"):
        with pytest.raises(UnreachableError, match="cannot be read"):
            load_case(path)


def test_an_empty_folder_lists_what_a_case_needs(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_case(tmp_path)
    names = {Path(problem.file).name for problem in caught.value.problems}
    assert names == {"case.yaml", "sites.yaml", "workloads.yaml", "routes.csv", "demand.csv", "offers.csv"}


def workbook(rows: list[list[object]], **cells: object) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "fx"
    for row in rows:
        sheet.append(row)
    for place, value in cells.items():
        sheet[place] = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


FX = [["currency", "period", "rate"], ["USD", "*", 7.1]]


@pytest.mark.parametrize(
    ("cells", "words", "where"),
    [
        ({"C2": "=1+6"}, "formula whose result was never saved", "sheet fx row 2"),
        ({"C2": "#REF!"}, "the error #REF!", "sheet fx row 2"),
        ({"XFD1048576": 1}, "more than 200,000 rows", "sheet fx row 1048576"),
        ({"ZZ3": 1}, "column 702", "sheet fx row 3"),
        ({"E2": 1}, "column 5", "sheet fx row 2"),
        ({"C2": True}, "'True'", "sheet fx row 2"),
    ],
)
def test_cells_of_a_workbook_that_are_no_values(
    folder: Path, cells: dict[str, object], words: str, where: str
) -> None:
    (folder / "fx.csv").unlink()
    problem = only_problem(folder, "fx.xlsx", workbook(FX, **cells))
    assert words in problem.found
    assert problem.where == where


def zipped(size: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"PK\x03\x04 no zip", workbook(FX)[:-300], zipped(200 * 2**20), zipped(10)],
    ids=["empty", "text", "half a head", "cut", "bomb", "no book"],
)
def test_workbooks_that_are_none(folder: Path, data: bytes) -> None:
    (folder / "fx.csv").unlink()
    assert only_problem(folder, "fx.xlsx", data).found


def parquet(table: pa.Table) -> bytes:
    out = BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


GOOD_FX = pa.table({"currency": ["USD"], "period": ["*"], "rate": [7.1]})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello", "cannot be read as Parquet"),
        (parquet(GOOD_FX)[:-9], "cannot be read as Parquet"),
        (parquet(pa.table({"rate": pa.nulls(300_000, pa.float64())})), "300,000 rows"),
        (parquet(GOOD_FX.append_column("rates", pa.array([1.0]))), "unknown column 'rates'"),
        (parquet(GOOD_FX.set_column(2, "rate", pa.array([float("nan")]))), "NaN"),
        (parquet(GOOD_FX.set_column(2, "rate", pa.array([float("inf")]))), "inf"),
        (parquet(GOOD_FX.set_column(2, "rate", pa.array([{"a": 1}]))), "a dict"),
        (parquet(GOOD_FX.set_column(2, "rate", pa.array([True]))), "True"),
        (parquet(GOOD_FX.set_column(0, "currency", pa.array([b"USD"]))), "a bytes"),
    ],
    ids=["text", "cut", "rows", "column", "nan", "infinite", "mapping", "flag", "bytes"],
)
def test_parquet_that_is_not_the_table(folder: Path, data: bytes, words: str) -> None:
    (folder / "fx.csv").unlink()
    (folder / "fx.parquet").write_bytes(data)
    errors, _ = check_case(folder)
    mine = [error for error in errors if Path(error.file).name == "fx.parquet"]
    assert any(words in error.found for error in mine), errors


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("sites.yaml", "x: [" + "1," * 1_000_000 + "]", "more than 200,000 values"),
        ("routes.csv", MONTHLY["routes.csv"] + "\n" * 1_100_000, "more than 1,000,000 lines"),
        ("routes.csv", MONTHLY["routes.csv"] + "a," * 1_000_000, "a line of 2,000,000 characters"),
        ("routes.csv", MONTHLY["routes.csv"] + "a,b,x\n" * 5_000, "more problems than are shown"),
    ],
    ids=["yaml nodes", "empty lines", "one line", "all wrong"],
)
def test_bombs_of_text_are_refused_early(folder: Path, file: str, text: str, words: str) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    errors, _ = check_case(folder)
    assert {Path(error.file).name for error in errors} == {file}
    assert words in errors[-1].found
