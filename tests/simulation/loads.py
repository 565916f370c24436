"""Requests for the tests."""

from __future__ import annotations

import numpy as np

from planner.simulation.requests import Requests, requests_of


def poisson(rate_per_s: float, count: int, seed: int = 0) -> np.ndarray:
    """Arrival times of a Poisson process."""
    return np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate_per_s, count))


def same_length(arrival_s: np.ndarray, prompt: int, output: int) -> Requests:
    """Requests of one length."""
    many = np.ones(len(arrival_s), dtype=np.int64)
    return requests_of(arrival_s, many * prompt, many * 0, many * output)


def mixed(
    rate_per_s: float, count: int, seed: int = 0, *, prompt: float = 300.0, output: float = 60.0
) -> Requests:
    """Poisson arrivals, exponential lengths, a third of each prompt cached."""
    random = np.random.default_rng(seed + 1)
    prompts = 1 + random.exponential(prompt, count).astype(np.int64)
    return requests_of(
        poisson(rate_per_s, count, seed),
        prompts,
        prompts // 3,
        1 + random.exponential(output, count).astype(np.int64),
    )
