"""Work and bytes of the shapes, by hand."""

from __future__ import annotations

import pytest

from planner.measure.device import AttentionShape, LayerShape


def test_a_decoding_token_sees_its_whole_context() -> None:
    shape = AttentionShape(batch=3, queries=1, context=10, heads=8, kv_heads=2, head_width=4)
    # scores and values: 2 x (2 x 8 heads x 4 wide) for each of 10 tokens, 3 sequences
    assert shape.flops == 3 * 10 * 2 * (2 * 8 * 4)
    assert shape.kv_bytes("bf16") == 3 * 10 * (2 * 2 * 4) * 2


def test_a_prompt_sees_half_of_itself() -> None:
    shape = AttentionShape(batch=1, queries=3, context=3, heads=1, kv_heads=1, head_width=1)
    assert shape.flops == 4 * (1 + 2 + 3)


def test_new_tokens_after_a_prefix_see_the_prefix_and_those_before() -> None:
    shape = AttentionShape(batch=1, queries=2, context=5, heads=1, kv_heads=1, head_width=1)
    assert shape.flops == 4 * (4 + 5)


def test_the_layer_has_the_weights_of_its_model() -> None:
    """Llama-3.1-8B: 8.03 billion less two embeddings of 128256 x 4096, over 32 layers."""
    assert LayerShape().weights == pytest.approx((8.03e9 - 2 * 128256 * 4096) / 32, rel=0.002)
