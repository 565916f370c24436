"""Logged sessions: the band the reference states, and agents whose totals are the measured ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.demand.agents import filled, session_totals
from planner.demand.agents.lengths import agent_profile, on_grid
from planner.demand.agents.measured import AGENT_STEPS, agents_of, closed_form_errors, measured_sessions
from planner.inputs.plain_table import read_plain_table

TRACE = Path(__file__).resolve().parents[3] / "shared" / "data" / "traces" / "agent_steps.csv"


@pytest.fixture(scope="module")
def sessions() -> pd.DataFrame:
    if not TRACE.is_file():
        pytest.skip("the traces are not on this machine")
    return measured_sessions(read_plain_table(AGENT_STEPS, TRACE))


def test_mini_swe_sessions_lie_in_the_stated_band(sessions: pd.DataFrame) -> None:
    """Reference section 3.6: 22 calls, 31 times the first prompt, 94 % shared, closed form -9 to +17 %."""
    row = closed_form_errors(sessions).set_index("agent").loc["mini-swe-agent"]
    assert row["sessions"] == 20
    assert row["median_calls"] == 22
    assert row["times_first_prompt"] == pytest.approx(31, rel=0.05)
    assert row["found_share"] == pytest.approx(0.94, abs=0.005)
    assert round(row["error_p10"], 2) == -0.09
    assert round(row["error_p90"], 2) == 0.17
    assert row["use"] == "closed form"


def test_total_input_grows_with_calls_as_stated(sessions: pd.DataFrame) -> None:
    mini = sessions[sessions["agent"] == "mini-swe-agent"]
    slope = np.polyfit(np.log(mini["calls"]), np.log(mini["logical_input"]), 1)[0]
    assert slope == pytest.approx(1.8, abs=0.05)


def test_agents_that_branch_are_told_apart(sessions: pd.DataFrame) -> None:
    """33 calls, 83 % shared, the closed form 1.5 times too low."""
    row = closed_form_errors(sessions).set_index("agent").loc["magentic-style multi-agent"]
    assert row["median_calls"] == 33
    assert row["found_share"] == pytest.approx(0.83, abs=0.005)
    assert 1.0 + row["error_p50"] == pytest.approx(1.5, abs=0.02)
    assert row["use"] == "measured totals"


def test_agents_made_of_sessions_have_their_mean_totals(sessions: pd.DataFrame) -> None:
    totals = session_totals(filled(agents_of(sessions)))
    measured = sessions.groupby("agent")
    assert totals["logical_input"].to_numpy() == pytest.approx(measured["logical_input"].mean().to_numpy())
    new = measured["logical_input"].mean() - measured["found_input"].sum() / measured["agent"].size()
    assert totals["compute_input"].to_numpy() == pytest.approx(new.to_numpy(), rel=0.02)


def test_a_log_by_hand() -> None:
    """100, 150, 200 in: closed form exact. 100, 300, 100: growth 0, three times 100 against 500."""
    log = pd.DataFrame(
        {
            "agent": "a",
            "session": ["x"] * 3 + ["y"] * 3,
            "step": [1, 2, 3] * 2,
            "input_tokens": [100.0, 150.0, 200.0, 100.0, 300.0, 100.0],
            "output_tokens": 10.0,
            "prefix_share": [0.0, 0.5, 0.5, 0.0, 0.0, 1.0],
        }
    )
    log["approx_in_tokens"] = log["approx_out_tokens"] = np.nan
    table = measured_sessions(log).set_index("session")
    assert table["error"].to_dict() == pytest.approx({"x": 0.0, "y": 500 / 300 - 1})
    assert table["resets"].to_dict() == {"x": 0, "y": 1}
    assert table["found_input"].to_dict() == pytest.approx({"x": 175.0, "y": 100.0})


@pytest.mark.parametrize("compacts", [False, True])
def test_a_profile_of_calls_keeps_the_totals(compacts: bool) -> None:
    """Shares times means are the session's input per call; compaction calls themselves are no calls of the profile."""
    agent = {"agent": "a", "steps": 40.0, "first_prompt_tokens": 1_000.0, "growth_tokens_per_step": 700.0,
             "output_tokens_per_step": 300.0, "found_share": 1.0}  # fmt: skip
    if compacts:
        agent |= {"compact_at_tokens": 12_000.0, "compact_to_tokens": 3_000.0}
    shapes = filled(pd.DataFrame([agent]))
    profile, totals = agent_profile(shapes, "a", "mine"), session_totals(shapes).iloc[0]
    prompts = [1_000.0]
    for _ in range(39):
        prompts.append(3_000.0 if compacts and prompts[-1] + 700 > 12_000 else prompts[-1] + 700)
    assert profile["share"].sum() == pytest.approx(1.0, abs=1e-12)
    assert (profile["share"] * profile["mean_in"]).sum() == pytest.approx(np.mean(prompts))
    assert (profile["mean_in"] >= profile["in_lo"]).all()
    assert (profile["mean_in"] <= profile["in_hi"]).all()
    computed = (profile["share"] * (profile["mean_in"] - profile["mean_cached_in"])).sum() * 40
    assert computed == pytest.approx(totals["compute_input"])


def test_the_grid_puts_an_edge_into_the_lower_cell() -> None:
    ones = np.ones(2)
    cells = on_grid(np.array([512.0, 513.0]), 0 * ones, 64 * ones, ones)
    assert cells["in_hi"].tolist() == [512.0, 2048.0]
    assert cells["out_hi"].tolist() == [64.0, 64.0]
