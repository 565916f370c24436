"""The shipped cases load clean, say where each figure comes from, and are as rich as they claim."""

from __future__ import annotations

import csv
import re
import runpy
from pathlib import Path

import pytest
import yaml

from planner.inputs import Case, load_case
from planner.prepare import prepare

ROOT = Path(__file__).resolve().parents[2]
DEMAND = ROOT / "demand"
NAMES = ("starter", "tiny")
FACT = re.compile(r"\b(?:price|supply|energy|finance|demand|export_control)-\d{3}\b")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def starter() -> Case:
    return load_case(DEMAND / "starter")


def rows_with_sources(folder: Path) -> list[tuple[str, str]]:
    """(place, source) of every row of a table, every record and every figure of a card."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [
                (f"{path.name} row {at}", row["source"])
                for at, row in enumerate(csv.DictReader(file), start=2)
            ]
    for path in sorted(folder.glob("*.yaml")):
        if path.stem == "case":
            continue
        ((_, records),) = yaml.safe_load(path.read_text(encoding="utf-8")).items()
        for key, record in records.items():
            if path.stem == "accelerators":
                found += [
                    (f"{path.name} {key} {f}", figure["source"]) for f, figure in record["figures"].items()
                ]
            else:
                found.append((f"{path.name} {key}", record["source"]))
    return found


def test_a_shipped_case_has_neither_errors_nor_warnings_nor_cards_left_out(name: str) -> None:
    case = load_case(DEMAND / name)
    assert case.warnings == ()
    assert case.unplannable == ()


def test_every_row_record_and_figure_has_a_source(name: str) -> None:
    without = [place for place, source in rows_with_sources(DEMAND / name) if not (source or "").strip()]
    assert without == []


def test_a_source_names_a_fact_or_says_assumed_or_measured(name: str) -> None:
    vague = [
        (place, source)
        for place, source in rows_with_sources(DEMAND / name)
        if not FACT.search(source) and not re.search(r"\bassumed|\bmeasured|starter case", source)
    ]
    assert vague == []


def test_every_fact_cited_stands_in_the_table_of_facts() -> None:
    listed = set(
        re.findall(
            r"^\| ([a-z_]+-\d{3}) \|", (DEMAND / "README.md").read_text(encoding="utf-8"), re.MULTILINE
        )
    )
    files = [*DEMAND.glob("starter/*.csv"), *DEMAND.glob("starter/*.yaml"), *DEMAND.glob("tiny/*.*")]
    cited = {fact for path in files for fact in FACT.findall(path.read_text(encoding="utf-8"))}
    assert cited
    assert cited - listed == set()


def test_the_demand_of_the_starter_case_is_what_its_script_writes(tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "build_starter.py"))
    script["main"](tmp_path)
    assert (tmp_path / "demand.csv").read_bytes() == (DEMAND / "starter" / "demand.csv").read_bytes()


def test_the_starter_case_is_as_large_as_promised(starter: Case) -> None:
    assert starter.periods[0] == "2027-01"
    assert len(starter.periods) == 24
    workloads, demand = starter.frame("workloads"), starter.frame("demand")
    assert workloads["llm"].nunique() >= 5
    assert set(workloads["service_class"]) == {"chat", "agent", "rag", "batch"}
    assert 8 <= len(workloads) <= 12
    assert demand["region"].nunique() == 3
    assert len(starter.frame("sites")) == 3
    origin = {card.accelerator: card.origin for card in starter.cards}
    offered = starter.frame("offers")["accelerator"].map(origin)
    assert (offered == "domestic").sum() >= 7
    assert (offered == "imported").sum() >= 5


def test_some_region_does_not_reach_some_site(starter: Case) -> None:
    routes = starter.frame("routes")
    assert len(routes) < routes["region"].nunique() * routes["site"].nunique()
    assert routes["network_ms"].between(0, 50).all()


def test_agents_grow_faster_than_chat(starter: Case) -> None:
    demand = starter.frame("demand").merge(
        starter.frame("workloads")[["workload", "service_class"]], on="workload"
    )
    demand["volume"] = demand["requests_per_day"].fillna(
        demand["sessions_per_day"] * demand["steps_per_session"]
    )
    sums = demand.groupby(["service_class", "workload", "period"])["volume"].sum().unstack()
    growth = sums["2028-12"] / sums["2027-01"]
    assert growth["agent"].min() > growth["chat"].max() > 1.5


def test_some_of_the_opening_fleet_retires_within_the_horizon(starter: Case) -> None:
    retires = starter.frame("fleet")["retires"]
    assert retires.isin(starter.periods).sum() >= 2


def test_every_length_of_every_workload_can_be_served_by_some_card(name: str) -> None:
    prepared = prepare(load_case(DEMAND / name))
    asked = {(row.workload, row.bucket) for row in prepared.given["buckets"].itertuples()}
    served = {(row.workload, row.bucket) for row in prepared.given["rates"].itertuples()}
    assert asked == served


def test_the_starter_program_stays_small(starter: Case) -> None:
    given = prepare(starter).given
    most_columns = len(given["rates"]) * len(given["sites"]) * len(given["periods"])
    assert most_columns <= 60_000
