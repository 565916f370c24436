"""What fits: weights, workspace, and the KV cache of running requests."""

from __future__ import annotations

from planner.inputs.architecture import Architecture
from planner.serving.efficiency import Efficiency
from planner.serving.hardware import Hardware
from planner.serving.precisions import kv_bytes, weight_bytes
from planner.serving.weights import (
    expert_weights,
    index_elements_per_token,
    kv_elements_per_token,
    linear_state_elements,
    sliding_kv_elements_per_token,
    total_weights,
)

INDEX_BYTES = 1.0  # keys of a sparse-attention indexer are FP8 (DeepSeek-V3.2 report)
STATE_BYTES = 4.0  # assumed: the state of linear attention is kept in FP32
RESIDENT_OUTPUT_SHARE = 0.55  # mean part of the answer a running request holds, reference/serving.md 2.1


def weight_bytes_per_card(a: Architecture, precision: str, cards: int) -> float:
    """Weights one card holds when ``cards`` cards share them evenly.

    Formula: (experts * bytes[experts] + (total - experts) * bytes[rest]) / cards [bytes].
    """
    experts, mixture = expert_weights(a), a.experts > 0
    rest = total_weights(a) - experts
    at_expert = weight_bytes(precision, experts=True, mixture=mixture)
    at_rest = weight_bytes(precision, experts=False, mixture=mixture)
    return (experts * at_expert + rest * at_rest) / cards


def usable_bytes_per_card(hardware: Hardware, efficiency: Efficiency) -> float:
    """Memory of a card for weights and KV cache: memory * usable share - workspace [bytes]."""
    return hardware.memory_bytes * efficiency.usable_memory_share - efficiency.workspace_bytes


def kv_room_bytes(
    a: Architecture, hardware: Hardware, precision: str, cards: int, efficiency: Efficiency
) -> float:
    """Room for KV cache on each card of a replica [bytes]; zero or less: the weights do not fit."""
    return usable_bytes_per_card(hardware, efficiency) - weight_bytes_per_card(a, precision, cards)


def cache_shards(a: Architecture, cards: int) -> int:
    """Cards the cache is split over: KV heads bound it, and latent attention is repeated on every card."""
    return 1 if a.attention == "mla" else max(1, min(cards, a.kv_heads))


def cache_bytes_per_token(a: Architecture, hardware: Hardware, precision: str, cards: int) -> float:
    """Cache one token leaves on each card in the layers that see the whole context, indexer apart [bytes]."""
    return kv_elements_per_token(a) * kv_bytes(hardware, precision) / cache_shards(a, cards)


def index_bytes_per_token(a: Architecture) -> float:
    """Keys one token leaves for the indexer of sparse attention, repeated on every card [bytes]."""
    return index_elements_per_token(a) * INDEX_BYTES


def window_bytes_per_token(a: Architecture, hardware: Hardware, precision: str, cards: int) -> float:
    """The same for the layers that see a sliding window only [bytes]."""
    return sliding_kv_elements_per_token(a) * kv_bytes(hardware, precision) / cache_shards(a, cards)


def state_bytes(a: Architecture, cards: int) -> float:
    """State of one request in the linear-attention layers, on each card [bytes]."""
    return linear_state_elements(a) * STATE_BYTES / max(1, min(cards, a.linear_value_heads or 1))
