"""What a real engine reaches of a card's peak figures, and the fixed times a roofline does not know."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Number = float | NDArray[np.float64]


@dataclass(frozen=True)
class Efficiency:
    """The constants of the step-time model: one number for all layouts, or a column with one per layout.

    The defaults are the ideal card without overheads; `planner.serving.effects` gives the calibrated ones.

    Attributes
    ----------
    compute_share, bandwidth_share, attention_share :
        Share of the peak matrix rate at the ridge point of `work.RIDGE_FLOPS_PER_BYTE`, of the memory bandwidth,
        and of the peak 16-bit rate inside attention over long contexts.
    ridge_power : a card with twice the flops per byte reaches ``2 ** -ridge_power`` of the compute share.
    attention_ramp_tokens : attended tokens at which attention reaches half of ``attention_share``.
    link_share : share of the interconnect's one-direction bandwidth inside a collective.
    layer_s, expert_layer_s, step_s, sequence_s :
        Fixed time per layer, more per layer with experts, per engine step, and per running request and step.
    linear_layer_factor : fixed time of a layer with linear attention over that of others.
    all_reduce_latency_s : latency of an all-reduce over two cards; times log2 of the cards.
    imbalance : load of the busiest card over the mean where experts are spread whole over cards.
    first_token_s : tokenising, scheduling and first response, part of every time to first token.
    prompt_factor : time a prompt takes to come through over the time of its steps.
    clumping : share of the other clients' prompts a request waits for in a closed loop whose clients start
        together; an artefact of such benchmarks, never used for a plan.
    prompt_pacing : prompts' share of a closed loop at which ``clumping`` has fallen to half.
    transfer_s : hand-over from a prefill to a decode pool, besides the transfer of the KV cache.
    slowness : factor on every time of a step, for the slow or fast end of an interval.
    """

    compute_share: Number = 1.0
    ridge_power: Number = 0.0
    bandwidth_share: Number = 1.0
    attention_share: Number = 1.0
    attention_ramp_tokens: Number = 0.0
    link_share: Number = 1.0
    layer_s: Number = 0.0
    expert_layer_s: Number = 0.0
    step_s: Number = 0.0
    sequence_s: Number = 0.0
    linear_layer_factor: Number = 1.0
    all_reduce_latency_s: Number = 0.0
    imbalance: Number = 1.0
    first_token_s: Number = 0.0
    prompt_factor: Number = 1.0
    clumping: Number = 0.0
    transfer_s: Number = 0.0
    slowness: Number = 1.0

    def column(self) -> Efficiency:
        """Arrays with a trailing axis, to broadcast against requests."""
        return replace(self, **{name: value[..., None] for name, value in self._arrays().items()})

    def take(self, rows: NDArray[np.intp]) -> Efficiency:
        """The rows of the arrays."""
        return replace(self, **{name: value[rows] for name, value in self._arrays().items()})

    def _arrays(self) -> dict[str, NDArray[np.float64]]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
