"""The command as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import planner.cli
from planner.inputs.finance import read_finance


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(planner.cli.main, ["budget", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_the_summary_ties_the_plan_to_the_budget(tiny: Path) -> None:
    code, out, _ = run(tiny)
    assert code == 0
    assert "Every check is 0." in out
    assert "From the plan to the budget" in out
    assert "discounted at 8 % a year" in out


def test_json(tiny: Path) -> None:
    code, out, _ = run(tiny, "--json")
    (found,) = json.loads(out)["data"]["budgets"]
    assert code == 0
    assert found["balanced"] is True
    assert found["totals"]["capital_cash"] == found["totals"]["capital_accrual"]


def test_the_template_reads_back_as_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "finance.yaml"
    assert run("--template", path)[0] == 0
    found, default = read_finance(path), read_finance()
    assert {**found.__dict__, "file": ""} == {**default.__dict__, "file": ""}
    assert run("--template", path)[0] == 8


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "Name a run folder"),
        (["RUN", "--to", "csv"], 2, "--to needs -o"),
        (
            ["RUN", "--to", "csv", "-o", "x", "--preset", "sapp"],
            3,
            "sapp: no such preset or file; expected one of",
        ),
        (["RUN", "--to", "parquet", "-o", "x", "--bom"], 3, "--bom without csv"),
        (["no-run"], 8, "is not a run folder"),
        (["RUN", "--finance", "none.yaml"], 3, "none.yaml: cannot be opened"),
    ],
)
def test_mistakes_are_told(arguments: list[str], code: int, says: str, tiny: Path) -> None:
    found, _, err = run(*[tiny if word == "RUN" else word for word in arguments])
    assert found == code
    assert says in err


def test_a_preset_is_written_with_its_warning(tiny: Path, tmp_path: Path) -> None:
    code, out, err = run(tiny, "--to", "csv", "--preset", "anaplan_module", "-o", tmp_path / "a.csv")
    assert code == 0
    assert "starting point" in err
    assert out.strip() == str(tmp_path / "a.csv")
