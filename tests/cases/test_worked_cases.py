"""Cases whose optimum was done on paper: each folder has the arithmetic (WHY.md) and what it says (expected.yaml).

A folder has only the files in which it differs from ``base``. All are read, rated, planned and audited as a user's
case is; the solver runs in this process, but for one that goes through the front door.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from planner import api
from planner.errors import InfeasibleError
from planner.inputs import load_case
from planner.prepare import prepare
from tests.properties.audited import faults
from tests.properties.in_process import plan
from tests.tolerances import SAME_COST_SHARE

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/expected.yaml"))
SAYS = {"cost", "servers", "unmet_requests_per_s", "terms", "installed"}


def complete(name: str, into: Path) -> Path:
    """The folder of the base with the files of the case on top."""
    shutil.copytree(HERE / "base", into)
    for path in sorted((HERE / name).iterdir()):
        if path.name not in ("WHY.md", "expected.yaml"):
            shutil.copy(path, into / path.name)
    (into / "WHY.md").unlink(missing_ok=True)
    return into


@pytest.mark.parametrize("name", NAMES)
def test_the_optimum_is_the_one_on_paper(name: str, tmp_path: Path) -> None:
    expected = yaml.safe_load((HERE / name / "expected.yaml").read_text(encoding="utf-8"))
    assert set(expected) <= SAYS
    given = prepare(load_case(complete(name, tmp_path / name))).given
    planned = plan(given)
    assert planned is not None
    tables = planned.tables
    assert planned.cost == pytest.approx(expected["cost"], rel=SAME_COST_SHARE)
    if "servers" in expected:
        assert tables["orders"].groupby("offer")["servers"].sum().to_dict() == expected["servers"]
    assert tables["unmet"]["requests_per_s"].sum() == pytest.approx(expected.get("unmet_requests_per_s", 0.0))
    if "terms" in expected:
        terms = tables["costs"].groupby("term")["amount"].sum().to_dict()
        assert terms == pytest.approx(expected["terms"], rel=SAME_COST_SHARE)
    if "installed" in expected:
        assert tables["fleet"].groupby("node")["installed_cards"].sum().to_dict() == expected["installed"]
    assert faults(given, planned) == []


@pytest.mark.parametrize("name", ["base", "two_bands", *NAMES])
def test_every_case_has_its_arithmetic(name: str) -> None:
    assert (HERE / name / "WHY.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            "selections",
            "selection,rule,accelerator,min_cards\ntrial,include,imp,1\n",
        ),  # comes after the horizon
        ("budgets", "budget,kind,amount\nrun,opex,1500\n"),  # less than the upkeep of the fleet, 2,000
    ],
)
def test_a_rule_that_nothing_can_keep_is_said_to_be_so(table: str, text: str, tmp_path: Path) -> None:
    folder = complete("base", tmp_path / "case")
    (folder / "offers.csv").write_text(
        "offer,accelerator,price_per_card,lead_time_months\ndom,dom,13000,6\nimp,imp,30000,6\n"
    )
    (folder / "fleet.csv").write_text(
        "batch,accelerator,site,cards,maintenance_per_card_month\nold,dom,hall,2,1000\n"
    )
    (folder / f"{table}.csv").write_text(text)
    with pytest.raises(InfeasibleError, match=r"trial|run"):
        api.solve(folder)


def test_the_ledger_through_the_front_door(tmp_path: Path) -> None:
    """``late_delivery`` as a user plans it, in a child process."""
    made = api.solve(complete("late_delivery", tmp_path / "case"))
    orders, fleet = made.tables["orders"], made.tables["fleet"]
    assert orders[["offer", "ordered", "in_service", "servers"]].to_numpy().tolist() == [
        ["imp", "2027-01", "2027-02", 1]
    ]
    assert fleet[["node", "installed_cards"]].to_numpy().tolist() == [["2027-01", 2], ["2027-02", 10]]
