"""What fits: weights, workspace, and the KV cache of running requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.inputs.architecture import Architecture
from planner.serving.engine import Engine
from planner.serving.hardware import Hardware
from planner.serving.precisions import weight_bytes
from planner.serving.weights import (
    expert_weights,
    index_elements_per_token,
    kv_elements_per_token,
    linear_state_elements,
    sliding_kv_elements_per_token,
    total_weights,
)

if TYPE_CHECKING:
    from planner.serving.layout import Layout

INDEX_BYTES = 1.0  # keys of a sparse-attention indexer are FP8 (DeepSeek-V3.2 report)
STATE_BYTES = 4.0  # assumed: the state of linear attention is kept in FP32


def weight_bytes_per_card(layout: Layout) -> float:
    """Weights one card of a layout holds.

    Formula: (experts * bytes / groups + (total - experts) * bytes) / (side by side * stages) [bytes]: attention groups
    each hold all common weights and share the experts.
    """
    a, mixture = layout.llm.architecture, layout.llm.architecture.experts > 0
    experts = expert_weights(a)
    at_expert = weight_bytes(layout.precision, experts=True, mixture=mixture)
    at_rest = weight_bytes(layout.precision, experts=False, mixture=mixture)
    held = experts * at_expert / layout.attention_groups + (total_weights(a) - experts) * at_rest
    return held / (layout.tensor_parallel * layout.stages)


def usable_bytes_per_card(hardware: Hardware, engine: Engine) -> float:
    """Memory of a card for weights and KV cache: memory * usable share - workspace [bytes]."""
    return hardware.memory_bytes * engine.usable_memory_share - engine.workspace(hardware)


def kv_room_bytes(layout: Layout, engine: Engine) -> float:
    """Room for KV cache on each card of a replica [bytes]; zero or less: the weights do not fit."""
    return usable_bytes_per_card(layout.hardware, engine) - weight_bytes_per_card(layout)


def cache_shards(a: Architecture, cards: int) -> int:
    """Cards the cache is split over: KV heads bound it, and latent attention is repeated on every card."""
    return 1 if a.attention == "mla" else max(1, min(cards, a.kv_heads))


def cache_bytes_per_token(a: Architecture, element_bytes: float, cards: int) -> float:
    """Cache one token leaves on each card in the layers that see the whole context, indexer apart [bytes]."""
    return kv_elements_per_token(a) * element_bytes / cache_shards(a, cards)


def index_bytes_per_token(a: Architecture) -> float:
    """Keys one token leaves for the indexer of sparse attention, repeated on every card [bytes]."""
    return index_elements_per_token(a) * INDEX_BYTES


def window_bytes_per_token(a: Architecture, element_bytes: float, cards: int) -> float:
    """The same for the layers that see a sliding window only [bytes]."""
    return sliding_kv_elements_per_token(a) * element_bytes / cache_shards(a, cards)


def state_bytes(a: Architecture, cards: int) -> float:
    """State of one request in the linear-attention layers, on each card [bytes]."""
    return linear_state_elements(a) * STATE_BYTES / max(1, min(cards, a.linear_value_heads or 1))
