"""How a format is declared: which columns it is known by, which of them are ours, and what its figures hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.inputs.usage.raw import Step

Grain = Literal["request", "span", "counter", "bill"]
Cached = Literal["included", "excluded", "check", "none"]
Clock = Literal["auto", "s", "ms", "us", "elapsed_s", "elapsed_ms"]

REQUEST_FIELDS: Mapping[str, str] = {
    "time": "start of the request",
    "end_time": "its end, where there is no duration",
    "duration_ms": "how long it took",
    "id": "id by which a repeated row is known",
    "model": "language model as the source names it",
    "provider": "who computed it; cached tokens are checked by provider",
    "workload": "workload, where the source has one",
    "region": "region the request came from",
    "tenant": "who sent it",
    "session": "conversation, agent run or trace it belongs to",
    "input_tokens": "input; whether it holds the cached tokens is the format's convention",
    "cached_input_tokens": "input found in a prefix cache",
    "cache_write_tokens": "input written into a prefix cache",
    "output_tokens": "output, reasoning included",
    "reasoning_tokens": "reasoning part of the output",
    "total_tokens": "input and output as the source adds them",
    "retries": "attempts beyond the first",
    "blocks": "ids of the prompt's prefix blocks",
    "requests": "requests of a span of time",
    "failed_requests": "those of them that failed",
    "rate_per_s": "requests per second, where there is no count",
    "hole": "1 where the recording has a hole",
    "batch": "whether it may wait",
}


@dataclass(frozen=True)
class Test:
    """A question about a cell: is it one of the values, at least a number, or anything at all (neither given)."""

    step: Step
    values: frozenset[str] = frozenset()
    at_least: float | None = None


@dataclass(frozen=True)
class Keep:
    """Rows that are requests: cells with one of the values (or, if ``others``, with none of them)."""

    step: Step
    values: frozenset[str]
    reason: str
    others: bool = False


@dataclass(frozen=True)
class Format:
    """One source of usage.

    Attributes
    ----------
    name, title : for the command line and for people
    grain : what a row is: a request, a span of time, a sample of a counter, a line of a bill
    marks : columns by which the format is known; of each tuple one must be there
    fields : our field -> where it stands; several places are tried in turn
    cached : ``included`` in the input, ``excluded`` from it, ``check``: told by the data, ``none``: not known
    clock : unit of the time; ``elapsed_...`` counts from the start of the trace
    scale : factor of a field into our unit
    keep : which rows are requests
    failed : a request failed if one of these holds
    excluded_if : the input of a row excludes the cached tokens if this holds
    answered_if : the request was answered from a response cache if this holds
    span_s : length of the span of a row [s], where it has no end
    block_tokens : tokens of a prefix block
    unfold : name of the step that makes our columns of a row's, '' if they are there
    needs : columns that this step reads
    assumptions : sentences for the user
    source : where the names come from
    """

    name: str
    title: str
    grain: Grain
    marks: tuple[tuple[str, ...], ...]
    fields: Mapping[str, tuple[Step, ...]]
    cached: Cached = "included"
    clock: Clock = "auto"
    scale: Mapping[str, float] = field(default_factory=dict)
    keep: tuple[Keep, ...] = ()
    failed: tuple[Test, ...] = ()
    excluded_if: Test | None = None
    answered_if: Test | None = None
    span_s: float | None = None
    block_tokens: int = 0
    unfold: str = ""
    needs: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    source: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that the format reads, sorted."""
        steps = [step for places in self.fields.values() for step in places]
        steps += [keep.step for keep in self.keep] + [test.step for test in self.failed]
        steps += [test.step for test in (self.excluded_if, self.answered_if) if test is not None]
        return tuple(sorted({step if isinstance(step, str) else step[0] for step in steps} | set(self.needs)))
