"""Requests by length, and the room they take in the KV cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.serving.work import Numbers, Work


@dataclass(frozen=True)
class Requests:
    """Requests of one length each: arrays that broadcast against the layouts. Tokens per request.

    ``output_spread`` is the coefficient of variation of the answers: long ones are seen running more often.
    """

    input_tokens: Numbers
    cached_tokens: Numbers
    output_tokens: Numbers
    output_spread: float | Numbers = (
        0.3  # assumed: uniform between edges a factor 2 to 4 apart has 0.19 to 0.35
    )

    def take(self, rows: NDArray[np.intp]) -> Requests:
        """The requests at these positions, where there is one per row."""
        return Requests(*(np.asarray(value)[rows] for value in self._arrays()))

    def column(self) -> Requests:
        """Arrays of shape (rows, 1)."""
        return Requests(*(np.asarray(value)[..., None] for value in self._arrays()))

    def _arrays(self) -> tuple[float | Numbers, ...]:
        spread = np.broadcast_to(self.output_spread, np.shape(self.input_tokens))
        return (self.input_tokens, self.cached_tokens, self.output_tokens, spread)

    @property
    def prompt_tokens(self) -> Numbers:
        """Tokens to compute; the engine computes at least one of a prompt found whole in the cache."""
        result: Numbers = np.maximum(self.input_tokens - self.cached_tokens, 1.0)
        return result

    @property
    def context_tokens(self) -> Numbers:
        """Mean tokens a decoding request attends to, and holds in the cache: I + O (1 + cv^2) / 2.

        A request of O tokens is met with probability in proportion to O, on average half way through.
        """
        result: Numbers = self.input_tokens + self.output_tokens * (1.0 + self.output_spread**2) / 2
        return result


def cache_per_request_bytes(work: Work, tokens: Numbers) -> Numbers:
    """Cache of a request of so many tokens, on each card, whose stage has its part of the layers [bytes]."""
    result: Numbers = (
        (work.cache_bytes + work.index_bytes) * tokens
        + work.window_bytes * np.minimum(tokens, work.window_tokens)
        + work.state_bytes
    ) / work.stages
    return result


def most_resident(work: Work, requests: Requests) -> Numbers:
    """Requests that run together: KV room over a request half way through, within the engine's cap, at least 1."""
    room = np.maximum(work.room_bytes, 0.0) * work.groups
    result: Numbers = np.clip(
        room / cache_per_request_bytes(work, requests.context_tokens), 1.0, work.most_running
    )
    return result
