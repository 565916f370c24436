"""How long an engine step takes, as the simulator asks for it: one scalar call per step, some millionths of a second.

`StepTimer` is what the simulator needs to know of a layout. `TabledTimer` makes one of any step-time function of
arrays; `planner.simulation.timer` makes one per row of the run's ``steps`` table, from `planner.serving`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from planner.simulation.requests import Numbers

StepFunction = Callable[[Numbers, Numbers, Numbers, Numbers], Numbers]
KNOTS_PER_DOUBLING = 4  # straight lines over 19 % of a range: 0.4 % off at worst on a parabola, 0 on a line
MOST_CONTEXT_TOKENS = 2**21  # assumed: twice the longest context in the catalogue


class StepTimer(Protocol):
    """Step times and limits of one replica.

    Attributes
    ----------
    kv_tokens : tokens the KV cache of the replica holds
    most_running : most requests that run together
    chunk_tokens : most tokens of a step, decoded ones included
    """

    @property
    def kv_tokens(self) -> int: ...
    @property
    def most_running(self) -> int: ...
    @property
    def chunk_tokens(self) -> int: ...

    def step_s(
        self, decoding: int, context_tokens: float, prompt_tokens: int, attended_tokens: float
    ) -> float:
        """Time of one step [s].

        Parameters
        ----------
        decoding : requests that make their next token
        context_tokens : mean tokens each of these attends to
        prompt_tokens : prompt tokens computed in the step
        attended_tokens : mean tokens each of these attends to
        """
        ...

    def line(self, decoding: int, context_tokens: float) -> tuple[float, float, float]:
        """Steps without prompts as a straight line: step_s at this context, its growth per token of context, and the
        context up to which both hold. A run of such steps is then summed in one go, exactly."""
        ...


@dataclass(frozen=True)
class LinearTimer:
    """Step times that are a sum of four terms, for tests and for engines known by their own regression.

    step = fixed + per_request * decoding + per_context * decoding * context + per_prompt * prompt tokens.
    """

    kv_tokens: int
    most_running: int
    chunk_tokens: int
    fixed_s: float
    per_request_s: float = 0.0
    per_context_s: float = 0.0
    per_prompt_s: float = 0.0

    def step_s(
        self, decoding: int, context_tokens: float, prompt_tokens: int, attended_tokens: float
    ) -> float:
        """See `StepTimer`."""
        decode = decoding * (self.per_request_s + self.per_context_s * context_tokens)
        return self.fixed_s + decode + self.per_prompt_s * prompt_tokens

    def line(self, decoding: int, context_tokens: float) -> tuple[float, float, float]:
        """See `StepTimer`."""
        return self.step_s(decoding, context_tokens, 0, 0.0), decoding * self.per_context_s, float("inf")


def _knots(most: float) -> list[float]:
    """0, 1 and then four per doubling, up to ``most``."""
    steps = int(np.ceil(np.log2(max(most, 2.0)) * KNOTS_PER_DOUBLING))
    return [0.0, *(float(2.0 ** (step / KNOTS_PER_DOUBLING)) for step in range(steps + 1))]


@dataclass(eq=False)
class TabledTimer:
    """A step-time function of arrays, tabulated as it is asked: exact in the requests, straight lines between knots.

    step(b, ctx, p, a) = decode(b, ctx) + mixed(b, p) + p * attention(a), which holds exactly for functions whose
    attention is a sum over requests and whose other terms depend on b and p alone; `planner.serving`'s is one.

    Parameters
    ----------
    function : (decoding, context tokens, prompt tokens, attended tokens) -> seconds, arrays of one shape
    kv_tokens, most_running, chunk_tokens : see `StepTimer`
    first_token_s : tokenising and first response, added to every time to first token [s]
    prompt_factor : time a prompt takes to come through over the time of its steps [ratio]
    """

    function: StepFunction
    kv_tokens: int
    most_running: int
    chunk_tokens: int
    first_token_s: float = 0.0
    prompt_factor: float = 1.0
    _rows: dict[int, tuple[list[float], list[float], list[float], list[float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._contexts = _knots(MOST_CONTEXT_TOKENS)
        self._prompts = _knots(self.chunk_tokens)
        contexts = np.array(self._contexts)
        ones = np.ones_like(contexts)
        most, none = ones * self.chunk_tokens, np.zeros_like(contexts)
        attended = np.maximum(contexts, 1.0)
        added = self.function(none, ones, most, attended) - self.function(none, ones, most, ones)
        self._attention = (added / self.chunk_tokens).tolist()
        self._attention_slope = _slopes(self._contexts, self._attention)

    def _row(self, decoding: int) -> tuple[list[float], list[float], list[float], list[float]]:
        contexts, prompts = np.array(self._contexts), np.array(self._prompts)
        b, ones = np.full_like(contexts, float(decoding)), np.ones_like(contexts)
        decode = self.function(b, contexts, np.zeros_like(contexts), ones)
        b, ones = np.full_like(prompts, float(decoding)), np.ones_like(prompts)
        mixed = self.function(b, ones, prompts, ones) - self.function(b, ones, np.zeros_like(prompts), ones)
        values, added = decode.tolist(), mixed.tolist()
        row = values, _slopes(self._contexts, values), added, _slopes(self._prompts, added)
        self._rows[decoding] = row
        return row

    def step_s(
        self, decoding: int, context_tokens: float, prompt_tokens: int, attended_tokens: float
    ) -> float:
        """See `StepTimer`."""
        values, slopes, added, added_slopes = self._rows.get(decoding) or self._row(decoding)
        at = bisect_right(self._contexts, context_tokens) - 1
        total = values[at] + slopes[at] * (context_tokens - self._contexts[at])
        if prompt_tokens:
            at = bisect_right(self._prompts, prompt_tokens) - 1
            total += added[at] + added_slopes[at] * (prompt_tokens - self._prompts[at])
            at = bisect_right(self._contexts, attended_tokens) - 1
            slope = self._attention_slope[at]
            total += prompt_tokens * (self._attention[at] + slope * (attended_tokens - self._contexts[at]))
        return total

    def line(self, decoding: int, context_tokens: float) -> tuple[float, float, float]:
        """See `StepTimer`."""
        values, slopes, _, _ = self._rows.get(decoding) or self._row(decoding)
        at = bisect_right(self._contexts, context_tokens) - 1
        until = self._contexts[at + 1] if at + 1 < len(self._contexts) else float("inf")
        return values[at] + slopes[at] * (context_tokens - self._contexts[at]), slopes[at], until


def _slopes(knots: list[float], values: list[float]) -> list[float]:
    """Growth per unit from each knot to the next; beyond the last as before it."""
    slopes = [(values[i + 1] - values[i]) / (knots[i + 1] - knots[i]) for i in range(len(knots) - 1)]
    return [*slopes, slopes[-1]]


Timers = Mapping[str, StepTimer]
