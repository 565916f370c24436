"""Requests to replay: when each arrives, how long it is, whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Requests:
    """Arrays of shape (requests,), in the order of arrival; equal times are ordered by the other columns.

    Attributes
    ----------
    arrival_s : from the start of the replay [s]
    prompt_tokens : input, cached tokens included; at least 1
    cached_tokens : of these, found in the prefix cache: not computed, but kept in memory and attended to
    output_tokens : tokens to make, the first included; at least 1
    stream : position of the stream (workload, bucket, route) it belongs to
    network_s : network time of its route, added to the time to first token [s]
    """

    arrival_s: Numbers
    prompt_tokens: Counts
    cached_tokens: Counts
    output_tokens: Counts
    stream: Counts
    network_s: Numbers

    def __len__(self) -> int:
        return len(self.arrival_s)


def requests_of(
    arrival_s: Numbers,
    prompt_tokens: Counts,
    cached_tokens: Counts,
    output_tokens: Counts,
    stream: Counts | None = None,
    network_s: Numbers | None = None,
) -> Requests:
    """Requests in a canonical order, so that the order of the rows they come from makes no difference.

    Lengths below 1 are raised to 1; cached tokens are at most the prompt.
    """
    count = len(arrival_s)
    stream = np.zeros(count, dtype=np.int64) if stream is None else stream
    network_s = np.zeros(count) if network_s is None else network_s
    prompt = np.maximum(prompt_tokens, 1).astype(np.int64)
    cached = np.clip(cached_tokens, 0, prompt).astype(np.int64)
    output = np.maximum(output_tokens, 1).astype(np.int64)
    order = np.lexsort((network_s, stream, output, cached, prompt, arrival_s))
    return Requests(
        arrival_s[order], prompt[order], cached[order], output[order], stream[order], network_s[order]
    )


def joined(parts: Sequence[Requests]) -> Requests:
    """All requests of several sets in one."""
    if not parts:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Requests(nothing, none, none, none, none, nothing)
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Requests)
    }
    return requests_of(**columns)
