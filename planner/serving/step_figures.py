"""The numbers of the step-time model, one per layout, as columns that broadcast against requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import log2

import numpy as np
from numpy.typing import NDArray

from planner.inputs.architecture import Architecture
from planner.serving.efficiency import Efficiency
from planner.serving.layouts import Layout
from planner.serving.memory import (
    cache_bytes_per_token,
    index_bytes_per_token,
    kv_room_bytes,
    state_bytes,
    window_bytes_per_token,
)
from planner.serving.precisions import BF16_BYTES, peak_flops_per_s, weight_bytes
from planner.serving.weights import active_weights, expert_weights
from planner.units import GIGA

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class StepFigures:
    """Arrays of shape (layouts, 1); all rates are what is reached, peak times efficiency, and all work is per card.

    Attributes
    ----------
    room_bytes : memory left for KV cache.
    stages : pipeline stages; the work below is that of all stages together, which a token passes one by one.
    common_bytes, expert_bytes : weights read in every step, and all routed experts together [bytes].
    expert_share : experts a token visits over experts; 0 in dense models.
    token_flops : flops of the matrices per token.
    cache_bytes, index_bytes, window_bytes, state_bytes :
        KV cache per token, keys of the sparse-attention indexer, cache per token in the window; state per request.
    attended_tokens, window_tokens : most tokens a full layer attends to, and a sliding one.
    decode_attention_flops : per decoded token and token attended; only latent attention, where it is not hidden
        behind the read of the cache.
    prefill_attention_flops, prefill_window_flops, index_flops : per prompt token and token attended.
    collective_s, collective_token_s : all-reduces of one step: latency, and more per token [s].
    fixed_s, sequence_s : fixed time of a step, and more per running request [s].
    """

    room_bytes: Numbers
    stages: Numbers
    common_bytes: Numbers
    expert_bytes: Numbers
    expert_share: Numbers
    token_flops: Numbers
    flops_per_s: Numbers
    bytes_per_s: Numbers
    attention_flops_per_s: Numbers
    cache_bytes: Numbers
    index_bytes: Numbers
    window_bytes: Numbers
    state_bytes: Numbers
    attended_tokens: Numbers
    window_tokens: Numbers
    decode_attention_flops: Numbers
    prefill_attention_flops: Numbers
    prefill_window_flops: Numbers
    index_flops: Numbers
    collective_s: Numbers
    collective_token_s: Numbers
    fixed_s: Numbers
    sequence_s: Numbers


def step_figures(layouts: Sequence[Layout], efficiency: Efficiency) -> StepFigures:
    """The figures of every layout, in the order given.

    Returns
    -------
    StepFigures
        Arrays of shape (len(layouts), 1).
    """
    rows = [
        _memory(layout, efficiency)
        | _matrices(layout, efficiency)
        | _attention(layout, efficiency)
        | _collectives(layout, efficiency)
        | _fixed(layout.llm.architecture, efficiency)
        for layout in layouts
    ]
    columns = {field.name: [row[field.name] for row in rows] for field in fields(StepFigures)}
    return StepFigures(**{name: np.array(values, dtype=float)[:, None] for name, values in columns.items()})


def _memory(layout: Layout, efficiency: Efficiency) -> dict[str, float]:
    a, card, side = layout.llm.architecture, layout.hardware, layout.tensor_parallel
    return {
        "room_bytes": kv_room_bytes(a, card, layout.precision, layout.cards_per_replica, efficiency),
        "cache_bytes": cache_bytes_per_token(a, card, layout.precision, side),
        "index_bytes": index_bytes_per_token(a),
        "window_bytes": window_bytes_per_token(a, card, layout.precision, side),
        "state_bytes": state_bytes(a, side),
        "stages": float(layout.stages),
        "attended_tokens": float(a.sparse_attention_tokens) or np.inf,
        "window_tokens": float(a.sliding_window_tokens),
    }


def _matrices(layout: Layout, efficiency: Efficiency) -> dict[str, float]:
    """Weights read and flops done per card; weights every token uses are ``active - visited experts``."""
    a, cards = layout.llm.architecture, layout.tensor_parallel
    experts, mixture = expert_weights(a), a.experts > 0
    share = a.experts_per_token / a.experts if mixture else 0.0
    common = active_weights(a) - experts * share
    at_rest = weight_bytes(layout.precision, experts=False, mixture=mixture)
    at_expert = weight_bytes(layout.precision, experts=True, mixture=mixture)
    return {
        "common_bytes": common * at_rest / cards,
        "expert_bytes": experts * at_expert / cards,
        "expert_share": share,
        "token_flops": 2.0 * active_weights(a) / cards,
        "flops_per_s": peak_flops_per_s(layout.hardware, layout.precision) * efficiency.compute_share,
        "bytes_per_s": layout.hardware.bandwidth_bytes_per_s * efficiency.bandwidth_share,
    }


def _attention(layout: Layout, efficiency: Efficiency) -> dict[str, float]:
    """Flops per token and token attended: a multiply and an add for scores, and again for values."""
    a, cards = layout.llm.architecture, layout.tensor_parallel
    full = a.layers - a.sliding_layers - a.linear_layers
    if a.attention == "mla":
        head_prefill = 2.0 * (a.nope_width + a.rope_width + a.value_width)
        head_decode = 2.0 * (2 * a.kv_rank + a.rope_width)  # absorbed form, reference/serving.md 2.1
    else:
        head_prefill, head_decode = 4.0 * a.head_width, 0.0
    return {
        "attention_flops_per_s": layout.hardware.attention_flops_per_s * efficiency.attention_share,
        "decode_attention_flops": full * a.heads * head_decode / cards,
        "prefill_attention_flops": full * a.heads * head_prefill / cards,
        "prefill_window_flops": a.sliding_layers * a.heads * head_prefill / cards,
        "index_flops": full * a.index_heads * a.index_width * 2.0 / cards,
    }


def _collectives(layout: Layout, efficiency: Efficiency) -> dict[str, float]:
    """Two all-reduces per layer over n cards side by side, and a hand-over between stages (reference/serving.md 2.1)::

        all-reduce   latency * log2(n) + 2 (n-1)/n * tokens * width * 2 B / link
        hand-over    latency + tokens * width * 2 B / network

    Latency is doubled beyond the scale-up domain and between stages.
    """
    a, n, hops = layout.llm.architecture, layout.tensor_parallel, layout.stages - 1
    far_s = efficiency.all_reduce_latency_s * efficiency.outside_latency_factor
    near_s = efficiency.all_reduce_latency_s if layout.inside_domain else far_s
    token_bytes = a.hidden_width * BF16_BYTES
    network = efficiency.outside_link_gb_per_s * GIGA * efficiency.link_share
    latency_s, token_s = hops * far_s, hops * token_bytes / network
    if layout.hardware.link_bytes_per_s is not None:  # known wherever there is more than one card
        link = layout.hardware.link_bytes_per_s * efficiency.link_share
        latency_s += 2.0 * a.layers * near_s * log2(n)
        token_s += 2.0 * a.layers * 2.0 * (n - 1) / n * token_bytes / link
    return {"collective_s": latency_s, "collective_token_s": token_s}


def _fixed(a: Architecture, efficiency: Efficiency) -> dict[str, float]:
    """Fixed time of a step: engine, layers, and the routing of layers with experts."""
    per_layer = efficiency.layer_s * (efficiency.hybrid_layer_factor if a.linear_layers else 1.0)
    expert_layers = a.layers - a.dense_layers if a.experts else 0
    return {
        "fixed_s": efficiency.step_s + a.layers * per_layer + expert_layers * efficiency.expert_layer_s,
        "sequence_s": efficiency.sequence_s,
    }
