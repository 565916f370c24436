"""Readers of the traces: each returns requests with input, output and cached tokens and a weight."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from planner.inputs.prefix_store import cached_tokens
from planner.inputs.usage.formats.traces import MOONCAKE_BLOCK_TOKENS

CHARACTERS_PER_TOKEN = 4  # the trace's own estimate (README of the traces): its text was dropped


def azure_requests(trace: Path) -> pd.DataFrame:
    """Azure LLM inference 2023: one row per request, no prefix ids, hence no cached tokens."""
    table = pd.read_csv(trace)
    return _requests(table["ContextTokens"], table["GeneratedTokens"])


def arxiv_requests(trace: Path) -> pd.DataFrame:
    """arXiv summarisation lengths of Vidur: one row per request, no times, no cached tokens."""
    table = pd.read_csv(trace)
    return _requests(table["num_prefill_tokens"], table["num_decode_tokens"])


def mooncake_requests(trace: Path, store_blocks: int | None = None) -> pd.DataFrame:
    """Mooncake: one row per request; cached tokens from a replay of ``hash_ids`` (None: unlimited store)."""
    table = pd.read_json(trace, lines=True)
    prompts = list(zip(table["input_length"].tolist(), table["hash_ids"].tolist(), strict=True))
    return _requests(
        table["input_length"],
        table["output_length"],
        pd.Series(cached_tokens(prompts, MOONCAKE_BLOCK_TOKENS, store_blocks)),
    )


def agent_requests(trace: Path, agent: str) -> pd.DataFrame:
    """Agent steps: one row per model call of one type of agent; the shared prefix counts as cached."""
    table = pd.read_csv(trace)
    calls = table[table["agent"] == agent].reset_index(drop=True)
    input_tokens = calls["in_chars"] / CHARACTERS_PER_TOKEN
    return _requests(
        input_tokens, calls["out_chars"] / CHARACTERS_PER_TOKEN, input_tokens * calls["prefix_share"]
    )


def servegen_requests(histogram: Path, model: str) -> pd.DataFrame:
    """ServeGen: input and output marginals of the whole span, joined as if they were independent.

    The trace gives two separate histograms, their correlation is not known (README of the traces). Every
    pair of an input bin and an output bin becomes one row with the two bins' mean lengths; its weight is
    the product of the two bins' shares.
    """
    table = pd.read_csv(histogram)
    inputs = _marginal(table, model, "input_tokens")
    outputs = _marginal(table, model, "output_tokens")
    pairs = inputs.merge(outputs, how="cross", suffixes=("_in", "_out"))
    weight = pairs["share_in"] * pairs["share_out"]
    return _requests(pairs["tokens_in"], pairs["tokens_out"], requests=weight)


def _marginal(table: pd.DataFrame, model: str, field: str) -> pd.DataFrame:
    chosen = table[(table["model"] == model) & (table["field"] == field)]
    mass = chosen.assign(tokens=chosen["requests"] * chosen["mean_tokens_in_bin"])
    bins = mass.groupby("bin_hi_incl", as_index=False)[["requests", "tokens"]].sum()
    return pd.DataFrame(
        {"tokens": bins["tokens"] / bins["requests"], "share": bins["requests"] / bins["requests"].sum()}
    )


def _requests(
    input_tokens: pd.Series,
    output_tokens: pd.Series,
    cached: pd.Series | float = 0.0,
    requests: pd.Series | float = 1.0,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "input_tokens": input_tokens.astype(float),
            "output_tokens": output_tokens.astype(float),
            "cached_tokens": cached,
            "requests": requests,
        }
    )
