"""Damaged files of the demand commands: a message or a result, never a trace."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.demand.agents import filled, multipliers
from planner.demand.agents.measured import AGENT_STEPS, agents_of, closed_form_errors, measured_sessions
from planner.demand.agents.shapes import AGENTS, check_agents
from planner.demand.commitments import COMMITMENTS, committed
from planner.demand.forecast import HISTORY, Asked, demand_rows, forecast, history_of
from planner.demand.forecast.for_case import months_of
from planner.demand.forecast.given import GrowthRange
from planner.demand.scenarios import Setup, draw_paths
from planner.demand.scenarios.parameters import EVENTS, Spread
from planner.errors import PlannerError
from planner.inputs import load_case
from planner.inputs.plain_table import read_plain_table

TINY = load_case(Path(__file__).parents[2] / "demand" / "tiny")
GOOD = {
    "history": "period,region,workload,input_mtok_per_day,output_mtok_per_day,requests_per_day\n"
    + "".join(f"2026-{month:02d},east,chat,{90 + month},10,{1000 + month}\n" for month in range(1, 11)),
    "agents": "agent,steps,steps_p90,first_prompt_tokens,growth_tokens_per_step,output_tokens_per_step,fan_out,"
    "sub_agent\na,5,20,900,250,150,2,b\nb,3,,500,100,50,,\n",
    "steps": "agent,session,step,t_s,input_tokens,output_tokens,prefix_share\nx,s,1,0,100,10,0\nx,s,2,5,150,10,0.6\n"
    "x,t,1,0,200,20,\n",
    "commitments": "commitment,kind,region,workload,from_period,to_period,quantity_mtok,reserved_tokens_per_minute\n"
    "p,package,east,chat,2027-01,2027-06,1000,\nq,provisioned,east,chat,2027-01,2027-03,,5000\n",
    "events": "event,probability,what,earliest,lasts_months,factor,months,ramp_months,needs\n"
    "ban,0.2,permit,2027Q2,,0,,,\nlate,0.5,lead_time,,6,,3,,ban\nrush,0.3,demand,,,2,,3,\n",
}


def history(path: Path) -> None:
    past = history_of(read_plain_table(HISTORY, path), "h")
    demand_rows(forecast(past, Asked(months_of(TINY), growth=GrowthRange(0.0, 0.1, 0.2)), "h"))


def agents(path: Path) -> None:
    rows = read_plain_table(AGENTS, path)
    check_agents(rows, "a")
    multipliers(filled(rows))


def steps(path: Path) -> None:
    sessions = measured_sessions(read_plain_table(AGENT_STEPS, path))
    closed_form_errors(sessions)
    multipliers(filled(agents_of(sessions)))


def commitments(path: Path) -> None:
    rows = {"period": [f"2027-{month:02d}" for month in range(1, 7)], "region": "east", "workload": "chat",
            "input_mtok_per_day": 5.0, "output_mtok_per_day": 1.0, "requests_per_day": float("nan"),
            "mean_input_tokens": float("nan"), "mean_output_tokens": float("nan"), "peak_to_mean": 2.0}  # fmt: skip
    committed(pd.DataFrame(rows), read_plain_table(COMMITMENTS, path), surge=True)


def events(path: Path) -> None:
    series = pd.DataFrame({"workload": ["chat"], "region": [""], "service_class": ["chat"]})
    table = read_plain_table(EVENTS, path, 3)
    draw_paths(Setup(TINY.periods, 3, series, [Spread(0.03, 0.1)], table), 20, 1)


READERS = {"history": history, "agents": agents, "steps": steps, "commitments": commitments, "events": events}
PIECES = st.sampled_from(
    [
        "",
        ",",
        "\n",
        '"',
        "0",
        "-1",
        "1e308",
        "1e9",
        "nan",
        "*",
        "x",
        "a",
        "2027-01",
        "2027Q1",
        " ",
        "\x00",
        "é",
        "0.5",
    ]
)


@pytest.mark.parametrize("kind", sorted(READERS))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), PIECES), min_size=1, max_size=3))
def test_damage_is_told_or_harmless(kind: str, damage: list[tuple[float, int, str]], tmp_path: Path) -> None:
    text = GOOD[kind]
    for place, length, piece in damage:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + length :]
    path = tmp_path / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(PlannerError):
        READERS[kind](path)


@pytest.mark.parametrize("kind", sorted(READERS))
def test_the_undamaged_files_are_taken(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"{kind}.csv"
    path.write_text(GOOD[kind], encoding="utf-8")
    READERS[kind](path)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b"a;b\n1;2\n"])
def test_files_that_are_no_tables_are_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_bytes(data)
    with pytest.raises(PlannerError):
        read_plain_table(HISTORY, path)
    with pytest.raises(PlannerError):
        read_plain_table(HISTORY, tmp_path)
    with pytest.raises(PlannerError):
        read_plain_table(HISTORY, tmp_path / "absent.csv")
