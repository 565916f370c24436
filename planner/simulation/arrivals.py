"""Arrivals without a trace: gamma-distributed gaps whose burstiness is the workload's ``burst_z``."""

from __future__ import annotations

import numpy as np

from planner.simulation.requests import Numbers


def squared_variation(burst_z: float) -> float:
    """Squared coefficient of variation of the gaps that gives busy slots this variance over mean.

    Formula: z = 1 + (cv^2 - 1) / 2, the peakedness of a renewal process on many exponential servers when gaps are
    short against service (Whitt, Heavy-Traffic Approximations for Service Systems with Blocking, 1984), so
    cv^2 = 2 z - 1.

    Examples
    --------
    >>> squared_variation(1.0), squared_variation(2.0)
    (1.0, 3.0)
    """
    return 2.0 * burst_z - 1.0


def arrival_times(
    rate_per_s: float, until_s: float, burst_z: float, random: np.random.Generator, one_in: float = 1.0
) -> Numbers:
    """Times of arrivals from 0 to ``until_s``: gamma gaps of mean 1 / rate and the variation of ``burst_z``.

    Parameters
    ----------
    rate_per_s : mean requests per second; 0: none
    until_s : end of the replay [s]
    burst_z : variance over mean of busy slots, at least 1; 1 is a Poisson process
    random : seeded generator
    one_in : these are every so-manieth of the arrivals that have this burstiness; the sum of m gamma gaps is a gamma
        gap of 1/m of the squared variation
    """
    if rate_per_s <= 0 or until_s <= 0:
        return np.zeros(0)
    variation = squared_variation(burst_z) / one_in
    shape, scale = 1.0 / variation, variation / rate_per_s
    parts = [np.zeros(0)]
    reached = -random.uniform(0.0, 1.0) * scale  # the first gap is under way when the replay begins
    while reached < until_s:
        many = int((until_s - min(reached, 0.0)) * rate_per_s * 0.2) + 64
        times = reached + np.cumsum(random.gamma(shape, scale, many))
        parts.append(times)
        reached = float(times[-1])
    times = np.concatenate(parts)
    return times[(times >= 0) & (times < until_s)]
