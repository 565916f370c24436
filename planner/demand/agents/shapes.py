"""What describes an agent: the declared table, the usual figures for its blanks, and known examples.

Sources: TraceLab, 4,265 sessions of coding agents (reference/demand.md section 3.6); the worked examples of the
same section; mini-SWE sessions of the shared traces.
"""

from __future__ import annotations

import pandas as pd

from planner.errors import InputError, Problem
from planner.tables import REQUIRED, Column, Required, Table

STEPS_PER_TURN = 8.8  # measured: TraceLab, model calls per user request
REPLY_GAP_MEDIAN_S = 86.0  # measured: TraceLab, median time until a person answers
REPLY_GAP_P90_S = 4_500.0  # fitted with the two below to TraceLab's hit shares, see `idle.py`
TOOL_GAP_MEDIAN_S = 2.6  # fitted, see `idle.py`
TOOL_GAP_P90_S = 56.0  # fitted, see `idle.py`
KEEP_S = 300.0  # assumed: a provider's usual five minutes; TraceLab's middle case
FIRST_TOKEN_S = 1.0  # assumed: under the agent class's promise of 3 s, most prompts being found
TOKEN_S = 0.04  # service class agent: promise of 40 ms per token


def _tokens(name: str, meaning: str, default: float | Required = REQUIRED) -> Column:
    return Column(name, "number", meaning, "tokens", low=0, high=1e9, default=default)


def _time(name: str, meaning: str, default: float | None) -> Column:
    return Column(name, "number", meaning, "s", above=0, high=1e8, default=default)


AGENTS = Table(
    "agents",
    "how a session of an agent grows: its calls, its context and its pauses",
    ("agent",),
    (
        Column("agent", "id", "kind of agent"),
        Column("steps", "number", "model calls per session: the mean, or the median where steps_p90 is given", "calls",
               low=1, high=1e6),
        Column("steps_p90", "number", "calls that nine sessions of ten stay under; steps then spread lognormally",
               "calls", low=1, high=1e6, default=None),
        _tokens("first_prompt_tokens", "prompt of the first call"),
        _tokens("growth_tokens_per_step", "by which the prompt of a call exceeds that of the one before", 0.0),
        _tokens("output_tokens_per_step", "output of a call, reasoning included"),
        Column("compact_at_tokens", "number", "context at which the agent summarises its history; blank: never",
               "tokens", above=0, high=1e9, default=None),
        Column("compact_to_tokens", "number", "context after that: the first prompt and the summary", "tokens", above=0,
               high=1e9, default=None),
        Column("found_share", "share", "of the earlier context, found in the prefix cache; blank: from the pauses",
               "share", default=None),
        Column("keep_s", "number", "how long the cache keeps an idle prefix", "s", low=0, high=1e8, default=KEEP_S),
        Column("steps_per_turn", "number", "model calls per message of a person", "calls", low=1, high=1e6,
               default=STEPS_PER_TURN),
        _time("reply_gap_median_s", "until a person answers", REPLY_GAP_MEDIAN_S),
        _time("reply_gap_p90_s", "until nine of ten answers", REPLY_GAP_P90_S),
        _time("tool_gap_median_s", "until a tool answers", TOOL_GAP_MEDIAN_S),
        _time("tool_gap_p90_s", "until nine of ten tools", TOOL_GAP_P90_S),
        _time("step_s", "a model call takes; blank: 1 s and 40 ms per output token", None),
        Column("fan_out", "number", "sessions of sub-agents that a session starts", "sessions", low=0, high=1e4,
               default=0.0),
        Column("sub_agent", "id", "kind of those sessions", default=None, refers="agents"),
        Column("source", "text", "where the figures come from", default=None),
        Column("note", "text", "free text", default=None),
    ),
)  # fmt: skip

_COLUMNS = ("agent", "steps", "steps_p90", "first_prompt_tokens", "growth_tokens_per_step", "output_tokens_per_step",
            "compact_at_tokens", "compact_to_tokens", "found_share", "source")  # fmt: skip
_SECTION = "worked example, reference/demand.md section 3.6"
_ROWS = (
    ("chat", 1, None, 800, 0, 200, None, None, 1.0, _SECTION),
    ("light", 5, None, 900, 250, 150, None, None, 1.0, _SECTION),
    ("tool", 10, None, 2_000, 600, 200, None, None, 1.0, _SECTION),
    ("coding", 33, None, 12_000, 2_100, 400, None, None, 1.0, _SECTION),
    ("mini-swe", 22, None, 1_477, 159, 100, None, None, 0.94,
     "medians of 20 measured sessions, shared traces (agent_steps.csv)"),
    ("coding-long", 16, 152, 30_000, 1_750, 523, 200_000, 60_000, None,
     "TraceLab: calls p50 16, p90 152, 1,700-1,800 tokens more a call, 523 out; first prompt and compaction assumed"),
)  # fmt: skip


def filled(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `AGENTS` with every declared column: what is not there takes its declared default."""
    table = rows.copy()
    for column in AGENTS.columns:
        if column.name not in table.columns:
            table[column.name] = pd.Series([column.default] * len(table), index=table.index, dtype=object)
    for column in AGENTS.columns:
        if column.kind in ("number", "share"):
            table[column.name] = table[column.name].astype(float)
        else:
            table[column.name] = table[column.name].astype(object).where(table[column.name].notna(), None)
    given = table["step_s"]
    table["step_s"] = given.fillna(FIRST_TOKEN_S + TOKEN_S * table["output_tokens_per_step"])
    return table[list(AGENTS.names)].reset_index(drop=True)


def check_agents(rows: pd.DataFrame, file: str) -> None:
    """Agents whose figures fit together.

    Raises
    ------
    InputError : a p90 below its median, or a compaction that makes a context longer
    """
    pairs = (
        ("steps", "steps_p90"),
        ("reply_gap_median_s", "reply_gap_p90_s"),
        ("tool_gap_median_s", "tool_gap_p90_s"),
        ("first_prompt_tokens", "compact_to_tokens"),
        ("compact_to_tokens", "compact_at_tokens"),
    )
    problems = [
        Problem(file, f"agent {row['agent']}", high, f"{row[high]:g}", f"at least {low}, {row[low]:g}")
        for row in filled(rows).to_dict("records")
        for low, high in pairs
        if row[high] < row[low]  # never with a blank
    ]
    if problems:
        raise InputError(problems)


EXAMPLES = pd.DataFrame(list(_ROWS), columns=list(_COLUMNS))
