"""The command as a person meets it: text, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner import api
from planner.cli import main
from tests.explain.explain_world import case_folder

pytestmark = pytest.mark.deep


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the worked case ``quota``: one `imp` and five `dom`."""
    folder = tmp_path_factory.mktemp("quota")
    api.write(api.solve(case_folder("quota", folder)), folder / "run")
    return folder / "run"


def told(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["explain", *map(str, words)])
    return done.exit_code, done.stdout


def test_the_overview(run: Path) -> None:
    code, text = told(run, "--again", "1")
    assert code == 0
    assert "quota few" in text
    assert "2,500 per card" in text
    assert "the price holds both ways" in text
    code, text = told(run, "--again", "1", "--json")
    data = json.loads(text)["data"]
    assert data["limits"][0]["price_per_unit"] == pytest.approx(2500, rel=1e-4)
    assert data["again"][0]["holds"]
    # one per cent more of 30 requests/s, each for 3,250 on `dom`
    assert data["one_per_cent_more_demand"] == [{"workload": "chat", "costs": pytest.approx(0.3 * 3250)}]


def test_why_a_card(run: Path) -> None:
    code, text = told(run, "--why", "imp")
    assert code == 0
    # 32,500 for the work of ten requests/s on `dom`
    assert "32,500" in text
    assert "solved again" in text
    code, text = told(run, "--why-not", "inp", "--json")
    assert code == 3
    assert "imp" in json.loads(text)["errors"][0]["mend"]


def test_a_frontier_into_a_file(run: Path, tmp_path: Path) -> None:
    code, text = told(
        run, "--frontier", "power", "--points", "2", "--from", "7", "--to", "6", "--csv", tmp_path / "f.csv"
    )
    assert code == 0
    lines = (tmp_path / "f.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("asked,unit,found,reached,cost,bound")
    assert len(lines) == 3
    assert "95,000" in text


def test_a_case_that_conflicts_ends_with_four(tmp_path: Path) -> None:
    rules = "selection,rule,accelerator,min_cards\ntrial,include,imp,3\n"
    code, text = told(case_folder("quota", tmp_path, selections_csv=rules))
    assert code == 4
    assert "quota few: at most 1 card" in text
    assert "rule trial: at least 3 cards" in text


def test_questions_are_asked_one_at_a_time(run: Path) -> None:
    assert told(run, "--why", "imp", "--alternatives", "2")[0] == 2
    assert told(run, "--frontier", "latency")[0] == 2
    assert told(run, "--frontier", "beauty")[0] == 3


def test_no_run_is_said_to_be_none(tmp_path: Path) -> None:
    assert told(tmp_path)[0] == 8
