"""Sessions of agents: the closed form against a call-by-call count, and against the worked examples."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.agents import EXAMPLES, filled, multipliers, session_totals
from planner.demand.agents.growth import session_sums
from planner.demand.agents.idle import found_after, held_for, pauses
from planner.demand.agents.shapes import check_agents
from planner.errors import InputError


def counted(steps: int, first: float, growth: float, output: float, at: float, to: float) -> dict[str, float]:
    """The session, one call after the other."""
    context, logical, new, out, compactions, peak = first, first, first, output, 0, first
    for _ in range(steps - 1):
        if context + growth > at:
            logical += context  # the call that summarises reads it all and finds it all
            out += to - first
            compactions += 1
            context = to
            new += to - first
        else:
            context += growth
            new += growth
        logical += context
        out += output
        peak = max(peak, context)
    return {
        "logical_input": logical,
        "new_input": new,
        "output": out,
        "compactions": compactions,
        "peak_context": peak,
    }


def summed(
    steps: float, first: float, growth: float, output: float, at: float, to: float
) -> dict[str, float]:
    one = [np.array([float(value)]) for value in (steps, first, growth, output, at, to)]
    return {name: float(value[0]) for name, value in vars(session_sums(*one)).items()}


@settings(deadline=None, max_examples=50)
@given(
    steps=st.integers(1, 200),
    first=st.integers(1, 5_000),
    growth=st.integers(0, 1_000),
    output=st.integers(0, 500),
    room=st.integers(0, 20_000),
    share=st.floats(0.0, 1.0),
)
def test_the_closed_form_is_the_call_by_call_count(
    steps: int, first: int, growth: int, output: int, room: int, share: float
) -> None:
    at = first + room
    to = first + math.floor(share * room)
    expected = counted(steps, first, growth, output, at, to)
    assert summed(steps, first, growth, output, at, to) == pytest.approx(expected)


def test_without_compaction_it_is_the_formula_of_the_reference() -> None:
    found = summed(33, 12_000, 2_100, 400, math.inf, 12_000)
    assert found["logical_input"] == 33 * 12_000 + 2_100 * 33 * 32 / 2
    assert found["new_input"] == 12_000 + 2_100 * 32
    assert found["output"] == 33 * 400


def test_the_worked_examples() -> None:
    """Logical and computed tokens of the table in section 3.6: exact, then as printed there."""
    table = multipliers(filled(EXAMPLES)).set_index("agent")
    assert table.loc[["chat", "light", "tool"], "logical_tokens"].tolist() == [1_000, 7_750, 49_000]
    assert table.loc[["chat", "light", "tool"], "compute_tokens"].tolist() == [1_000, 2_650, 9_400]
    assert round(table.loc["coding", "logical_tokens"] / 1e6, 2) == 1.52
    assert round(table.loc["coding", "compute_tokens"] / 1e3) == 92


def test_a_published_agent_comes_out_near_what_was_published() -> None:
    """TraceLab: 82.5 calls a session, 154 k in per call, 95.7 % found, sessions that compact 4.5 to 18 %."""
    totals = session_totals(filled(EXAMPLES)).set_index("agent").loc["coding-long"]
    assert totals["calls"] == pytest.approx(82.5, rel=0.2)
    assert totals["logical_input"] / totals["calls"] == pytest.approx(154_000, rel=0.35)
    assert totals["found_share"] == pytest.approx(0.957, abs=0.02)


@pytest.mark.parametrize(("keep_s", "published"), [(60, 0.854), (300, 0.940), (3600, 0.986)])
def test_the_default_pauses_give_the_published_found_shares(keep_s: float, published: float) -> None:
    agent = pd.DataFrame([{"agent": "a", "steps": 2.0, "first_prompt_tokens": 1.0, "output_tokens_per_step": 1.0,
                           "keep_s": keep_s}])  # fmt: skip
    assert pauses(filled(agent))[0][0] == pytest.approx(published, abs=0.01)


def test_pauses_are_those_of_drawn_lognormals() -> None:
    """Found and held against 200,000 drawn pauses."""
    median, p90, keep = 86.0, 900.0, 300.0
    sigma = math.log(p90 / median) / 1.2815515655
    drawn = np.exp(math.log(median) + sigma * np.random.default_rng(5).standard_normal(200_000))
    arrays = np.array([median]), np.array([p90]), np.array([keep])
    assert found_after(*arrays)[0] == pytest.approx(np.mean(drawn <= keep), abs=0.005)
    assert held_for(*arrays)[0] == pytest.approx(np.minimum(drawn, keep).mean(), rel=0.01)


GROWING = {
    "steps": st.floats(1, 300),
    "first_prompt_tokens": st.floats(1, 50_000),
    "growth_tokens_per_step": st.floats(0, 5_000),
    "output_tokens_per_step": st.floats(1, 2_000),
    "keep_s": st.floats(0, 1e5),
}


@settings(deadline=None, max_examples=50)
@given(
    st.fixed_dictionaries(GROWING), st.sampled_from(["steps", "growth_tokens_per_step"]), st.floats(1.0, 5.0)
)
def test_more_calls_or_growth_never_make_less(shape: dict[str, float], name: str, times: float) -> None:
    both = pd.DataFrame([{"agent": "a", **shape}, {"agent": "b", **shape, name: shape[name] * times}])
    small, large = session_totals(filled(both)).to_dict("records")
    for total in ("logical_input", "new_input", "compute_input", "output", "active_kv_token_s"):
        assert large[total] >= small[total] * (1 - 1e-9), total
    for row in (small, large):
        assert row["new_input"] <= row["compute_input"] * (1 + 1e-9)
        assert row["compute_input"] <= row["logical_input"] * (1 + 1e-9)


@settings(deadline=None, max_examples=50)
@given(st.fixed_dictionaries(GROWING), st.floats(1.0, 100.0))
def test_keeping_longer_computes_less_and_holds_more(shape: dict[str, float], times: float) -> None:
    both = pd.DataFrame([{"agent": "a", **shape}, {"agent": "b", **shape, "keep_s": shape["keep_s"] * times}])
    short, long = session_totals(filled(both)).to_dict("records")
    assert long["compute_input"] <= short["compute_input"] * (1 + 1e-9)
    assert long["parked_kv_token_s"] >= short["parked_kv_token_s"] * (1 - 1e-9)


def fleet(**changes: object) -> pd.DataFrame:
    rows = [
        {"agent": "lead", "steps": 3, "first_prompt_tokens": 1000, "output_tokens_per_step": 100, "fan_out": 4.0,
         "sub_agent": "scout"},
        {"agent": "scout", "steps": 2, "first_prompt_tokens": 500, "output_tokens_per_step": 50, "fan_out": 0.0,
         "sub_agent": None},
    ]  # fmt: skip
    rows[1] |= changes
    return filled(pd.DataFrame(rows))


def test_sub_agents_add_theirs() -> None:
    totals = session_totals(fleet()).set_index("agent")
    assert totals.loc["lead", "logical_input"] == pytest.approx(3 * 1000 + 4 * 2 * 500)
    assert totals.loc["lead", "output"] == pytest.approx(3 * 100 + 4 * 2 * 50)
    assert totals.loc["scout", "logical_input"] == pytest.approx(2 * 500)


def test_agents_in_a_circle_are_refused() -> None:
    with pytest.raises(InputError, match="circle"):
        session_totals(fleet(fan_out=1.0, sub_agent="lead"))


def test_a_sub_agent_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="one of: lead, scout"):
        session_totals(fleet(fan_out=1.0, sub_agent="scuot"))


def test_figures_that_do_not_fit_together_are_told() -> None:
    row = {"agent": "a", "steps": 9.0, "steps_p90": 5.0, "first_prompt_tokens": 100.0, "output_tokens_per_step": 1.0,
           "compact_at_tokens": 50.0, "compact_to_tokens": 80.0}  # fmt: skip
    with pytest.raises(InputError) as error:
        check_agents(pd.DataFrame([row]), "agents.csv")
    assert [problem.field for problem in error.value.problems] == [
        "steps_p90",
        "compact_to_tokens",
        "compact_at_tokens",
    ]
    check_agents(EXAMPLES, "examples")
