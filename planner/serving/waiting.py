"""How long a request waits at a quantile: for its turn to be read in, and for a free place in the batch."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from planner.serving.work import Numbers

# Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17: upper tail of the normal, error below 7.5e-8.
_TAIL = (0.319381530, -0.356563782, 1.781477937, -1.821255978, 1.330274429)
_TAIL_SCALE = 0.2316419
_DENSITY = NormalDist().pdf(0.0)


def prompt_wait_s(
    busy_share: Numbers,
    work_s: Numbers,
    burst_z: float,
    spread: float,
    pool: float | Numbers,
    quantile: float,
) -> tuple[Numbers, Numbers]:
    """Wait before a prompt's first chunk runs: its mean, and at a quantile.

    Formula, with c replicas behind one router (Sakasegawa 1977; exact for c = 1 and Poisson arrivals)::

        P(wait)          = busy ^ (sqrt(2 (c + 1)) - 1)
        mean of those who wait = work / (c * (1 - busy)) * (burst_z + spread^2) / 2
        wait at quantile q     = that * max(0, ln(P(wait) / (1 - q)))

    Parameters
    ----------
    busy_share : share of time prompts keep a replica busy; infinite wait at 1
    work_s : time one prompt takes of it
    burst_z : of arrivals, variance over mean; 1: Poisson
    spread : coefficient of variation of the work of a prompt
    pool : replicas behind one router
    quantile : of the promise

    Examples
    --------
    Busy half the time with prompts of 0.1 s, Poisson arrivals, exponential work, at 95 %: those who wait do so
    0.2 s in the mean, all 0.1 s, and 0.2 * ln(0.5 / 0.05) = 0.46 s at the quantile.

    >>> mean, tail = prompt_wait_s(np.array(0.5), np.array(0.1), 1.0, 1.0, 1.0, 0.95)
    >>> float(np.round(mean, 4)), float(np.round(tail, 4))
    (0.1, 0.4605)
    """
    idle = np.maximum(1.0 - busy_share, 1e-12)
    waits = np.minimum(busy_share, 1.0) ** (np.sqrt(2.0 * (pool + 1.0)) - 1.0)
    delayed = work_s / (pool * idle) * (burst_z + spread**2) / 2
    tail: Numbers = delayed * _quantile_factor(waits, quantile)
    return waits * delayed, tail


def place_wait_s(
    running: Numbers, places: Numbers, hold_s: Numbers, variability: float, quantile: float
) -> Numbers:
    """Wait for a place in the batch, by square-root staffing with burstiness.

    Formula, with R requests running in the mean, c places, arrivals of burstiness z::

        beta         = (c - R) / sqrt(z * R)
        P(wait)      = 1 / (1 + beta * Phi(beta) / phi(beta))            (Halfin and Whitt 1981)
        mean wait of those who wait = hold * z / (c - R)
        wait at q    = that * max(0, ln(P(wait) / (1 - q)))

    Source: reference/demand.md 3.3: slots c = R + beta sqrt(z R), beta 1.06, 1.74, 2.37 for P(wait) 20, 5, 1 %.

    Parameters
    ----------
    running : mean requests in the batch
    places : most there can be
    hold_s : time a request holds its place
    variability : burstiness z, variance over mean of busy places
    quantile : of the promise
    """
    free = np.maximum(places - running, 1e-12)
    beta = free / np.sqrt(variability * np.maximum(running, 1e-12))
    mean = hold_s * variability / free
    result: Numbers = mean * _quantile_factor(wait_probability(beta), quantile)
    return result


def wait_probability(beta: Numbers) -> Numbers:
    """Halfin-Whitt probability of a wait; 1 at beta = 0, falling to 0.

    Examples
    --------
    >>> [float(p) for p in np.round(wait_probability(np.array([0.0, 1.06, 1.74, 2.37])), 2)]
    [1.0, 0.2, 0.05, 0.01]
    """
    bounded = np.clip(beta, 0.0, 30.0)
    density = _DENSITY * np.exp(-bounded * bounded / 2)
    t = 1.0 / (1.0 + _TAIL_SCALE * bounded)
    tail = density * t * (_TAIL[0] + t * (_TAIL[1] + t * (_TAIL[2] + t * (_TAIL[3] + t * _TAIL[4]))))
    result: Numbers = density / (density + bounded * (1.0 - tail))
    return result


def _quantile_factor(probability: Numbers, quantile: float) -> Numbers:
    """How many mean waits the quantile is away when the wait, once there is one, is exponential."""
    result: Numbers = np.log(np.maximum(probability / (1.0 - quantile), 1.0))
    return result
