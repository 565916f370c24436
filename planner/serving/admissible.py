"""The most a replica takes within its promise: the largest load at which both percentiles hold.

`open_loop` gives TTFT and TPOT at a quantile for a mean number of running requests; both rise with it, and so does the
request rate, so the answer is found by bisection between an idle replica and a full one. A load that keeps prompts in
more than 95 % of the time is not stable and is not admissible. A looser promise never lowers the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.open_loop import Arrivals, Replicas
from planner.serving.requests import Requests, cache_per_request_bytes, most_resident
from planner.serving.work import Numbers, Work
from planner.units import MS_PER_S

BISECTIONS = 18  # loads lie in 1e-4..8192, 18 in natural log: 2^-18 of it is 7e-5 of a load
LEAST_RUNNING = 1e-4  # running requests of a replica that is as good as idle


@dataclass(frozen=True)
class Promise:
    """What must hold: limits in milliseconds (infinite: none), for a share of requests that arrive so."""

    max_ttft_ms: float
    max_tpot_ms: float
    quantile: float = 0.95
    arrivals: Arrivals = field(default_factory=Arrivals)


@dataclass(frozen=True)
class Admissible:
    """What replicas do: arrays of shape (layouts, buckets, bands), or (layouts, buckets) where noted.

    ``requests_per_s`` is 0 where no load is admissible; then ``ttft_ms`` and ``tpot_ms`` are those of an idle
    replica, the nearest miss. Both are at the quantile.

    ``weights_fit`` (layouts,), ``one_fits`` (layouts, buckets): memory for weights, and for one whole request.
    ``one_bytes`` (layouts, buckets): cache of one whole request per card.
    """

    requests_per_s: Numbers
    running_requests: Numbers
    ttft_ms: Numbers
    tpot_ms: Numbers
    weights_fit: NDArray[np.bool_]
    one_fits: NDArray[np.bool_]
    one_bytes: Numbers


def admissible(
    work: Work,
    efficiency: Efficiency,
    engine: Engine,
    requests: Requests,
    promise: Promise,
    bands_ms: Sequence[float],
) -> Admissible:
    """The most every layout takes of every bucket in every band of network time.

    Parameters
    ----------
    work, efficiency : of the layouts, arrays of shape (layouts, 1)
    engine : its settings
    requests : of the buckets, arrays of shape (buckets,)
    promise : of the workload
    bands_ms : network time taken off the promised time to first token

    Returns
    -------
    Admissible
        Capacity never falls with a looser promise.
    """
    places = most_resident(work, requests)
    whole = cache_per_request_bytes(work, requests.input_tokens + requests.output_tokens)
    room = np.maximum(work.room_bytes, 0.0)
    one_fits = (whole <= room) & (room > 0)
    search = _Search(Replicas(work, efficiency, engine, requests, promise.arrivals, places), promise)

    idle = np.full(places.shape, LEAST_RUNNING)
    alone = search.reached(idle)
    fluent = alone.tpot_s <= promise.max_tpot_ms / MS_PER_S
    most = search.largest(engine.fullest_share * places, np.inf)
    rates, running, ttft, tpot = [], [], [], []
    for band_ms in bands_ms:
        limit_s = (promise.max_ttft_ms - band_ms) / MS_PER_S
        load = search.largest(most, limit_s) if np.isfinite(limit_s) else most
        reached = search.reached(load)
        kept = one_fits & fluent & (alone.ttft_s <= limit_s) & (load > LEAST_RUNNING)
        rates.append(np.where(kept, reached.requests_per_s, 0.0))
        running.append(np.where(kept, load, 0.0))
        ttft.append(np.where(kept, reached.ttft_s, alone.ttft_s) * MS_PER_S)
        tpot.append(np.where(kept, reached.tpot_s, alone.tpot_s) * MS_PER_S)
    return Admissible(
        requests_per_s=np.stack(rates, axis=-1),
        running_requests=np.stack(running, axis=-1),
        ttft_ms=np.stack(ttft, axis=-1),
        tpot_ms=np.stack(tpot, axis=-1),
        weights_fit=work.room_bytes[:, 0] > 0,
        one_fits=one_fits,
        one_bytes=whole,
    )


@dataclass(frozen=True)
class _Reached:
    """What a load does at the promise's quantile: seconds, requests/s, and whether prompts leave time for more."""

    ttft_s: Numbers
    tpot_s: Numbers
    requests_per_s: Numbers
    stable: NDArray[np.bool_]


@dataclass(frozen=True)
class _Search:
    """Bisection on the load: times to first token and per token both rise with it."""

    replicas: Replicas
    promise: Promise

    def reached(self, running: Numbers) -> _Reached:
        quantile, replicas = self.promise.quantile, self.replicas
        state = replicas.at(running)
        return _Reached(
            replicas.ttft_at(state, running, quantile),
            replicas.tpot_at(state, quantile),
            state.requests_per_s,
            replicas.busy(state) <= replicas.engine.prefill_busy_share,
        )

    def largest(self, most: Numbers, limit_s: float) -> Numbers:
        """Most requests running in the mean that keep both promises; LEAST_RUNNING where none do."""
        low, high = np.full(most.shape, LEAST_RUNNING), most
        for _ in range(BISECTIONS):
            middle = np.sqrt(low * high)
            reached = self.reached(middle)
            kept = (
                (reached.tpot_s <= self.promise.max_tpot_ms / MS_PER_S)
                & (reached.ttft_s <= limit_s)
                & reached.stable
            )
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return low
