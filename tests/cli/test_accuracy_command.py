"""``capplan accuracy`` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from measured_runs import HEAD, runs_of_910b

from planner.cli import main

UNKNOWN = "qwen3-8b,nosuch,1,1,int8,closed_loop,4,1000,200,100,20\n"
SECONDS = "qwen3-8b,huawei_910b_376t_64gb,1,1,int8,closed_loop,4,1000,200,100,0.02\n"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["accuracy", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    path = runs_of_910b(tmp_path / "runs.csv", factor=1.25)
    path.write_text(path.read_text() + UNKNOWN + SECONDS, encoding="utf-8")
    return path


def test_the_text_says_what_was_answered_and_how_far_off(runs: Path) -> None:
    result = run(runs, "--by", "accelerator", "--by", "load_type")
    assert result.exit_code == 0
    assert "6 rows: 4 answered, 1 refused, 1 set aside as doubtful" in result.stdout
    line, *_ = [line for line in result.stdout.splitlines() if line.split()[:2] == ["TPOT", "4"]]
    assert [float(cell) for cell in line.split()[1:]] == [4, 20, 20, -20]  # 1 / 1.25 - 1
    assert "accelerator nosuch is not in the catalogue (nearest:" in result.stdout
    assert "are these seconds?" in result.stdout
    assert "By accelerator:" in result.stdout
    assert "By load_type:" in result.stdout
    assert "Mode not stated" in result.stderr


def test_the_json_has_the_same_counts_and_figures(runs: Path) -> None:
    result = run(runs, "--json")
    answer = json.loads(result.stdout)
    assert answer["ok"] is True
    data = answer["data"]
    assert data["counts"]["rows"] == 6
    (tpot,) = [row for row in data["figures"] if row["figure"] == "TPOT"]
    assert (tpot["rows"], tpot["median_percent"]) == (4, pytest.approx(20))
    assert sum(row["rows"] for row in data["refused"]) == 2
    assert {"figures", "groups", "coverage", "refused", "lacking", "assumptions"} <= set(data)


def test_given_points_are_taken_out_of_the_score(runs: Path) -> None:
    data = json.loads(run(runs, "--calibrate-points", "2", "--json").stdout)["data"]
    assert data["counts"]["scored"] == 2
    assert all(row["median_percent"] < 1e-6 for row in data["figures"])


def test_facts_fill_what_the_file_does_not_state(runs: Path) -> None:
    short = runs.read_text().replace(",precision,", ",note,")
    runs.write_text(short, encoding="utf-8")
    without = run(runs)
    assert "lacks columns that predictions need: precision" in without.stderr
    assert "Nothing was scored." in without.stdout
    assert "4 answered" in run(runs, "--fact", "precision=int8").stdout


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (None, (), 8, "there is no such file"),
        ('{"a": 1}', (), 3, "vllm bench serve"),
        ("a,b\n1,2\n", (), 3, "columns such as"),
        (HEAD, ("--fact", "acelerator=H100"), 3, "'accelerator'"),
        (HEAD, ("--fact", "tp=two"), 3, "a number"),
        (HEAD, ("--fact", "tp"), 2, "NAME=VALUE"),
        (HEAD, ("--by", "colour"), 2, "colour"),
        (HEAD, ("--calibrate-points", "-1"), 2, "-1"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, text: str | None, arguments: tuple[str, ...], code: int, said: str
) -> None:
    path = tmp_path / "runs.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    result = run(path, *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_a_fault_is_json_too(tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere.csv", "--json")
    assert result.exit_code == 8
    answer = json.loads(result.stdout)
    assert answer["ok"] is False
    assert "nowhere.csv" in answer["errors"][0]["text"]


def test_a_file_without_runs_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(HEAD, encoding="utf-8")
    result = run(path)
    assert result.exit_code == 0
    assert "0 rows" in result.stdout
    assert "Nothing was scored." in result.stdout
