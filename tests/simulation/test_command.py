"""``capplan verify`` as a person meets it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from small_plan import plan
from test_timer import steps

from planner.cli import main
from planner.plan import read_run, write_run


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of a dense model whose two layouts take about 7 ms a step: chat's 20 ms per token are kept."""
    whole, dense = plan(), steps(expert_bytes=0.0, expert_share=0.0, common_bytes=5e9)
    two = pd.concat([dense.assign(layout=name) for name in ("fast", "slow")], ignore_index=True)
    write_run(replace(whole, given={**whole.given, "steps": two}), tmp_path / "run")
    return tmp_path / "run"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_plan_that_holds_ends_with_0_and_the_run_is_left_as_it_was(folder: Path) -> None:
    before = contents(folder)
    result = run("verify", folder, "--minutes", "1")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Verified: peak window of 2027-01")
    assert contents(folder) == before
    read_run(folder)


def test_json(folder: Path) -> None:
    result = run("verify", folder, "--minutes", "1", "--json", "--seed", "3")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["ok"] is True
    assert answer["data"]["verified"] is True
    chat = next(row for row in answer["data"]["workloads"] if row["workload"] == "chat")
    assert chat["attainment"] > 0.99
    assert chat["tpot_p99_ms"] < 20
    assert run("verify", folder, "--minutes", "1", "--json", "--seed", "3").stdout == result.stdout


def test_a_broken_promise_ends_with_10(folder: Path) -> None:
    result = run("verify", folder, "--minutes", "1", "--fail", "site:west")
    assert result.exit_code == 10
    assert "NOT VERIFIED" in result.stdout
    assert "site west lost" in result.stdout


def test_a_trace_is_read(folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "mine.csv"
    rows = "".join(f"{at / 2},{40 + at % 20},20\n" for at in range(500))
    trace.write_text(f"timestamp,input_tokens,output_tokens\n{rows}", encoding="utf-8")
    result = run("verify", folder, "--minutes", "1", "--trace", f"chat={trace}")
    assert result.exit_code == 0, result.output
    assert "500 requests of mine.csv" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--trace", "chat"), 2, "WORKLOAD=FILE"),
        (("--trace", "chat=none.csv"), 3, "none.csv"),
        (("--period", "2029-01"), 3, "2027-01"),
        (("--fail", "site:moon"), 3, "east, west"),
        (("--fail", "nonsense"), 3, "servers:SITE:CARD:NUMBER"),
        (("--minutes", "0"), 2, "minutes"),
    ],
)
def test_mistakes_are_named(folder: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = run("verify", folder, *arguments)
    assert result.exit_code == code
    assert said in result.stderr


def test_a_run_without_step_times_is_refused(tmp_path: Path) -> None:
    write_run(plan(), tmp_path / "old")
    result = run("verify", tmp_path / "old")
    assert result.exit_code == 3
    assert "Solve the case again" in result.stderr
    assert run("verify", tmp_path / "none").exit_code == 8
