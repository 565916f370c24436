"""What a step asks of a card: bytes, flops, messages and fixed parts, counted per layout from the two data sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import log2

import numpy as np
from numpy.typing import NDArray

from planner.inputs.architecture import Architecture
from planner.serving.engine import Engine
from planner.serving.layout import Layout
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

EXCHANGE_BYTES = (
    3.0  # per element sent to an expert and back: FP8 out, 16 bits home (reference/serving.md 2.1)
)


@dataclass(frozen=True)
class Work:
    """One entry per layout, of shape (layouts,), or (layouts, 1) after ``column``; all work is per card.

    Attributes
    ----------
    room_bytes, most_running : memory left for KV cache on each card; the engine's cap on running requests.
    groups : attention groups, each with its own requests (data-parallel attention); 1 otherwise.
    stages : pipeline stages; the work below is that of all stages together, which a token passes one by one.
    common_bytes, expert_bytes : weights read in every step, and all routed experts of the card together.
    expert_share : experts a token visits over experts; 0 in dense models.
    experts_apart : 1 where experts are spread whole over the cards, so that cards may be loaded unevenly.
    common_flops, expert_flops : of the matrices, per token of the replica.
    flops_per_s, bytes_per_s, attention_flops_per_s : peak rates, from the data sheet.
    cache_bytes, index_bytes, window_bytes, state_bytes :
        KV cache per token, keys of the sparse-attention indexer, cache per token in the window; state per request.
    attended_tokens, window_tokens : most tokens a full layer attends to, and a sliding one.
    decode_attention_flops : per decoded token and token attended; only latent attention, where it is not hidden
        behind the read of the cache.
    prefill_attention_flops, prefill_window_flops, index_flops : per prompt token and token attended.
    collective_hops : latencies of one hop in a step. collective_bytes : sent per token of the group.
    link_bytes_per_s : peak of the link these use, one direction.
    handover_hops, handover_bytes, handover_bytes_per_s : between pipeline stages.
    layers, expert_layers, linear : layers, those with experts; 1 where some have linear attention.
    transfer_bytes : KV cache and state a prompt token leaves over all cards, for hand-over between pools.
    """

    room_bytes: Numbers
    most_running: Numbers
    groups: Numbers
    stages: Numbers
    common_bytes: Numbers
    expert_bytes: Numbers
    expert_share: Numbers
    experts_apart: Numbers
    common_flops: Numbers
    expert_flops: Numbers
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
    collective_hops: Numbers
    collective_bytes: Numbers
    link_bytes_per_s: Numbers
    handover_hops: Numbers
    handover_bytes: Numbers
    handover_bytes_per_s: Numbers
    layers: Numbers
    expert_layers: Numbers
    linear: Numbers
    transfer_bytes: Numbers

    def column(self) -> Work:
        """Arrays of shape (layouts, 1), to broadcast against requests."""
        return Work(**{field.name: getattr(self, field.name)[..., None] for field in fields(self)})

    def take(self, rows: NDArray[np.intp]) -> Work:
        """The layouts at these positions."""
        return Work(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def work_of(layouts: Sequence[Layout], engine: Engine) -> Work:
    """The work of every layout, in the order given: arrays of shape (len(layouts),)."""
    rows = [
        _memory(layout, engine)
        | _matrices(layout)
        | _attention(layout)
        | _collectives(layout, engine)
        | _layers(layout.llm.architecture)
        for layout in layouts
    ]
    columns = {field.name: [row[field.name] for row in rows] for field in fields(Work)}
    return Work(**{name: np.array(values, dtype=float) for name, values in columns.items()})


def _memory(layout: Layout, engine: Engine) -> dict[str, float]:
    a, card, side = layout.llm.architecture, layout.hardware, layout.tensor_parallel
    kv = layout.kv_bytes_per_element
    per_token = (
        cache_bytes_per_token(a, kv, side) + index_bytes_per_token(a) + window_bytes_per_token(a, kv, side)
    )
    return {
        "room_bytes": kv_room_bytes(layout, engine),
        "most_running": engine.most_running(card) * layout.attention_groups,
        "groups": float(layout.attention_groups),
        "stages": float(layout.stages),
        "cache_bytes": cache_bytes_per_token(a, kv, side),
        "index_bytes": index_bytes_per_token(a),
        "window_bytes": window_bytes_per_token(a, kv, side),
        "state_bytes": state_bytes(a, side),
        "attended_tokens": float(a.sparse_attention_tokens) or np.inf,
        "window_tokens": float(a.sliding_window_tokens),
        "transfer_bytes": per_token * side,
    }


def _matrices(layout: Layout) -> dict[str, float]:
    """Weights read and flops done per card; weights every token uses are ``active - visited experts``.

    Every card of a group holds its part of the common weights, and reads it in every step; experts are divided over
    all cards of a stage.
    """
    a, side, cards = layout.llm.architecture, layout.tensor_parallel, layout.cards_per_stage
    experts, mixture = expert_weights(a), a.experts > 0
    share = a.experts_per_token / a.experts if mixture else 0.0
    common = active_weights(a) - experts * share
    return {
        "common_bytes": common * weight_bytes(layout.precision, experts=False, mixture=mixture) / side,
        "expert_bytes": experts * weight_bytes(layout.precision, experts=True, mixture=mixture) / cards,
        "expert_share": share,
        "experts_apart": float(mixture and layout.expert_parallel),
        "common_flops": 2.0 * common / cards,
        "expert_flops": 2.0 * experts * share / cards,
        "flops_per_s": peak_flops_per_s(layout.hardware, layout.precision),
        "bytes_per_s": layout.hardware.bandwidth_bytes_per_s,
    }


def _attention(layout: Layout) -> dict[str, float]:
    """Flops per token and token attended: a multiply and an add for scores, and again for values."""
    a, side = layout.llm.architecture, layout.tensor_parallel
    full = a.layers - a.sliding_layers - a.linear_layers
    if a.attention == "mla":
        head_prefill = 2.0 * (a.nope_width + a.rope_width + a.value_width)
        head_decode = 2.0 * (2 * a.kv_rank + a.rope_width)  # absorbed form, reference/serving.md 2.1
    else:
        head_prefill, head_decode = 4.0 * a.head_width, 0.0
    return {
        "attention_flops_per_s": layout.hardware.attention_flops_per_s,
        "decode_attention_flops": full * a.heads * head_decode / side,
        "prefill_attention_flops": full * a.heads * head_prefill / side,
        "prefill_window_flops": a.sliding_layers * a.heads * head_prefill / side,
        "index_flops": full * a.index_heads * a.index_width * 2.0 / side,
    }


def _collectives(layout: Layout, engine: Engine) -> dict[str, float]:
    """Messages of a step (reference/serving.md 2.1), n cards side by side in a group, N in a stage::

        all-reduce   log2(n) hops, 2 (n-1)/n * tokens * width * 2 B; two per layer, or one where attention groups
                     exchange tokens with experts instead
        exchange     2 log2(N) hops, tokens * copies * width * 3 B; per layer with experts. Copies: one per visited
                     expert on another card; beyond the scale-up domain one per other server (sent on inside)
        hand-over    1 hop, tokens * width * 2 B, between stages

    A hop beyond the scale-up domain counts ``outside_latency_factor`` times.
    """
    a, n, stage = layout.llm.architecture, layout.tensor_parallel, layout.cards_per_stage
    network = engine.outside_link_gb_per_s * GIGA
    near = layout.inside_domain and layout.hardware.link_bytes_per_s is not None
    link = (layout.hardware.link_bytes_per_s or network) if near else network
    hop = 1.0 if near else engine.outside_latency_factor
    exchanges = a.layers - a.dense_layers if a.experts and layout.attention_groups > 1 else 0
    reduces = (2 * a.layers - exchanges) if n > 1 else 0
    sent = reduces * 2.0 * (n - 1) / n * a.hidden_width * BF16_BYTES
    sent += exchanges * _copies(layout, near) * a.hidden_width * EXCHANGE_BYTES
    return {
        "collective_hops": hop * (reduces * log2(n) + exchanges * 2.0 * log2(max(stage, 2))),
        "collective_bytes": sent,
        "link_bytes_per_s": link,
        "handover_hops": (layout.stages - 1) * engine.outside_latency_factor,
        "handover_bytes": (layout.stages - 1) * a.hidden_width * BF16_BYTES,
        "handover_bytes_per_s": network,
    }


def _copies(layout: Layout, near: bool) -> float:
    """Copies of a token that leave its card (or its server, beyond the scale-up domain) for the experts it visits.

    With experts at random over N places, k visits reach N (1 - (1 - 1/N)^k) of them, (N-1)/N of which are elsewhere.
    """
    visits = layout.llm.architecture.experts_per_token
    places = layout.cards_per_stage / (1 if near else layout.hardware.cards_per_server)
    if near:
        return visits * (places - 1.0) / places
    return max(places * (1.0 - (1.0 - 1.0 / max(places, 1.0)) ** visits) * (places - 1.0) / places, 0.0)


def _layers(a: Architecture) -> dict[str, float]:
    return {
        "layers": float(a.layers),
        "expert_layers": float(a.layers - a.dense_layers if a.experts else 0),
        "linear": float(a.linear_layers > 0),
    }
