"""Replay of requests through a plan, event by event: are the promises kept? Knows no solver."""

from __future__ import annotations

from planner.simulation.failure import Failure, parsed_failure
from planner.simulation.tighten import combined, tighten_factors, tightened
from planner.simulation.verify import Question, Verification, verify

__all__ = [
    "Failure",
    "Question",
    "Verification",
    "combined",
    "parsed_failure",
    "tighten_factors",
    "tightened",
    "verify",
]
