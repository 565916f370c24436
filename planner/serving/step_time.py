"""How long an engine step takes: a roofline with a soft maximum, attention, collectives and fixed times.

::

    step(b)        = norm(bytes(b) / bandwidth, b * flops / rate) + attention(b) + collectives(b) + fixed(b)
    bytes(b)       = common + touched(b) * experts         touched(b) = 1 - (1 - visited/experts)^b
    norm(m, f)     = (m^3 + f^3)^(1/3)                      a hard maximum is too fast near the ridge
    prefill(c; b)  = norm([touched(b+c) - touched(b)] * experts / bandwidth, c * flops / rate) + attention + collectives

``prefill`` is what a chunk of c prompt tokens adds to a step in which b requests decode: the weights are being read
anyway, except for experts no decoding token visits. Source of the terms: reference/serving.md section 2.1; taking
the added time from the flops alone, not as a difference of two norms, keeps more bandwidth from ever costing time.
"""

from __future__ import annotations

import numpy as np

from planner.serving.step_figures import Numbers, StepFigures


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


def touched_share(figures: StepFigures, tokens: Numbers) -> Numbers:
    """Share of the experts that at least one of so many tokens visits; 0 in dense models, which have none."""
    if not figures.expert_share.any():
        return np.zeros_like(tokens)
    result: Numbers = -np.expm1(tokens * np.log1p(-np.minimum(figures.expert_share, 1 - 1e-9)))
    return result


def decode_step_s(figures: StepFigures, running: Numbers, context_tokens: Numbers) -> Numbers:
    """Time of a step in which so many requests each make one token.

    Parameters
    ----------
    figures : arrays of shape (layouts, 1)
    running : requests, broadcast against the layouts; at least 1
    context_tokens : mean tokens each attends to

    Returns
    -------
    array of shape (layouts, requests)
        Seconds.
    """
    weights = figures.common_bytes + touched_share(figures, running) * figures.expert_bytes
    matrices = soft_maximum(
        weights / figures.bytes_per_s, running * figures.token_flops / figures.flops_per_s
    )
    attended = np.minimum(context_tokens, figures.attended_tokens)
    read = (
        figures.cache_bytes * attended
        + figures.index_bytes * context_tokens
        + figures.window_bytes * np.minimum(context_tokens, figures.window_tokens)
        + 2.0 * figures.state_bytes  # read and written
    )
    flops = figures.decode_attention_flops * attended + figures.index_flops * context_tokens
    attention = running * (read / figures.bytes_per_s + flops / figures.attention_flops_per_s)
    collectives = figures.collective_s + running * figures.collective_token_s
    result: Numbers = matrices + attention + collectives + figures.fixed_s + running * figures.sequence_s
    return result


def prefill_s(
    figures: StepFigures,
    prompt_tokens: Numbers,
    cached_tokens: Numbers,
    running: Numbers,
    chunk_tokens: float,
) -> Numbers:
    """What the prompt of one request adds to the steps that carry it.

    Parameters
    ----------
    figures : arrays of shape (layouts, 1)
    prompt_tokens : tokens to compute, without those found in the prefix cache
    cached_tokens : tokens found there; they are attended to, not computed
    running : requests that decode meanwhile
    chunk_tokens : most prompt tokens in a step

    Returns
    -------
    array of shape (layouts, requests)
        Seconds over all chunks.
    """
    chunk = np.minimum(prompt_tokens, chunk_tokens)
    more = touched_share(figures, running + chunk) - touched_share(figures, running)
    matrices = soft_maximum(
        more * figures.expert_bytes / figures.bytes_per_s, chunk * figures.token_flops / figures.flops_per_s
    )
    context = cached_tokens + prompt_tokens / 2  # mean over the prompt's tokens, each sees those before it
    flops = (
        figures.prefill_attention_flops * np.minimum(context, figures.attended_tokens)
        + figures.prefill_window_flops * np.minimum(context, figures.window_tokens)
        + figures.index_flops * context
    )
    per_token = flops / figures.attention_flops_per_s + figures.collective_token_s
    result: Numbers = matrices * prompt_tokens / chunk + prompt_tokens * per_token
    return result
