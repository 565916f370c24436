"""``capplan calibrate`` as a person meets it: what it writes is read by the case, and moves it the right way."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from measured_runs import HEAD, runs_of_910b

from planner.cli import main
from planner.inputs import load_case

TINY = Path(__file__).parents[2] / "demand" / "tiny"
CARD = "huawei_910b_376t_64gb"
TOO_LARGE = f"qwen3-32b,{CARD},1,1,bf16,closed_loop,4,1000,200,100,20\n"


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A copy of the tiny case that sizes on the median, so that only effects move its rates."""
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    (folder / "calibration.csv").unlink(missing_ok=True)
    lines = (folder / "case.yaml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith("serving_estimate")]
    (folder / "case.yaml").write_text("\n".join([*kept, "serving_estimate: median", ""]))
    return folder


def rates(case: Path) -> dict[tuple[str, ...], float]:
    rows = json.loads(run("serving", case, "--workload", "chat", "--json").stdout)["data"]["rates"]
    return {(row["bucket"], row["band_ms"], row["layout"]): row["requests_per_s"] for row in rows}


def test_slow_runs_lower_the_rates_of_their_card_and_fast_ones_raise_them(tiny: Path, tmp_path: Path) -> None:
    before = rates(tiny)
    mine = {key for key in before if f"qwen3-8b/{CARD}/int8" in key[2]}
    others = {key for key in before if CARD not in key[2]}
    assert mine
    assert others
    after = {}
    for factor in (1.3, 0.8):
        result = run("calibrate", runs_of_910b(tmp_path / "runs.csv", factor), "--case", tiny)
        assert result.exit_code == 0, result.stderr
        after[factor] = rates(tiny)
    for key in mine & set(after[1.3]):  # a slow card may lose a bucket altogether
        assert after[1.3][key] < 0.95 * before[key], key
    assert set(after[1.3]) <= set(before)
    for key in mine:
        assert after[0.8][key] > 1.05 * before[key], key
    for found in after.values():
        assert {key: found[key] for key in others} == pytest.approx({key: before[key] for key in others})


def test_what_is_written_is_a_table_of_the_case_and_the_text_says_how_much_better(
    tiny: Path, tmp_path: Path
) -> None:
    result = run("calibrate", runs_of_910b(tmp_path / "runs.csv", 1.3), "--case", tiny, "--fact", "engine_version=0.9",
                 "--fact", "measured=2026-06-01", "--fact", "source=us")  # fmt: skip
    assert result.exit_code == 0
    assert "4 runs used: median error 30.0 % before" in result.stdout
    rows = load_case(tiny).records("calibration")
    assert rows
    assert {(row["points"], row["engine_version"], row["measured"], row["source"]) for row in rows} == {
        (4, "0.9", "2026-06-01", "us")
    }
    assert str(tiny / "calibration.csv") in result.stdout


def test_errors_are_said_as_the_factor_they_are(tmp_path: Path) -> None:
    result = run("calibrate", runs_of_910b(tmp_path / "runs.csv", 0.5), "-o", tmp_path / "own.csv")
    # Half as long as predicted: off by a factor of 2, 100 %; in logs it would be 69 %.
    assert "4 runs used: median error 100.0 % before" in result.stdout
    with (tmp_path / "own.csv").open() as file:
        assert {row["level"] for row in csv.DictReader(file)} == {"accelerator", "configuration", "spread"}


def test_the_json_is_what_was_written(tmp_path: Path) -> None:
    target = tmp_path / "own.csv"
    result = run("calibrate", runs_of_910b(tmp_path / "runs.csv", 1.3), "-o", target, "--json")
    data = json.loads(result.stdout)["data"]
    assert data["used"] == 4
    assert data["written"] == str(target)
    with target.open() as file:
        assert [row["subject"] for row in csv.DictReader(file)] == [row["subject"] for row in data["rows"]]


def test_runs_that_do_not_count_are_named_with_file_and_place(tmp_path: Path) -> None:
    good, bad = runs_of_910b(tmp_path / "good.csv"), tmp_path / "bad.csv"
    bad.write_text(HEAD + TOO_LARGE, encoding="utf-8")
    result = run("calibrate", good, bad, "-o", tmp_path / "own.csv")
    assert result.exit_code == 0
    assert f"set aside: {bad} line 2: weights do not fit in 1 card by our count" in result.stderr
    assert str(good) not in result.stderr


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (None, (), 8, "there is no such file"),
        ("nonsense", (), 3, "columns"),
        ('{"a": 1}', (), 3, "vllm bench serve"),
        (HEAD, (), 3, "no runs"),
        (HEAD + TOO_LARGE, (), 3, "line 2: weights do not fit in 1 card"),
        (HEAD + TOO_LARGE, ("--fact", "acelerator=H100"), 3, "'accelerator'"),
        (HEAD + TOO_LARGE, ("--fact", "tp"), 2, "NAME=VALUE"),
        (HEAD + TOO_LARGE, ("--case", "nowhere"), 8, "nowhere"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, text: str | None, arguments: tuple[str, ...], code: int, said: str
) -> None:
    path, target = tmp_path / "runs.csv", tmp_path / "own.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    result = run("calibrate", path, "-o", target, *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
    assert not target.exists()


def test_where_to_write_must_be_said(tmp_path: Path) -> None:
    result = run("calibrate", runs_of_910b(tmp_path / "runs.csv"))
    assert result.exit_code == 2
    assert "--case CASE or -o FILE" in result.stderr


def test_a_target_that_cannot_be_written_is_8(tmp_path: Path) -> None:
    result = run("calibrate", runs_of_910b(tmp_path / "runs.csv"), "-o", tmp_path)
    assert result.exit_code == 8
    assert "cannot be written" in result.stderr


def test_runs_of_no_use_are_json_with_their_reasons(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(HEAD + TOO_LARGE, encoding="utf-8")
    result = run("calibrate", path, "-o", tmp_path / "own.csv", "--json")
    assert result.exit_code == 3
    answer = json.loads(result.stdout)
    assert answer["ok"] is False
    assert answer["errors"][0]["where"] == "line 2"
