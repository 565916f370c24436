"""Pauses between the calls of a session: what the prefix cache still holds after them, and for how long it holds it.

A pause is a tool's (most calls) or a person's (one call in ``steps_per_turn``), each lognormal. A cache that keeps an
idle prefix for ``keep_s`` finds it after a pause no longer than that::

    found = P(gap <= keep) = Phi((ln keep - ln median) / sigma),   sigma = ln(p90 / median) / 1.2816
    held  = E[min(gap, keep)] = mean * Phi(z - sigma) + keep * (1 - Phi(z)),   z = (ln keep - ln median) / sigma

The defaults in `shapes.py` were fitted to three published shares of TraceLab: prefixes kept 1, 5 and 60 minutes are
found for 85.4, 94.0 and 98.6 % of the input (reference/demand.md section 3.5), with its median reply of 86 s and 8.8
calls per message given. A test holds them to one point.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.float64]
NORMAL_P90 = 1.2815515655446004  # standard normal quantile at 0.9
_SHORTEST_S = 1e-9  # a cache that keeps nothing
_LEAST_SPREAD = 1e-9  # a pause that is always the same

_erf = np.vectorize(math.erf, otypes=[float])


def normal_share(z: Numbers) -> Numbers:
    """Share of a standard normal distribution below ``z``."""
    return np.asarray(0.5 * (1.0 + _erf(np.asarray(z, dtype=float) / math.sqrt(2.0))))


def found_after(median_s: Numbers, p90_s: Numbers, keep_s: Numbers) -> Numbers:
    """Share of lognormal pauses that are no longer than ``keep_s``; arrays of one shape."""
    sigma = np.maximum(np.log(p90_s / median_s) / NORMAL_P90, _LEAST_SPREAD)
    return normal_share((np.log(np.maximum(keep_s, _SHORTEST_S)) - np.log(median_s)) / sigma)


def held_for(median_s: Numbers, p90_s: Numbers, keep_s: Numbers) -> Numbers:
    """Mean of the pause, cut at ``keep_s`` [s]: how long an idle prefix takes room."""
    sigma = np.maximum(np.log(p90_s / median_s) / NORMAL_P90, _LEAST_SPREAD)
    keep = np.maximum(keep_s, _SHORTEST_S)
    z = (np.log(keep) - np.log(median_s)) / sigma
    mean = median_s * np.exp(np.minimum(sigma**2 / 2.0, 700.0))
    return np.minimum(mean * normal_share(z - sigma) + keep * (1.0 - normal_share(z)), keep)


def pauses(agents: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Found share [share of earlier context] and mean held time [s] per pause of every agent.

    A ``found_share`` that is given counts instead of the pauses.
    """
    person = 1.0 / agents["steps_per_turn"].to_numpy()
    keep = agents["keep_s"].to_numpy()
    laws = [(agents[f"{who}_gap_median_s"].to_numpy(), agents[f"{who}_gap_p90_s"].to_numpy()) for who in _WHO]
    found = [found_after(*law, keep) for law in laws]
    held = [held_for(*law, keep) for law in laws]
    modelled = person * found[0] + (1.0 - person) * found[1]
    given = agents["found_share"].to_numpy(dtype=float)
    return np.where(np.isnan(given), modelled, given), person * held[0] + (1.0 - person) * held[1]


_WHO = ("reply", "tool")
