"""Tokens of a session: logical, computed and held, with its sub-agents, and against one call of the same length."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.demand.agents.growth import session_sums
from planner.demand.agents.idle import NORMAL_P90, pauses
from planner.errors import InputError, Problem

Numbers = npt.NDArray[np.float64]
# Equal-probability points of the calls per session. The outermost is the 99.5th percentile: beyond it sessions are few
# and contexts full, so the lognormal's tail is left out (TraceLab: p50 16, p90 152, and p99 1,236 against 953 here).
SPREAD_POINTS = 100
SUMMED = (
    "calls",
    "logical_input",
    "new_input",
    "compute_input",
    "output",
    "active_kv_token_s",
    "parked_kv_token_s",
)


def session_totals(agents: pd.DataFrame) -> pd.DataFrame:
    """Means per session of every agent.

    Formulas, for calls i with prompt c_i, output o, found share h and time t per call::

        logical  = sum c_i                       compute = new + h' (logical - new),   h' = 1 - h
        active   = (logical + output / 2) * t    held while calls run                      [token seconds]
        parked   = logical * held * (calls - 1) / calls     held while a tool or a person is waited for

    Sub-agents add theirs: ``total = own + fan_out * total(sub_agent)``.

    Parameters
    ----------
    agents : rows of `AGENTS` with every column, as `filled` gives them

    Returns
    -------
    agent, calls, compactions, peak_context [tokens], found_share, logical_input, new_input, compute_input, output
    [tokens], active_kv_token_s, parked_kv_token_s [token seconds], and session_s, the mean time from first to last call

    Raises
    ------
    InputError : a sub-agent that is not there, or agents that start each other in a circle
    """
    table = own_totals(agents)
    share = _starts(agents)
    summed = np.linalg.solve(np.eye(len(agents)) - share, table[list(SUMMED)].to_numpy())
    for at, name in enumerate(SUMMED):
        table[name] = summed[:, at]
    return table


def own_totals(agents: pd.DataFrame) -> pd.DataFrame:
    """As `session_totals`, without sub-agents."""
    steps = spread_calls(agents)  # (agents, points)
    columns = {name: agents[name].to_numpy(dtype=float)[:, None] for name in _GROWTH}
    limit = np.where(np.isnan(columns["compact_at_tokens"]), np.inf, columns["compact_at_tokens"])
    first = columns["first_prompt_tokens"]
    target = np.where(np.isnan(columns["compact_to_tokens"]), first, columns["compact_to_tokens"])
    sums = session_sums(
        steps, first, columns["growth_tokens_per_step"], columns["output_tokens_per_step"], limit, target
    )
    mean = {name: np.broadcast_to(value, steps.shape).mean(axis=1) for name, value in vars(sums).items()}
    found, held_s = pauses(agents)
    step_s = agents["step_s"].to_numpy(dtype=float)
    calls = steps.mean(axis=1) + mean["compactions"]
    logical, new = mean["logical_input"], mean["new_input"]
    return pd.DataFrame(
        {
            "agent": agents["agent"].to_list(),
            "calls": calls,
            "compactions": mean["compactions"],
            "peak_context": mean["peak_context"],
            "found_share": found,
            "logical_input": logical,
            "new_input": new,
            "compute_input": new + (1.0 - found) * np.maximum(logical - new, 0.0),
            "output": mean["output"],
            "active_kv_token_s": (logical + mean["output"] / 2.0) * step_s,
            "parked_kv_token_s": logical * held_s * np.maximum(calls - 1.0, 0.0) / calls,
            "session_s": calls * step_s + np.maximum(calls - 1.0, 0.0) * held_s,
        }
    )


_GROWTH = ("first_prompt_tokens", "growth_tokens_per_step", "output_tokens_per_step", "compact_at_tokens",
           "compact_to_tokens")  # fmt: skip


def spread_calls(agents: pd.DataFrame) -> Numbers:
    """Calls per session at equal-probability points; shape (agents, points)."""
    from statistics import NormalDist

    inside = (np.arange(SPREAD_POINTS) + 0.5) / SPREAD_POINTS
    z = np.array([NormalDist().inv_cdf(float(share)) for share in inside])
    steps = agents["steps"].to_numpy(dtype=float)[:, None]
    p90 = agents["steps_p90"].to_numpy(dtype=float)[:, None]
    sigma = np.where(np.isnan(p90), 0.0, np.log(np.where(np.isnan(p90), steps, p90) / steps)) / NORMAL_P90
    return np.asarray(np.maximum(steps * np.exp(sigma * z[None, :]), 1.0))


def _starts(agents: pd.DataFrame) -> Numbers:
    """Sessions of agent j that a session of agent i starts; shape (agents, agents)."""
    names = {name: at for at, name in enumerate(agents["agent"])}
    starts = np.zeros((len(agents), len(agents)))
    for at, (count, sub) in enumerate(zip(agents["fan_out"], agents["sub_agent"], strict=True)):
        if not count:
            continue
        if sub not in names:
            raise _sub_agent_error(agents["agent"][at], sub, f"one of: {', '.join(names)}")
        starts[at, names[sub]] = count
    if np.linalg.matrix_power((starts > 0).astype(float), len(agents)).any():
        circle = agents.loc[agents["fan_out"] > 0, "agent"]
        raise _sub_agent_error(
            circle.iloc[0], "a circle", "agents that end: none starts itself through another"
        )
    return starts


def _sub_agent_error(agent: str, found: object, expected: str) -> InputError:
    return InputError([Problem("agents", f"key {agent}", "sub_agent", f"{found or 'blank'}", expected)])


def one_call(agents: pd.DataFrame) -> pd.DataFrame:
    """The question these agents begin with, asked once: its logical tokens, compute tokens and KV token seconds."""
    question = agents["first_prompt_tokens"] + agents["output_tokens_per_step"]
    held = (agents["first_prompt_tokens"] + agents["output_tokens_per_step"] / 2.0) * agents["step_s"]
    return pd.DataFrame({"question_tokens": question, "question_kv_token_s": held}).astype(float)


def multipliers(agents: pd.DataFrame) -> pd.DataFrame:
    """What a session makes of its first question, as a reader understands it.

    Returns
    -------
    agent, calls, question_tokens (first prompt and one answer), logical_tokens, compute_tokens (input and output of the
    session), resident_kv_tokens (mean held while the session is open), and times_logical, times_compute, times_kv: each
    over one call of the question; the last in token seconds, for a cache pays for time as well as for size

    Examples
    --------
    A light agent of five calls makes 7,750 logical tokens of a question of 1,050, and computes 2,650:

    >>> from planner.demand.agents.shapes import EXAMPLES, filled
    >>> light = filled(EXAMPLES[EXAMPLES["agent"] == "light"])
    >>> multipliers(light)[["logical_tokens", "compute_tokens"]].to_numpy().tolist()
    [[7750.0, 2650.0]]
    """
    totals, single = session_totals(agents), one_call(agents)
    logical = totals["logical_input"] + totals["output"]
    compute = totals["compute_input"] + totals["output"]
    held = totals["active_kv_token_s"] + totals["parked_kv_token_s"]
    return pd.DataFrame(
        {
            "agent": totals["agent"],
            "calls": totals["calls"],
            "question_tokens": single["question_tokens"],
            "logical_tokens": logical,
            "compute_tokens": compute,
            "resident_kv_tokens": held / totals["session_s"],
            "times_logical": logical / single["question_tokens"],
            "times_compute": compute / single["question_tokens"],
            "times_kv": held / single["question_kv_token_s"],
        }
    )
