"""How many of a pool's identical replicas are simulated.

A pool of n replicas that take the same streams is represented by k of them with k/n of the load, behind the same
router. What differs is the pooling: k replicas wait no less than n, since a smaller pool finds a free place less
often, so the sample errs on the safe side, by less the larger k is. k is at least `LEAST_REPLICAS`, and large enough
for `LEAST_REQUESTS` measured requests, of which a hundred lie beyond the 99th percentile.
"""

from __future__ import annotations

from math import ceil

LEAST_REPLICAS = 8  # tests/simulation/test_sample.py: within 1 point of attainment of pools of 64
LEAST_REQUESTS = 10_000  # 100 beyond P99; the share that keeps a promise is known to 0.2 points at 95 %
MOST_REQUESTS = (
    250_000  # assumed: more per pool tells nothing new; an hour of eight replicas at nine requests a second
)


def sampled_replicas(replicas: int, requests_per_s: float, window_s: float) -> int:
    """Replicas to simulate of a pool.

    Parameters
    ----------
    replicas : of the pool
    requests_per_s : of the pool
    window_s : measured part of the replay [s]

    Examples
    --------
    Five requests a second each: 3,000 in ten minutes, so 8 give more than enough.

    >>> sampled_replicas(300, 1500.0, 600.0)
    8

    Small pools are simulated whole.

    >>> sampled_replicas(6, 30.0, 600.0)
    6
    """
    each = requests_per_s / replicas * window_s
    enough = ceil(LEAST_REQUESTS / each) if each > 0 else 1
    most = ceil(MOST_REQUESTS / each) if each > 0 else 1
    return min(replicas, max(min(LEAST_REPLICAS, max(most, 2)), min(enough, most)))
