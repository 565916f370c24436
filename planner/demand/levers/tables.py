"""The declared table of levers, and levers to try for who has none."""

from __future__ import annotations

import pandas as pd

from planner.tables import Column, Table

KINDS = (
    "response_cache",
    "shorter_prompts",
    "context_compaction",
    "prefix_cache",
    "shorter_outputs",
    "smaller_model",
)

LEVERS = Table(
    "levers",
    "measures that save tokens, and how far they are used",
    ("lever",),
    (
        Column("lever", "id", "name"),
        Column("kind", "choice", "what it does; kinds are applied in this order", choices=KINDS),
        Column("workload", "id", "workload it is used on; blank: all", default=None),
        Column("saves_share", "share", "response_cache: of requests answered; shorter_prompts: of input; "
               "context_compaction: of input above above_tokens; prefix_cache: of input found with an unlimited store; "
               "shorter_outputs: of output; smaller_model: of requests that go to to_workload"),
        Column("adoption_share", "share", "of requests it is used on, in the end", default=1.0),
        Column("from_period", "month", "first period; blank: the first of the horizon", default=None),
        Column("ramp_months", "number", "until it is used on all of them", "months", low=0, high=240, default=0.0),
        Column("above_tokens", "number", "context_compaction: contexts longer than this", "tokens", low=0, high=1e8,
               default=0.0),
        Column("store_mtokens", "number", "prefix_cache: size of a store; blank: unlimited", "million tokens", above=0,
               high=1e9, default=None),
        Column("stores", "number", "prefix_cache: stores that requests are spread over at random", "stores", low=1,
               high=1e6, default=1.0),
        Column("to_workload", "id", "smaller_model: the workload with that model", default=None),
        Column("start_cost", "number", "paid once", "case currency", low=0, high=1e12, default=0.0),
        Column("cost_per_month", "number", "while it is used", "case currency per month", low=0, high=1e12,
               default=0.0),
        Column("source", "text", "where the figures come from", default=None),
        Column("note", "text", "free text", default=None),
    ),
)  # fmt: skip

_TRIAL = "trial size of reference/demand.md section 3.8; what your traffic gives is to be measured"
_ROWS = (
    ("response-cache", "response_cache", 0.2, 0.0, _TRIAL),
    ("prompts", "shorter_prompts", 0.3, 0.0, _TRIAL),
    ("compaction", "context_compaction", 0.5, 8192.0, "assumed: half of what lies above 8 k tokens"),
    ("prefix-cache", "prefix_cache", 0.5, 0.0, _TRIAL),
    ("outputs", "shorter_outputs", 0.3, 0.0, _TRIAL),
)


def trial_levers() -> pd.DataFrame:
    """Rows of `LEVERS` of the sizes the reference tried: what a lever of that size would do here."""
    table = pd.DataFrame(_ROWS, columns=["lever", "kind", "saves_share", "above_tokens", "source"])
    return lever_rows(table)


def lever_rows(given: pd.DataFrame) -> pd.DataFrame:
    """Rows of `LEVERS` with every declared column, blanks filled with declared defaults."""
    table = pd.DataFrame(index=given.index)
    for column in LEVERS.columns:
        blank = None if column.required else column.default
        values = (
            given[column.name]
            if column.name in given.columns
            else pd.Series([blank] * len(given), dtype=object)
        )
        if column.kind in ("number", "share"):
            table[column.name] = values.astype(float).to_numpy()
        else:
            texts = [None if pd.isna(value) else value for value in values]
            table[column.name] = pd.Series(texts, dtype=object, index=given.index)
    return table.reset_index(drop=True)
