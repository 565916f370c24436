"""The language-model catalogue: every file is readable, sourced, and consistent in itself."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.serving.weights import Architecture

FOLDER = Path(__file__).resolve().parents[2] / "demand" / "llms"
LLMS = sorted(FOLDER.glob("*.yaml"))
KEYS = {
    "llm", "name", "maker", "released", "licence", "native_precision", "context_tokens", "published",
    "architecture", "sources", "aliases",
}  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    """One catalogue file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_there_are_enough_models():
    assert len(LLMS) >= 24


@pytest.mark.parametrize("path", LLMS, ids=lambda path: path.stem)
def test_record_is_complete_and_sourced(path: Path):
    record = read(path)
    assert record["llm"] == path.stem
    assert set(record) - {"note"} == KEYS
    assert record["native_precision"] in {"bf16", "fp8", "fp4", "int4"}
    assert re.fullmatch(r"\d{4}-\d{2}", record["released"])
    assert record["context_tokens"] > 0
    assert set(record["sources"]) == {"architecture", "published", "aliases"}
    assert len(record["aliases"]) == len(set(record["aliases"])) > 0
    published = record["published"]
    assert 0 < published["active_weights_billion"] <= published["total_weights_billion"]
    keys = [line.split(":")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(keys) == len(set(keys)), "a key is written twice"


@pytest.mark.parametrize("path", LLMS, ids=lambda path: path.stem)
def test_shape_holds_together(path: Path):
    shape = read(path)["architecture"]
    kinds = {field.name: field.type for field in fields(Architecture)}
    assert {key: type(value).__name__ for key, value in shape.items()} == {key: kinds[key] for key in shape}
    a = Architecture(**shape)
    assert 0 <= a.sliding_layers + a.linear_layers <= a.layers
    assert (a.sliding_layers > 0) == (a.sliding_window_tokens > 0)
    assert (a.linear_layers > 0) == (a.linear_value_heads > 0)
    assert (a.sparse_attention_tokens > 0) == (a.index_heads > 0)
    if a.experts:
        assert 0 < a.experts_per_token < a.experts
        assert a.expert_ffn_width > 0
        assert a.dense_layers < a.layers
    else:
        assert a.dense_layers == a.layers
    assert (a.dense_layers > 0) == (a.dense_ffn_width > 0)
    if a.attention == "gqa":
        assert a.heads % a.kv_heads == 0
        assert not a.kv_rank
    else:
        assert a.attention == "mla"
        assert a.kv_rank > 0
        assert not a.kv_heads
