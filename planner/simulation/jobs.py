"""What the simulator notes of every request while it runs: plain lists, which Python reads fastest."""

from __future__ import annotations

from math import nan

from planner.simulation.requests import Requests


class Jobs:
    """State of every request, by its position in `Requests`.

    made : tokens made when it was last admitted. computed : prompt tokens computed since then. ready : its cache
    has arrived from another pool, so there is nothing to compute. finish_at : the decode step (of its replica) that
    makes its last token, -1 while it does not decode. admitted_s, first_s, finish_s : times, NaN until they come.
    """

    __slots__ = (
        "admitted_s",
        "cached",
        "computed",
        "finish_at",
        "finish_s",
        "first_s",
        "made",
        "output",
        "preempted",
        "prompt",
        "ready",
        "replica",
    )

    def __init__(self, requests: Requests, *, ready: bool = False) -> None:
        count = len(requests)
        self.prompt: list[int] = requests.prompt_tokens.tolist()
        self.cached: list[int] = requests.cached_tokens.tolist()
        self.output: list[int] = requests.output_tokens.tolist()
        self.made = [1 if ready else 0] * count
        self.ready = [ready] * count
        self.computed = [0] * count
        self.finish_at = [-1] * count
        self.admitted_s = [nan] * count
        self.first_s = [nan] * count
        self.finish_s = [nan] * count
        self.preempted = [0] * count
        self.replica = [-1] * count
