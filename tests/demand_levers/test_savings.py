"""Cards of levers on a case known by heart, measures of them, and a plan with them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from planner.cli import main
from planner.demand import demand_tables
from planner.demand.levers import applied, token_totals, work_of
from planner.demand.levers.tables import lever_rows
from planner.inputs import load_case
from planner.inputs.written_case import copy_with
from planner.savings import CardEstimate, lever_effects, levered_tables, measure_rows, used_shares

TINY = Path(__file__).parents[2] / "demand" / "tiny"
WORK = (
    "{llm: llama-3.1-8b, max_ttft_ms: 1000, max_tpot_ms: 50, unmet_penalty_per_mtok: 1000, deferrable: true}"
)
FILES = {
    "case.yaml": "name: toy\ncurrency: USD\nstart: 2027-01\nperiods: 2\ndiscount_rate_per_year: 0\ngap: 0\n"
    "headroom_share: 0.2\n",
    "sites.yaml": "sites:\n  cloud: {}\n",
    "routes.csv": "region,site,network_ms\nusers,cloud,0\n",
    "accelerators.yaml": (
        "accelerators:\n"
        "  cheap: {name: Cheap, vendor: One, origin: domestic, figures: {tdp_w: 0, cards_per_server: 1}}\n"
        "  dear: {name: Dear, vendor: Two, origin: imported, figures: {tdp_w: 0, cards_per_server: 1}}\n"
    ),
    "workloads.yaml": f"workloads:\n  short: {WORK}\n  long: {WORK}\n",
    "demand.csv": (
        "period,region,workload,requests_per_day,mean_input_tokens,mean_output_tokens\n"
        "2027-01,users,short,432000,100,100\n2027-02,users,short,864000,100,100\n"
        "2027-01,users,long,432000,1000,100\n2027-02,users,long,432000,1000,100\n"
    ),
    "offers.csv": "offer,accelerator,price_per_card,residual_share\ncheap,cheap,2400,0\ndear,dear,7200,0\n",
    "serving.csv": (
        "workload,bucket,accelerator,requests_per_s\n"
        "short,*,cheap,25\nlong,*,cheap,0\nshort,*,dear,50\nlong,*,dear,5\n"
    ),
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """10 short and 5 long requests/s in February. A cheap card takes 25 short ones; a dear one takes 5 long ones."""
    folder = tmp_path / "toy"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def levers(*rows: dict[str, object]) -> pd.DataFrame:
    return lever_rows(pd.DataFrame([{"lever": row["kind"], **row} for row in rows]))


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_cards_by_hand(toy: Path) -> None:
    """Short on the cheap card (2,400 / 25 under 7,200 / 50): 10 / 25 / 0.8 = 0.5 cards. Long: 5 / 5 / 0.8 = 1.25."""
    case = load_case(toy)
    cache = levers({"kind": "response_cache", "workload": "long", "saves_share": 0.4, "cost_per_month": 7.0})
    found = lever_effects(case, cache, "2027-02")
    table = found.table
    assert not found.left_out
    assert found.counted_on == {"short": "cheap", "long": "dear"}
    assert table["cards"].tolist() == pytest.approx([1.75, 0.5 + 0.6 * 1.25])
    assert table["cost_per_month"].tolist() == [0.0, 7.0]
    # tokens: 864,000 * 200 + 432,000 * 1,100; 40 % of the latter go
    before = 0.864 * 200 + 0.432 * 1100
    assert table["logical_change"].iloc[1] == pytest.approx(-0.4 * 0.432 * 1100 / before)


def test_moving_requests_to_another_model_moves_its_cards(toy: Path) -> None:
    """Half of the long ones, 2.5 a second, on the cheap card that takes 25: 0.125 cards instead of 0.625."""
    small = levers({"kind": "smaller_model", "workload": "long", "saves_share": 0.5, "to_workload": "short"})
    table = lever_effects(load_case(toy), small, "2027-02").table
    assert table["cards"].tolist() == pytest.approx([1.75, 1.75 - 0.625 + 0.125])
    assert table["logical_change"].iloc[1] == pytest.approx(0.0)


def test_measures_come_to_what_the_levers_do_together(toy: Path) -> None:
    """Half of the requests answered on 80 % of both; 30 % of the rest moved, which is no measure. Cost split 5 to 2."""
    case = load_case(toy)
    some = levers(
        {"kind": "smaller_model", "workload": "long", "saves_share": 0.3, "to_workload": "short"},
        {
            "kind": "response_cache",
            "saves_share": 0.5,
            "adoption_share": 0.8,
            "start_cost": 70.0,
            "ramp_months": 2.0,
        },
    )
    rows, notes = measure_rows(case, some, "2027-02")
    assert rows["measure"].tolist() == ["01-response_cache-long", "01-response_cache-short"]
    assert rows["saves_share"].tolist() == [0.5, 0.5]
    assert rows["max_share"].tolist() == [0.8, 0.8]
    assert rows["start_cost"].tolist() == pytest.approx([50.0, 20.0])
    assert "smaller_model: moves work" in notes[0]


def test_a_measure_saves_what_those_before_it_leave() -> None:
    """Shorter prompts, then shorter answers on half of the requests: together as in the estimate of both."""
    case = load_case(TINY)
    some = levers({"kind": "shorter_outputs", "saves_share": 0.3, "workload": "chat"},
                  {"kind": "shorter_prompts", "saves_share": 0.3, "workload": "chat"})  # fmt: skip
    rows, _ = measure_rows(case, some, "2027Q4")
    assert [name[3:10] for name in rows["measure"]] == ["shorter", "shorter"]
    assert "prompts" in rows["measure"].iloc[0]
    estimate = CardEstimate(case, demand_tables(case), "2027Q4")
    both = applied(estimate.work, some, dict.fromkeys(some["lever"], 1.0))
    left = float((1 - rows["saves_share"]).prod())
    assert estimate.cards(both)["chat"] / estimate.cards(estimate.work)["chat"] == pytest.approx(
        left, rel=1e-3
    )


def test_a_case_written_with_levers_has_their_tokens(tmp_path: Path) -> None:
    case = load_case(TINY)
    some = levers({"kind": "response_cache", "saves_share": 0.5, "workload": "chat", "ramp_months": 6.0},
                  {"kind": "shorter_prompts", "saves_share": 0.3})  # fmt: skip
    copy_with(TINY, tmp_path / "tiny", levered_tables(case, some, "2027Q4"))
    changed = load_case(tmp_path / "tiny")
    before = {(row["period"], row["region"], row["workload"]): row for row in case.records("demand")}
    for row in changed.records("demand"):
        old = float(before[(row["period"], row["region"], row["workload"])]["requests_per_day"])  # type: ignore[arg-type]
        used = {"2027Q1": 0.25}.get(str(row["period"]), 0.5) if row["workload"] == "chat" else 0.0
        assert row["requests_per_day"] == pytest.approx(old * (1 - used))
    used = used_shares(case, some, "2027Q4")
    expected = token_totals(applied(work_of(demand_tables(case), "2027Q4"), some, used))
    assert token_totals(work_of(demand_tables(changed), "2027Q4")) == pytest.approx(expected, rel=1e-6)


def test_the_command_shows_writes_and_solves(toy: Path, tmp_path: Path) -> None:
    """Without half of the long ones one dear card does (2.5 / 5 / 0.8 = 0.63) where two were needed (1.25)."""
    file = tmp_path / "levers.csv"
    file.write_text("lever,kind,workload,saves_share\nanswers,response_cache,long,0.5\n")
    out = tmp_path / "out"
    result = run("demand", "levers", toy, "--levers", file, "--solve", "--json", "-o", out)
    data = json.loads(result.stdout)["data"]
    assert [row["lever"] for row in data["levers"]] == ["as it stands", "answers"]
    assert (out / "measures.csv").read_text().splitlines()[1].startswith("01-answers-long,long,0.5,1.0,")
    assert data["plans"][1]["cost"] < data["plans"][0]["cost"]
    assert data["plans"][1]["cards ordered"] < data["plans"][0]["cards ordered"]


def test_the_command_tells_mistakes(toy: Path, tmp_path: Path) -> None:
    file = tmp_path / "levers.csv"
    file.write_text("lever,kind,workload,saves_share\na,response_cash,long,0.5\n")
    result = run("demand", "levers", toy, "--levers", file)
    assert result.exit_code == 3
    assert "one of response_cache" in result.stderr
    assert run("demand", "levers", toy, "--period", "2031-01").exit_code == 2
