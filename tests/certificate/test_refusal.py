"""A case without a plan leaves a proof, and the audit checks it without the solver."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from planner.cli import main
from planner.errors import InputError, UnreachableError
from planner.optimization.build import build
from planner.optimization.certificate import certificate_tables
from planner.optimization.gather import gather
from planner.plan import Refusal, read_refusal, read_run, write_refusal
from planner.plan.certificate import refuted
from tests.certificate.runs import relaxed_prices, run_of
from tests.cli.conftest import FILES
from tests.properties.draw import WORLDS, random_tables
from tests.properties.tiny import Tables, frame

# The toy case of tests/cli with an order that the quota forbids: eight cards are asked for, four may be bought.
SUPPLY = "limit,offer,max_cards\nquota,cheap,4\n"
SELECTIONS = "selection,rule,offer,min_cards\ntrial,include,cheap,8\n"


@pytest.fixture
def impossible(tmp_path: Path) -> Path:
    folder = tmp_path / "impossible"
    folder.mkdir()
    for name, text in (FILES | {"supply.csv": SUPPLY, "selections.csv": SELECTIONS}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_from_the_command_line(impossible: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    solved = CliRunner().invoke(main, ["solve", str(impossible), "-o", str(run)])
    assert solved.exit_code == 4
    audited = CliRunner().invoke(main, ["audit", str(run)])
    assert audited.exit_code == 0, audited.output
    assert "there is no plan" in audited.output
    assert "include_exclude[trial]" in audited.output
    assert "upper bounds of order" in audited.output  # by the quota
    found = json.loads(CliRunner().invoke(main, ["audit", str(run), "--json"]).stdout)
    assert found["ok"]
    assert found["data"]["proven"]
    with pytest.raises(UnreachableError, match="proof"):
        read_run(run)
    refusal = read_refusal(run)
    rows = refusal.certificate["rows"]
    for spoiled in (rows.assign(dual=0.0), rows.assign(dual=-rows["dual"])):
        write_refusal(replace(refusal, certificate={**refusal.certificate, "rows": spoiled}), run)
        assert CliRunner().invoke(main, ["audit", str(run)]).exit_code == 10
    (run / "given" / "supply.parquet").write_bytes(b"something else")
    with pytest.raises(InputError, match="supply"):
        read_refusal(run)


def test_a_plan_is_not_replaced_by_a_proof(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreachableError, match="kept"):
        write_refusal(Refusal("tiny", "", {}, {}), tmp_path)


def tables_with_a_plan(seed: int) -> Tables:
    while True:
        tables = random_tables(seed, WORLDS[seed % len(WORLDS)])
        if run_of(tables) is not None:
            return tables
        seed += len(WORLDS)


@pytest.mark.parametrize("seed", range(2))
def test_no_prices_refute_a_case_that_has_a_plan(seed: int) -> None:
    tables = tables_with_a_plan(7000 + seed)
    built = build(gather(tables))
    rng = np.random.default_rng(seed)
    for spread in (0.0, 1.0):
        prices = relaxed_prices(built.matrix) + spread * rng.standard_normal(built.matrix.rows)
        found = refuted(Refusal("tiny", "", tables, certificate_tables(built, prices)))
        assert {fault.rule for fault in found.findings} == {"infeasible"}


@pytest.mark.parametrize("seed", range(2))
def test_a_proof_from_another_case_proves_nothing(seed: int) -> None:
    """The prices that refute a case with an order beyond its quota do not refute it without that quota."""
    tables = tables_with_a_plan(7000 + seed)
    offer = tables["offers"]["offer"].iloc[0]
    rules = {
        "supply": frame("supply", [{"limit": "none", "offer": offer, "max_cards": 0}]),
        "selections": frame(
            "selections", [{"selection": "some", "rule": "include", "offer": offer, "min_cards": 4}]
        ),
    }
    offers = tables["offers"].assign(lead_time_months=0.0)
    impossible = tables | rules | {"offers": offers}
    built = build(gather(impossible))
    rows = built.program.families
    prices = np.zeros(built.matrix.rows)
    prices[rows["include_exclude"].keys["row"].iloc[0]] = 1.0
    prices[rows["supply_limit"].keys["row"].iloc[0]] = -1.0
    refusal = Refusal("tiny", "", impossible, certificate_tables(built, prices))
    assert refuted(refusal).findings == ()
    without = replace(refusal, given=impossible | {"supply": rules["supply"].iloc[:0]})
    assert {fault.rule for fault in refuted(without).findings} >= {"infeasible"}
