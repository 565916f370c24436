"""A trace at the plan's load: so many requests in the window, as bursty as they came.

With v = the plan's rate over the trace's::

    v <= 4    the trace's clock runs v times as fast (slower for v < 1): bursts keep their size in requests
    v > 4     ceil(v / 4) copies that begin at different places of the trace, each run v / copies times as fast;
              copies add up in mean and in variance, so the variance over the mean of the counts stays

A copy that reaches the end of the trace goes on at its beginning. The count is exact: rate times window. ``compress``
runs one clock at any v, ``superpose`` keeps the clock as near to the trace's as whole copies allow.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from planner.simulation.requests import Counts, Numbers

METHODS = ("auto", "compress", "superpose")
MOST_DEALT = 5e6  # assumed: requests laid out before they are dealt; some hundred megabytes
MOST_COMPRESSION = (
    4.0  # assumed: bursts of ten seconds stay longer than a step, and a trace of an hour covers a window
)


def copies_of(speed: float, method: str) -> int:
    """Copies of the trace that run side by side when the plan has ``speed`` times its rate.

    Examples
    --------
    >>> copies_of(3.0, "auto"), copies_of(40.0, "auto"), copies_of(40.0, "compress"), copies_of(2.6, "superpose")
    (1, 10, 1, 3)
    """
    if method == "compress":
        return 1
    if method == "superpose":
        return max(round(speed), 1)
    return max(ceil(speed / MOST_COMPRESSION), 1)


def scaled_trace(
    arrival_s: Numbers,
    keep: Numbers,
    rate_per_s: float,
    until_s: float,
    random: np.random.Generator,
    method: str = "auto",
    one_in: float = 1.0,
) -> tuple[Numbers, Counts]:
    """Times in 0..until_s and the trace's requests they belong to.

    Parameters
    ----------
    arrival_s : of the trace, rising, from 0
    keep : weight of each of its requests: the largest weight keeps a request for sure, half of it every other time;
        0: never
    rate_per_s : wanted
    until_s : length of the replay
    random : seeded; places where copies begin, and which requests are kept
    method : see `METHODS`
    one_in : every so-manieth request is taken of a replay at so many times the rate, as a router deals them out
    """
    kept = np.flatnonzero(random.random(len(keep)) * keep.max() < keep)
    one_in = max(min(one_in, MOST_DEALT / max(rate_per_s * until_s, 1.0)), 1.0)
    count = round(rate_per_s * one_in * until_s)
    if len(kept) < 2 or count == 0:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    gap = (arrival_s[-1] - arrival_s[0]) / (len(arrival_s) - 1)
    cycle_s = float(arrival_s[-1] - arrival_s[0] + gap)
    copies = min(copies_of(rate_per_s * one_in / (len(kept) / cycle_s), method), count)
    times, places = [], []
    for number in range(copies):
        share = count // copies + (1 if number < count % copies else 0)
        # A moment drawn evenly, not a request: requests are dense in bursts, and copies must not burst together.
        moment = arrival_s[0] + random.uniform(0.0, cycle_s)
        start = int(np.searchsorted(arrival_s[kept], moment)) % len(kept)
        index = np.arange(start, start + share + 1)
        clock = arrival_s[kept[index % len(kept)]] + cycle_s * (index // len(kept))
        span = max(float(clock[-1] - clock[0]), 1e-9)
        times.append((clock[:-1] - clock[0]) / span * until_s)
        places.append(kept[index[:-1] % len(kept)])
    all_times, all_places = np.concatenate(times), np.concatenate(places)
    order = np.argsort(all_times, kind="stable")
    dealt = order[(np.arange(random.uniform(0.0, one_in), count, one_in)).astype(np.int64)]
    return all_times[dealt], all_places[dealt]
