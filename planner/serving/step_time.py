"""How long an engine step takes: a roofline with a soft maximum, attention, collectives and fixed times.

::

    step(b, c)     = norm(bytes(b+c) / bandwidth, (b+c) * flops / rate) + attention + collectives + fixed
    bytes(t)       = common + touched(t) * experts         touched(t) = 1 - (1 - visited/experts)^t
    norm(m, f)     = (m^3 + f^3)^(1/3)                      a hard maximum is too fast near the ridge
    rate           = peak * compute_share * (ridge / 300)^-ridge_power, at most 95 % of the peak

b requests decode, c prompt tokens ride along. Source of the terms: reference/serving.md section 2.1. The rate falls
with the ridge (peak flops over bandwidth): cards poor in compute reach more of their peak (pitfall 9 there).
"""

from __future__ import annotations

import numpy as np

from planner.serving.efficiency import Efficiency
from planner.serving.work import Numbers, Work

RIDGE_FLOPS_PER_BYTE = 300.0  # where compute_share is quoted: about the 16-bit ridge of Hopper cards
MOST_OF_PEAK = 0.95  # assumed: no engine's matrices exceed this share of a data sheet's peak


def soft_maximum(first: Numbers, second: Numbers) -> Numbers:
    """(first^3 + second^3)^(1/3): the larger where they differ much, 26 % more where they are equal.

    Source: reference/serving.md 2.1; a hard maximum under-predicts near the ridge.

    Examples
    --------
    >>> float(np.round(soft_maximum(np.array(1.0), np.array(1.0)), 4))
    1.2599
    """
    largest = np.maximum(np.maximum(first, second), np.finfo(float).tiny)
    ratio = np.minimum(first, second) / largest
    result: Numbers = largest * np.cbrt(1.0 + ratio * ratio * ratio)
    return result


def touched_share(work: Work, tokens: Numbers) -> Numbers:
    """Share of the experts that at least one of so many tokens visits; 0 in dense models, which have none."""
    if not work.expert_share.any():
        return np.zeros_like(tokens)
    result: Numbers = -np.expm1(tokens * np.log1p(-np.minimum(work.expert_share, 1 - 1e-9)))
    return result


def matrix_flops_per_s(work: Work, efficiency: Efficiency) -> Numbers:
    """What the matrices reach of the peak rate [flop/s]."""
    ridge = work.flops_per_s / work.bytes_per_s / RIDGE_FLOPS_PER_BYTE
    share = efficiency.compute_share * ridge ** (-efficiency.ridge_power)
    result: Numbers = work.flops_per_s * np.minimum(share, MOST_OF_PEAK)
    return result


def step_s(
    work: Work,
    efficiency: Efficiency,
    decoding: Numbers,
    context_tokens: Numbers,
    prompt_tokens: Numbers,
    attended_tokens: Numbers,
    verified: float = 1.0,
) -> Numbers:
    """Time of a step in which so many requests decode while prompt tokens are read in.

    Parameters
    ----------
    work, efficiency : of the layouts
    decoding : requests of the replica that make a token
    context_tokens : mean tokens each attends to
    prompt_tokens : prompt tokens in the step, of the replica; 0: none
    attended_tokens : mean tokens each of these attends to
    verified : tokens each decoding request passes through the llm: 1, more with speculative decoding

    Returns
    -------
    array
        Seconds, in the common shape of all arguments.
    """
    tokens = decoding * verified + prompt_tokens
    uneven = 1.0 + work.experts_apart * (efficiency.imbalance - 1.0)
    read = work.common_bytes + touched_share(work, tokens) * work.expert_bytes * uneven
    flops = tokens * (work.common_flops + work.expert_flops * uneven)
    bytes_per_s = work.bytes_per_s * efficiency.bandwidth_share
    matrices = soft_maximum(read / bytes_per_s, flops / matrix_flops_per_s(work, efficiency))
    attention = (
        decoding * _decode_attention_s(work, efficiency, bytes_per_s, context_tokens)
        + prompt_tokens * _prompt_attention_s(work, efficiency, attended_tokens)
    ) / work.groups
    collectives = (
        efficiency.all_reduce_latency_s * (work.collective_hops + work.handover_hops)
        + tokens
        / work.groups
        * (work.collective_bytes / work.link_bytes_per_s + work.handover_bytes / work.handover_bytes_per_s)
        / efficiency.link_share
    )
    fixed = (
        efficiency.step_s
        + work.layers * efficiency.layer_s * (1.0 + work.linear * (efficiency.linear_layer_factor - 1.0))
        + work.expert_layers * efficiency.expert_layer_s
        + decoding / work.groups * efficiency.sequence_s
    )
    result: Numbers = (matrices + attention + collectives + fixed) * efficiency.slowness
    return result


def _decode_attention_s(
    work: Work, efficiency: Efficiency, bytes_per_s: Numbers, context: Numbers
) -> Numbers:
    """Attention of one request's next token: the read of its cache and state, and the flops of latent attention."""
    attended = np.minimum(context, work.attended_tokens)
    read = (
        work.cache_bytes * attended
        + work.index_bytes * context
        + work.window_bytes * np.minimum(context, work.window_tokens)
        + 2.0 * work.state_bytes  # read and written
    )
    flops = work.decode_attention_flops * attended + work.index_flops * context
    rate = work.attention_flops_per_s * efficiency.attention_share
    result: Numbers = read / bytes_per_s + flops / rate
    return result


def _prompt_attention_s(work: Work, efficiency: Efficiency, context: Numbers) -> Numbers:
    """Attention of one prompt token; long rows of scores use the card better than short ones."""
    full = np.minimum(context, work.attended_tokens)
    flops = (
        work.prefill_attention_flops * full
        + work.prefill_window_flops * np.minimum(context, work.window_tokens)
        + work.index_flops * context
    )
    ramp = context / (context + efficiency.attention_ramp_tokens)
    result: Numbers = flops / (work.attention_flops_per_s * efficiency.attention_share * ramp)
    return result


def prompt_s(
    work: Work,
    efficiency: Efficiency,
    prompt_tokens: Numbers,
    cached_tokens: Numbers,
    decoding: Numbers,
    context_tokens: Numbers,
    chunk_tokens: float,
    verified: float = 1.0,
) -> tuple[Numbers, Numbers]:
    """What the prompt of one request adds to the steps that carry it, and how long those steps are.

    A prompt is computed by one attention group; the groups read prompts at the same time, so each adds its part.

    Parameters
    ----------
    work, efficiency : of the layouts
    prompt_tokens : tokens to compute, without those found in the prefix cache
    cached_tokens : tokens found there; they are attended to, not computed
    decoding : requests that decode meanwhile
    context_tokens : mean tokens each of these attends to
    chunk_tokens : most prompt tokens in a step
    verified : as for `step_s`

    Returns
    -------
    added, own : arrays
        Seconds over all chunks.
    """
    chunk = np.minimum(prompt_tokens, chunk_tokens)
    chunks = prompt_tokens / chunk
    together = chunk * work.groups
    attended = cached_tokens + prompt_tokens / 2  # mean over the prompt's tokens, each sees those before it
    with_prompt = step_s(work, efficiency, decoding, context_tokens, together, attended, verified)
    none = np.zeros_like(chunk)
    without = step_s(work, efficiency, decoding, context_tokens, none, none + 1.0, verified)
    return chunks * (with_prompt - without) / work.groups, chunks * with_prompt
