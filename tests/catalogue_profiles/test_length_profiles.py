"""The length profiles as committed: well formed, and the sums of the traces they come from."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

COLUMNS = [
    "profile",
    "in_lo",
    "in_hi",
    "out_lo",
    "out_hi",
    "share",
    "mean_in",
    "mean_out",
    "mean_cached_in",
    "source",
]
IN_EDGES = [0, 512, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 1048576]
OUT_EDGES = [0, 64, 256, 1024, 4096, 16384, 131072]


def total(lengths: pd.DataFrame, profile: str, column: str) -> float:
    chosen = lengths[lengths["profile"] == profile]
    return float((chosen["share"] * chosen[column]).sum())


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_columns_and_profiles(lengths: pd.DataFrame) -> None:
    assert list(lengths.columns) == COLUMNS
    assert not lengths.isna().any().any()
    assert set(lengths["profile"]) >= {
        "azure_conv_2023",
        "azure_code_2023",
        "mooncake_conversation",
        "mooncake_conversation_5m_tokens",
        "mooncake_synthetic",
        "arxiv_summarization",
        "deepseek_r1_reasoning",
        "servegen_m_large",
        "agent_coding",
    }


def test_shares_sum_to_one(lengths: pd.DataFrame) -> None:
    for profile, share in lengths.groupby("profile")["share"].sum().items():
        assert share == pytest.approx(1.0, abs=1e-9), profile
    assert (lengths["share"] >= 0.001 - 1e-9).all()


def test_buckets_are_cells_of_the_grid_and_appear_once(lengths: pd.DataFrame) -> None:
    inputs = set(pairwise(IN_EDGES))
    outputs = set(pairwise(OUT_EDGES))
    assert set(zip(lengths["in_lo"], lengths["in_hi"], strict=True)) <= inputs
    assert set(zip(lengths["out_lo"], lengths["out_hi"], strict=True)) <= outputs
    assert not lengths.duplicated(["profile", "in_lo", "out_lo"]).any()


def test_means_lie_inside_their_edges(lengths: pd.DataFrame) -> None:
    assert ((lengths["mean_in"] > lengths["in_lo"]) & (lengths["mean_in"] <= lengths["in_hi"])).all()
    assert ((lengths["mean_out"] > lengths["out_lo"]) & (lengths["mean_out"] <= lengths["out_hi"])).all()
    assert ((lengths["mean_cached_in"] >= 0) & (lengths["mean_cached_in"] <= lengths["mean_in"])).all()


def test_weak_profiles_say_so(lengths: pd.DataFrame) -> None:
    source = lengths.groupby("profile")["source"].first()
    assert "independent" in source["deepseek_r1_reasoning"]
    assert "independent" in source["servegen_m_large"]
    assert "never evicts" in source["mooncake_conversation"]
    assert "10,000 blocks" in source["mooncake_conversation_5m_tokens"]
    assert "characters / 4" in source["agent_coding"]


@pytest.mark.parametrize(
    ("profile", "file", "input_column", "output_column"),
    [
        ("azure_conv_2023", "azure_llm_2023_conv.csv", "ContextTokens", "GeneratedTokens"),
        ("azure_code_2023", "azure_llm_2023_code.csv", "ContextTokens", "GeneratedTokens"),
        (
            "arxiv_summarization",
            "arxiv_summarization_lengths.csv",
            "num_prefill_tokens",
            "num_decode_tokens",
        ),
    ],
)
def test_csv_traces_keep_their_means(
    *, lengths: pd.DataFrame, traces: Path, profile: str, file: str, input_column: str, output_column: str
) -> None:
    rows = csv_rows(traces / file)
    mean_in = sum(int(row[input_column]) for row in rows) / len(rows)
    mean_out = sum(int(row[output_column]) for row in rows) / len(rows)
    assert total(lengths, profile, "mean_in") == pytest.approx(mean_in, abs=0.001)
    assert total(lengths, profile, "mean_out") == pytest.approx(mean_out, abs=0.001)
    assert total(lengths, profile, "mean_cached_in") == 0


def mooncake(path: Path) -> Iterator[tuple[int, int, list[int]]]:
    with path.open() as stream:
        for line in stream:
            row = json.loads(line)
            yield row["input_length"], row["output_length"], row["hash_ids"]


@pytest.mark.parametrize(
    ("profile", "file", "store_blocks", "hit_share"),
    [
        # Hit shares of the demand reference, section 3.5.
        ("mooncake_conversation", "mooncake_conversation.jsonl", None, 0.374),
        ("mooncake_conversation_5m_tokens", "mooncake_conversation.jsonl", 10_000, 0.215),
        ("mooncake_synthetic", "mooncake_synthetic.jsonl", None, 0.651),
    ],
)
def test_mooncake_keeps_its_means_and_hits(
    *,
    lengths: pd.DataFrame,
    traces: Path,
    profile: str,
    file: str,
    store_blocks: int | None,
    hit_share: float,
) -> None:
    rows = list(mooncake(traces / file))
    input_tokens = sum(row[0] for row in rows)
    assert total(lengths, profile, "mean_in") == pytest.approx(input_tokens / len(rows), abs=0.001)
    mean_out = sum(row[1] for row in rows) / len(rows)
    assert total(lengths, profile, "mean_out") == pytest.approx(mean_out, abs=0.001)
    cached = total(lengths, profile, "mean_cached_in")
    assert cached / (input_tokens / len(rows)) == pytest.approx(hit_share, abs=0.001)
    if store_blocks is None:
        # With ids that name whole prefixes, a block is found exactly when it was seen before.
        seen: set[int] = set()
        found = 0
        for tokens, _, blocks in rows:
            found += min(tokens, 512 * sum(block in seen for block in blocks))
            seen.update(blocks)
        assert cached == pytest.approx(found / len(rows), abs=0.001)


def test_agent_profile_keeps_its_means(lengths: pd.DataFrame, traces: Path) -> None:
    rows = [row for row in csv_rows(traces / "agent_steps.csv") if row["agent"] == "mini-swe-agent"]
    inputs = [int(row["in_chars"]) / 4 for row in rows]
    cached = [size * float(row["prefix_share"]) for size, row in zip(inputs, rows, strict=True)]
    outputs = [int(row["out_chars"]) / 4 for row in rows]
    for column, values in (("mean_in", inputs), ("mean_out", outputs), ("mean_cached_in", cached)):
        assert total(lengths, "agent_coding", column) == pytest.approx(sum(values) / len(rows), abs=0.001)
    assert sum(cached) / sum(inputs) == pytest.approx(0.94, abs=0.01)  # demand reference, section 3.6


@pytest.mark.parametrize(
    ("profile", "model"), [("deepseek_r1_reasoning", "deepseek-r1"), ("servegen_m_large", "m-large")]
)
def test_servegen_profiles_keep_their_marginal_means(
    lengths: pd.DataFrame, traces: Path, profile: str, model: str
) -> None:
    with gzip.open(traces / "servegen_length_hist_6h.csv.gz", "rt") as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == model]
    for field, column in (("input_tokens", "mean_in"), ("output_tokens", "mean_out")):
        chosen = [row for row in rows if row["field"] == field]
        requests = sum(float(row["requests"]) for row in chosen)
        tokens = sum(float(row["requests"]) * float(row["mean_tokens_in_bin"]) for row in chosen)
        assert total(lengths, profile, column) == pytest.approx(tokens / requests, abs=0.001)
