"""What a real engine reaches of a card's peak figures, and the fixed times a roofline does not know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Efficiency:
    """The constants of the step-time model; calibration replaces the whole record, per card or per engine.

    The fitted values are the global ones of a fit on 2,658 measured closed-loop points (reference/serving.md,
    section 2.4); a later issue adds effects per card family, card and engine, and a card's own measured peaks.

    Attributes
    ----------
    compute_share, bandwidth_share, attention_share :
        Share of the peak matrix rate, of the memory bandwidth, and of the peak 16-bit rate inside attention.
    link_share : share of the interconnect's one-direction bandwidth inside an all-reduce.
    layer_s, expert_layer_s, step_s, sequence_s :
        Fixed time per layer, more per layer with experts, per engine step, and per running request and step.
    hybrid_layer_factor : ``layer_s`` times this in models with linear-attention layers.
    all_reduce_latency_s : latency of an all-reduce over two cards; times log2 of the cards.
    first_token_s : tokenising, scheduling and first response, part of every time to first token.
    usable_memory_share, workspace_bytes :
        Share of the card's memory the engine takes, and what it needs there besides weights and KV cache.
    outside_link_gb_per_s : one-direction bandwidth per card between servers.
    outside_latency_factor : latency beyond the scale-up domain over that inside.
    most_running_requests : the engine's cap on running sequences.
    chunk_tokens : most prompt tokens in one step.
    prefill_busy_share : most of the time that may go to prompts, counted in full chunks.
    prompt_variability : squared coefficient of variation of the work of a prompt.
    """

    compute_share: float = 0.65  # fitted: ec, reference/serving.md 2.4
    bandwidth_share: float = 0.63  # fitted: eb, reference/serving.md 2.4
    attention_share: float = 0.25  # fitted: ea, reference/serving.md 2.4
    link_share: float = 0.46  # fitted: el, reference/serving.md 2.4
    layer_s: float = 46e-6  # fitted: t_layer, reference/serving.md 2.4
    expert_layer_s: float = 29e-6  # fitted: t_moe, reference/serving.md 2.4
    step_s: float = 0.25e-3  # fitted: t_step, reference/serving.md 2.4
    sequence_s: float = 22e-6  # fitted: t_seq, reference/serving.md 2.4
    hybrid_layer_factor: float = 1.6  # held fixed in that fit, prototypes/serving_model.py
    all_reduce_latency_s: float = 4.3e-6  # fitted: ar_lat, reference/serving.md 2.4
    first_token_s: float = 70e-3  # fitted: a, reference/serving.md 2.4
    usable_memory_share: float = 0.92  # engine default, vllm-project/vllm 002f10e vllm/config/cache.py
    workspace_bytes: float = 4e9  # reference/serving.md 2.1, KV capacity
    outside_link_gb_per_s: float = 25.0  # assumed: one 200 Gb/s port per card, as on 910B and A100 servers
    outside_latency_factor: float = 2.0  # reference/serving.md 2.1, collectives outside the domain
    most_running_requests: float = 256.0  # assumed: engine default of vLLM on most cards
    chunk_tokens: float = 8192.0  # assumed: engine default of vLLM; the fit of 2.4 used it too
    prefill_busy_share: float = 0.95  # assumed: beyond it the wait of a prompt is not stable
    prompt_variability: float = 1.0  # assumed: as in the open-loop solver of reference/serving.md 2.3
