"""Sessions as they were logged: what they took, what the closed form says of them, and the agent they make."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.demand.agents.growth import series
from planner.tables import Column, Table

CLOSED_FORM_ERROR = (
    0.15  # assumed: beyond this in the median, contexts reset or branch and measured totals are better
)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "number", meaning, "tokens", low=0, high=1e9, default=None)


AGENT_STEPS = Table(
    "agent_steps",
    "model calls of logged sessions, in order",
    ("agent", "session", "step"),
    (
        Column("agent", "text", "kind of agent"),
        Column("session", "id", "session"),
        Column("step", "whole", "number of the call in its session", low=0, high=10**9),
        Column("t_s", "number", "when, from any moment", "s", default=None),
        _count("input_tokens", "prompt, cached included"),
        _count("output_tokens", "answer"),
        Column("prefix_share", "share", "of the prompt, seen earlier in the session", default=None),
        _count("approx_in_tokens", "in place of input_tokens: an estimate"),
        _count("approx_out_tokens", "in place of output_tokens: an estimate"),
        Column("in_chars", "number", "characters of the prompt; not used", low=0, default=None),
        Column("out_chars", "number", "characters of the answer; not used", low=0, default=None),
    ),
)


def measured_sessions(steps: pd.DataFrame) -> pd.DataFrame:
    """One row per session.

    Parameters
    ----------
    steps : rows of `AGENT_STEPS`; calls without a prompt size are left out

    Returns
    -------
    agent, session, calls, first_prompt [tokens], growth [tokens per call, last less first prompt], output [tokens per
    call], logical_input, found_input [tokens; NaN where not logged], closed_form [tokens], error (measured over closed
    form, less 1), resets [calls whose prompt is shorter than the one before]
    """
    calls = steps.assign(
        prompt=steps["input_tokens"].fillna(steps["approx_in_tokens"]),
        answer=steps["output_tokens"].fillna(steps["approx_out_tokens"]),
    )
    calls = calls[calls["prompt"].notna()].sort_values(["agent", "session", "step"], kind="stable")
    key = ["agent", "session"]
    calls["found"] = calls["prefix_share"] * calls["prompt"]
    calls["reset"] = (calls.groupby(key)["prompt"].diff() < 0).astype(float)
    groups = calls.groupby(key, sort=True)
    table = groups.agg(
        calls=("prompt", "size"),
        first_prompt=("prompt", "first"),
        last_prompt=("prompt", "last"),
        output=("answer", "mean"),
        logical_input=("prompt", "sum"),
        resets=("reset", "sum"),
    )
    table["found_input"] = groups["found"].sum(min_count=1)
    table = table.reset_index()
    more = np.maximum(table["calls"] - 1, 1)
    table["growth"] = (table["last_prompt"] - table["first_prompt"]) / more
    table["closed_form"] = series(
        table["first_prompt"].to_numpy(float), table["growth"].to_numpy(float), table["calls"].to_numpy(float)
    )
    table["error"] = table["logical_input"] / table["closed_form"] - 1.0
    return table.drop(columns="last_prompt")


def closed_form_errors(sessions: pd.DataFrame) -> pd.DataFrame:
    """How far the closed form is from the measured totals of each agent.

    Returns
    -------
    agent, sessions, median_calls, times_first_prompt (median of total input over first prompt), found_share (of all
    input), error_p10, error_p50, error_p90, use: "closed form", or "measured totals" where the median error is beyond
    `CLOSED_FORM_ERROR`
    """
    rows = []
    for agent, mine in sessions.groupby("agent", sort=True):
        low, middle, high = np.quantile(mine["error"], [0.1, 0.5, 0.9])
        rows.append(
            {
                "agent": agent,
                "sessions": len(mine),
                "median_calls": float(mine["calls"].median()),
                "times_first_prompt": float((mine["logical_input"] / mine["first_prompt"]).median()),
                "found_share": float(mine["found_input"].sum(min_count=1) / mine["logical_input"].sum()),
                "error_p10": float(low),
                "error_p50": float(middle),
                "error_p90": float(high),
                "use": "closed form" if abs(middle) <= CLOSED_FORM_ERROR else "measured totals",
            }
        )
    return pd.DataFrame(rows)


def agents_of(sessions: pd.DataFrame) -> pd.DataFrame:
    """Rows of `AGENTS` whose closed form gives the measured mean input, new input and output per session.

    Calls, first prompt and output are means; the growth per call is what is left, and so is the found share::

        growth = (input - calls * first) / (calls * (calls - 1) / 2)

    so that totals are right even for agents whose contexts reset and branch. Where sessions differ so much that their
    mean context would then hold more new tokens than were logged, the first prompt is an effective one instead, which
    solves ``input = calls * first + growth * calls * (calls - 1) / 2`` and ``new = first + growth * (calls - 1)``.
    """
    rows = []
    for agent, mine in sessions.groupby("agent", sort=True):
        calls, total = float(mine["calls"].mean()), float(mine["logical_input"].mean())
        first = min(float(mine["first_prompt"].mean()), total / calls)
        new = total - float(mine["found_input"].sum(min_count=1)) / len(mine)  # NaN where it was not logged
        answers = float((mine["output"] * mine["calls"]).sum() / mine["calls"].sum())
        first, growth, found = _fitted(calls, total, first, new)
        rows.append(
            {
                "agent": str(agent).replace(" ", "-"),
                "steps": calls,
                "first_prompt_tokens": first,
                "growth_tokens_per_step": growth,
                "output_tokens_per_step": answers,
                "found_share": found,
                "source": f"{len(mine)} measured sessions",
            }
        )
    return pd.DataFrame(rows)


def _fitted(calls: float, total: float, first: float, new: float) -> tuple[float, float, float | None]:
    """First prompt, growth and found share of the mean session; see `agents_of`."""
    if calls <= 1.0:
        return first, 0.0, None if np.isnan(new) else 1.0
    pairs, opened = _sums(calls, 0.0, 1.0), _sums(calls, 1.0, 0.0)  # between whole calls as the series has it
    growth = (total - opened * first) / pairs
    if np.isnan(new):
        return first, growth, None
    reusable = total - first - growth * (calls - 1.0)
    found = (total - new) / reusable if reusable > 0 else 1.0
    if found <= 1.0:
        return first, growth, max(found, 0.0)
    steeper = (opened * new - total) / (opened * (calls - 1.0) - pairs)
    effective = new - steeper * (calls - 1.0)
    return (effective, steeper, 1.0) if steeper >= 0 and effective > 0 else (first, growth, 1.0)


def _sums(calls: float, first: float, growth: float) -> float:
    one = np.array([1.0])
    return float(series(first * one, growth * one, calls * one)[0])
