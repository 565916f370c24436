"""Requests by length, and the room they take in the KV cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.serving.memory import RESIDENT_OUTPUT_SHARE
from planner.serving.work import Numbers, Work


@dataclass(frozen=True)
class Requests:
    """Requests of one length each: arrays that broadcast against the layouts. Tokens per request."""

    input_tokens: Numbers
    cached_tokens: Numbers
    output_tokens: Numbers

    @property
    def prompt_tokens(self) -> Numbers:
        """Tokens to compute; the engine computes at least one of a prompt found whole in the cache."""
        result: Numbers = np.maximum(self.input_tokens - self.cached_tokens, 1.0)
        return result

    @property
    def context_tokens(self) -> Numbers:
        """Mean tokens a decoding request attends to."""
        result: Numbers = self.input_tokens + self.output_tokens / 2
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
    """Requests that run together in the mean: KV room over a request half way through, within the engine's cap; >= 1."""
    resident = requests.input_tokens + RESIDENT_OUTPUT_SHARE * requests.output_tokens
    room = np.maximum(work.room_bytes, 0.0) * work.groups
    result: Numbers = np.clip(room / cache_per_request_bytes(work, resident), 1.0, work.most_running)
    return result
