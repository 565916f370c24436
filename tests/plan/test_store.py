"""A run on disk: whole or absent, the same bytes for the same plan, no formulas, no silent change."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from plan_case import COST, RESIDUAL, plan

from planner.errors import InputError, UnreachableError
from planner.plan import audit, read_run, store, write_run
from planner.plan.encode import as_csv
from planner.plan.render import render_plan


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its name in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def records(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with the plan made by hand."""
    folder = tmp_path / "runs" / "hand"
    write_run(plan(), folder)
    return folder


def test_what_is_read_is_what_was_written(run: Path) -> None:
    before, after = plan(), read_run(run)
    for name in (
        "case",
        "status",
        "cost",
        "bound",
        "certified_bound",
        "claimed_bound",
        "gap",
        "warnings",
        "stop_reason",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert set(after.tables) == set(before.tables)
    assert set(after.given) == set(before.given)
    for name, table in before.tables.items():
        key = [column for column in table.columns if table[column].dtype != float]
        plain = table.astype(object).where(table.notna(), None)
        pd.testing.assert_frame_equal(
            after.tables[name].astype(object).sort_values(key, ignore_index=True),
            plain.sort_values(key, ignore_index=True),
        )
    assert audit(after.given, after.tables, after.cost, after.bound).clean
    assert render_plan(after) == render_plan(before)


def test_the_same_plan_gives_the_same_bytes_whatever_the_order_of_rows(run: Path, tmp_path: Path) -> None:
    turned = {
        name: table.iloc[::-1] if name in ("load", "orders", "limits") else table
        for name, table in plan().tables.items()
    }
    write_run(plan(tables=turned, seconds=99.0), tmp_path / "elsewhere")
    assert contents(tmp_path / "elsewhere") == contents(run)


def test_no_file_holds_a_path_or_a_time(run: Path, tmp_path: Path) -> None:
    for name, data in contents(run).items():
        assert str(tmp_path).encode() not in data, name
    assert "seconds" not in json.loads((run / "plan.json").read_text())


def test_csv_numbers_are_exact_and_texts_are_no_formulas(run: Path) -> None:
    for path in sorted((run / "tables").glob("*.csv")):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        for cell in (cell for row in rows for cell in row):
            try:
                float(cell)
            except ValueError:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), (path.name, cell)
    costs = list(records(run / "tables" / "costs.csv"))
    assert math.fsum(float(row["discounted"]) for row in costs) == pytest.approx(COST, rel=1e-12)
    assert [row["amount"] for row in costs if row["term"] == "residual"] == [repr(RESIDUAL)]
    sources = [row["source"] for row in records(run / "tables" / "provenance.csv")]
    assert sources == ["'=cmd|' /C calc'!A0", "'@SUM(1+1)", "'-2+3"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_every_formula_character_is_made_harmless(start: str) -> None:
    table = pd.DataFrame({"text": [f"{start}1+1"], "number": [-1.5], "absent": [None]})
    rows = list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))
    assert rows[1] == [f"'{start}1+1", "-1.5", ""]


def test_a_run_is_replaced_and_nothing_is_left_beside_it(run: Path) -> None:
    write_run(plan(case="other"), run)
    assert read_run(run).case == "other"
    assert [path.name for path in run.parent.iterdir()] == ["hand"]


