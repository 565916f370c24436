"""Risk measures of a handful of futures with probabilities."""

from __future__ import annotations

from collections.abc import Sequence


def cvar(costs: Sequence[float], probabilities: Sequence[float], quantile: float) -> float:
    """Mean cost of the worst ``1 - quantile`` of futures (conditional value at risk).

    Formula: min over v of ``v + sum p * max(0, cost - v) / (1 - quantile)``, which one of the costs attains
    (Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk, J. Risk 2, 2000).

    Parameters
    ----------
    probabilities : of each future; they add up to 1
    quantile : in [0, 1)

    Examples
    --------
    >>> cvar([10.0, 12.0, 30.0], [0.5, 0.4, 0.1], 0.9)
    30.0
    >>> cvar([10.0, 30.0], [0.5, 0.5], 0.0)
    20.0
    """
    futures = list(zip(costs, probabilities, strict=True))
    return min(v + sum(p * max(0.0, cost - v) for cost, p in futures) / (1.0 - quantile) for v, _ in futures)
