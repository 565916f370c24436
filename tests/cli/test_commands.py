"""What a person sees: exit codes, messages on stderr, data on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from planner.cli import COMMANDS, main


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"capplan {name}" in result.stdout.split("Example:")[1]


def test_a_wrong_command_line_is_2(toy: Path) -> None:
    assert run("solv", toy).exit_code == 2
    assert run("solve", toy, "--gap", "7").exit_code == 2


def test_check_says_that_a_case_can_be_planned(toy: Path) -> None:
    result = run("check", toy)
    assert result.exit_code == 0
    assert "can be planned" in result.stdout


def test_check_names_both_of_two_faults(toy: Path) -> None:
    demand = toy / "demand.csv"
    demand.write_text(demand.read_text().replace("users,short", "users,shrot"))
    offers = toy / "offers.csv"
    offers.write_text(offers.read_text().replace("7200", "-7200"))
    result = run("check", toy)
    assert result.exit_code == 3
    assert "demand.csv" in result.stderr
    assert "'short'" in result.stderr  # the nearest known name
    assert "offers.csv" in result.stderr
    assert "price_per_card" in result.stderr


def test_the_json_of_a_broken_case_has_the_fields(toy: Path) -> None:
    offers = toy / "offers.csv"
    offers.write_text(offers.read_text().replace("7200", "-7200"))
    result = run("check", toy, "--json")
    assert result.exit_code == 3
    answer = json.loads(result.stdout)
    assert answer["ok"] is False
    assert answer["errors"][0]["field"] == "price_per_card"


def test_a_folder_that_is_not_there_is_8(tmp_path: Path) -> None:
    result = run("solve", tmp_path / "nowhere")
    assert result.exit_code == 8
    assert "nowhere" in result.stderr


def test_solve_prints_the_plan_and_writes_a_run_that_audits(toy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    solved = run("solve", toy, "-o", folder)
    assert solved.exit_code == 0, solved.stderr
    assert "9,600" in solved.stdout
    assert run("show", folder).stdout == solved.stdout
    assert run("audit", folder).exit_code == 0


def test_the_json_of_a_plan_keeps_status_cost_bound_and_gap_apart(toy: Path) -> None:
    solved = run("solve", toy, "--json")
    answer = json.loads(solved.stdout)["data"]
    assert answer["cost"] == pytest.approx(9600.0)
    assert answer["bound"] <= answer["cost"]
    assert answer["gap"] == pytest.approx(0.0, abs=1e-9)
    assert answer["status"]


def test_a_changed_run_is_found(toy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run("solve", toy, "-o", folder)
    orders = folder / "tables" / "orders.csv"
    orders.write_text(orders.read_text().replace("cheap", "dear"))
    result = run("audit", folder)
    assert result.exit_code in {3, 8, 10}
    assert "orders" in result.stderr + result.stdout


def test_an_infeasible_case_names_the_rows(toy: Path) -> None:
    (toy / "selections.csv").write_text("selection,rule,accelerator,min_cards\ntrial,include,cheap,4\n")
    (toy / "supply.csv").write_text("limit,accelerator,max_cards\nquota,cheap,3\n")
    result = run("solve", toy)
    assert result.exit_code == 4
    assert "supply_limit[quota]" in result.stderr or "include_exclude[trial]" in result.stderr


def test_a_promise_no_card_keeps_is_said_first(toy: Path) -> None:
    serving = toy / "serving.csv"
    serving.write_text(serving.read_text().replace("long,*,dear,5.333", "long,*,dear,0"))
    result = run("solve", toy)
    assert result.exit_code == 0, result.stderr
    first = "\n".join(result.stdout.splitlines()[:12])
    assert "long" in first


def test_serving_says_why_a_pair_is_out(toy: Path) -> None:
    table = run("serving", toy, "--accelerator", "cheap")
    assert "short" in table.stdout
    assert "long" not in table.stdout
    refused = run("serving", toy, "--refused")
    assert "cheap" in refused.stdout
    unknown = run("serving", toy, "--workload", "medium")
    assert unknown.exit_code == 3
    assert "one of: long, short" in unknown.stderr


def test_the_cards_that_cannot_be_planned_are_named_with_what_they_lack() -> None:
    answer = json.loads(run("cards", "--json").stdout)["data"]["cards"]
    lacking = {card["accelerator"]: card["missing"] for card in answer}
    assert "memory_bandwidth_gb_per_s" in lacking["cambricon_mlu590"]
    assert lacking["nvidia_h20_96gb"] == "-"


def test_schemas_are_written(tmp_path: Path) -> None:
    result = run("schema", tmp_path / "schemas")
    assert result.exit_code == 0
    for path in (tmp_path / "schemas").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["type"] == "object"