@pytest.mark.parametrize(
    ("step", "swaps"),
    [("fsync", True), ("fsync", False), ("rename", False)],
    ids=["file", "file, no swap", "rename"],
)
def test_a_failure_in_the_middle_leaves_the_old_run(
    run: Path, monkeypatch: pytest.MonkeyPatch, step: str, swaps: bool
) -> None:
    before = contents(run)
    calls = 0
    real: Callable[..., None] = getattr(os, step)

    def failing(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == (
            5 if step == "fsync" else 2
        ):  # the fifth file; the second rename, when the old run is away
            raise OSError(28, "No space left on device")
        real(*arguments)

    if not swaps:
        monkeypatch.setattr(store, "swapped", lambda *_: False)
    monkeypatch.setattr(os, step, failing)
    with pytest.raises(UnreachableError, match="No space left"):
        write_run(plan(case="other"), run)
    monkeypatch.undo()
    assert contents(run) == before
    assert [path.name for path in run.parent.iterdir()] == ["hand"]


KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
from plan_case import plan
from planner.plan import write_run
plans = [plan(case=name) for name in ("one", "two")]
print("ready", flush=True)
while True:
    for one in plans:
        write_run(one, sys.argv[1])
"""


def test_a_writer_that_is_killed_leaves_the_old_run_or_the_new(run: Path) -> None:
    for delay_s in (0.01, 0.08, 0.2):
        arguments = [sys.executable, "-c", KILLED, str(run), str(Path(__file__).parent)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(delay_s)
            writer.send_signal(signal.SIGKILL)
        assert read_run(run).case in {"hand", "one", "two"}
    aged = time.time() - 2 * store.STALE_S
    for left in run.parent.glob(".*"):
        os.utime(left, (aged, aged))
    write_run(plan(), run)
    assert [path.name for path in run.parent.iterdir()] == ["hand"]


def test_an_old_run_moved_away_by_a_killed_writer_is_put_back(run: Path) -> None:
    before = contents(run)
    run.rename(run.parent / ".hand.1.old")
    (run.parent / "kept").write_text("")
    with pytest.raises(UnreachableError):
        read_run(run)
    write_run(plan(), run)
    assert contents(run) == before
    assert sorted(path.name for path in run.parent.iterdir()) == ["hand", "kept"]


def test_what_is_not_a_run_is_not_overwritten(run: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "thesis.txt").write_text("ten years")
    with pytest.raises(UnreachableError, match="not a run folder"):
        write_run(plan(), papers)
    (run / "notes.txt").write_text("mine")
    with pytest.raises(UnreachableError, match=r"notes\.txt"):
        write_run(plan(), run)
    with pytest.raises(UnreachableError, match="no folder"):
        write_run(plan(), papers / "thesis.txt")
    assert (papers / "thesis.txt").read_text() == "ten years"
    assert (run / "notes.txt").read_text() == "mine"


def test_an_empty_folder_and_a_link_to_a_run_are_used(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_run(plan(), tmp_path / "empty")
    assert read_run(tmp_path / "empty").case == "hand"
    (tmp_path / "latest").symlink_to(run)
    write_run(plan(case="other"), tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert read_run(run).case == "other"


def test_a_folder_that_is_not_there_or_not_a_run(tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(UnreachableError, match=r"no plan\.json"):
            read_run(folder)


def test_every_changed_file_is_named(run: Path) -> None:
    names = sorted(contents(run))
    assert len(names) > 30
    for name in names:
        path = run / name
        data = path.read_bytes()
        for changed in (data[: len(data) // 2], data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], b"", None):
            path.unlink() if changed is None else path.write_bytes(changed)
            if name == "plan.json" and changed is None:
                with pytest.raises(UnreachableError):
                    read_run(run)
            else:
                with pytest.raises(InputError) as caught:
                    read_run(run)
                assert [problem.file for problem in caught.value.problems] == [str(path)], name
        path.write_bytes(data)
    assert read_run(run).case == "hand"


def test_every_fact_of_the_head_is_sealed(run: Path) -> None:
    head = json.loads((run / "plan.json").read_text())
    for name in head:
        for value in (None, 0, "changed", {}, [], float("nan")):
            if value == head[name]:
                continue
            (run / "plan.json").write_text(json.dumps(head | {name: value}))
            with pytest.raises(InputError):
                read_run(run)
        (run / "plan.json").write_text(json.dumps({key: kept for key, kept in head.items() if key != name}))
        with pytest.raises(InputError):
            read_run(run)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "[" * 100_000, '{"kind": "capplan run"}', "\ufeff{}", '{"seal": "\\ud800"}'],
)
def test_a_head_that_is_none_is_an_input_error(run: Path, text: str) -> None:
    (run / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_run(run)


def test_a_pipe_in_place_of_a_table_does_not_hang(run: Path) -> None:
    (run / "tables" / "orders.parquet").unlink()
    os.mkfifo(run / "tables" / "orders.parquet")
    with pytest.raises(InputError, match="pipe"):
        read_run(run)


def test_whoever_rewrites_the_hashes_meets_the_audit(run: Path) -> None:
    """Hashes are no signature: a lower cost with a new seal is read, and found by the audit."""
    forged = plan(cost=0.9 * COST, bound=0.8 * COST, certified_bound=0.8 * COST, claimed_bound=None)
    write_run(forged, run)
    again = read_run(run)
    assert {found.rule for found in audit(again.given, again.tables, again.cost).findings} == {"total_cost"}


def test_hashes_are_those_of_the_files(run: Path) -> None:
    files = json.loads((run / "plan.json").read_text())["files"]
    for name, expected in files.items():
        assert hashlib.sha256((run / name).read_bytes()).hexdigest() == expected
    assert {f"{name}" for name in contents(run)} == {*files, "plan.json"}
