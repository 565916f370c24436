"""How many of a pool's identical replicas are simulated.

A pool of n replicas that take the same streams is represented by k of them behind the same router, which get every
(n/k)-th request of each workload: dealing out evens the load of a part of a large pool, and a random part would not
show that. What is left out is that the router of the whole pool also picks among the other n - k, so the sample waits
no less than the pool and errs on the safe side. k is at least `LEAST_REPLICAS`, and enough for `LEAST_REQUESTS`
measured requests, a hundred of them beyond the 99th percentile; where the attainment comes within `CLOSE` of what
was promised, the pool is replayed again with `CLOSE_REPLICAS`.
"""

from __future__ import annotations

from math import ceil

LEAST_REPLICAS = (
    8  # measured: within 3 points of attainment of pools of 26 to 64 where it is steepest, on the promise
)
CLOSE, CLOSE_REPLICAS = 0.03, 32  # measured as above: 16 and more stay within 1.5 points
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
