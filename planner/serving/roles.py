"""What a replica does that only prefills, or only decodes, so that a plan can put the two on different cards.

::

    prefill   own       time of a prompt alone; a replica of g attention groups reads g prompts at a time
              busy      X * own / g
              TTFT at q = first token + own at q + wait at q (M/G/c, c = g * pool) + transfer <= promise - network
    decode    as a whole replica whose prompts cost nothing; the promise of the time per token alone

``transfer`` is the hand-over of the prompt's KV cache over the network between servers (`disaggregated.transfer_s`), as
fast as the slower of the two replicas. A balanced plan has as much prefill as decode; `pools` makes the rows of the
serving table.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from planner.serving.admissible import Promise, admissible
from planner.serving.closed_loop import batch_s
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.requests import Requests, cache_per_request_bytes
from planner.serving.waiting import prompt_wait_s
from planner.serving.work import Numbers, Work
from planner.units import GIGA, MS_PER_S

BISECTIONS = 24


def handed_over_s(
    work: Work,
    efficiency: Efficiency,
    requests: Requests,
    speed: Numbers,
    engine: Engine,
    other: Numbers | float = np.inf,
) -> Numbers:
    """Time to hand a prompt's cache to another replica [s].

    Formula: set-up + bytes / (network of a card * min(speed, other)); the whole prompt is handed over, cached or not.

    Parameters
    ----------
    speed, other : cards of the replica, and of the one that takes over, times the share of their network that is
        reached [cards]; infinite: no slower than this one
    """
    rate = engine.outside_link_gb_per_s * GIGA * np.minimum(speed, other)
    result: Numbers = efficiency.transfer_s + work.transfer_bytes * requests.input_tokens / rate
    return result


def prefill_rate(
    work: Work,
    efficiency: Efficiency,
    engine: Engine,
    requests: Requests,
    promise: Promise,
    limit_s: Numbers,
) -> tuple[Numbers, Numbers]:
    """Most prompts per second of a replica that only prefills, and the time to first token then.

    Parameters
    ----------
    work, efficiency : of the layouts, arrays of shape (layouts, 1)
    requests : of the buckets, arrays of shape (buckets,)
    promise : its quantile and arrivals; its limits are not read
    limit_s : time to first token without network and transfer, broadcast against (layouts, buckets)

    Returns
    -------
    requests_per_s, ttft_s : arrays of shape (layouts, buckets)
        0, and the time of an idle replica, where even that is too slow or the cache of one prompt does not fit.
    """
    none = np.full(np.broadcast_shapes(work.room_bytes.shape, requests.input_tokens.shape), 1e-9)
    own = efficiency.prompt_factor * batch_s(work, efficiency, requests, none, engine)[2]
    arrivals, quantile = promise.arrivals, promise.quantile
    sigma = np.sqrt(np.log1p(arrivals.prompt_spread**2))
    slow = own * np.exp(NormalDist().inv_cdf(quantile) * sigma - sigma**2 / 2)
    servers = arrivals.pool * work.groups

    def ttft_s(busy: Numbers) -> Numbers:
        mean, tail = prompt_wait_s(busy, own, arrivals.burst_z, arrivals.others_spread, servers, quantile)
        late = np.hypot(slow - own, tail - mean)
        result: Numbers = efficiency.first_token_s + own + mean + late
        return result

    low, high = np.zeros_like(own), np.full_like(own, engine.prefill_busy_share)
    fits = cache_per_request_bytes(work, requests.input_tokens) <= work.room_bytes
    idle = ttft_s(low)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        kept = ttft_s(middle) <= limit_s
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    able = fits & (idle <= limit_s)
    return np.where(able, low * work.groups / own, 0.0), np.where(able, ttft_s(low), idle)


def decode_rate(
    work: Work, efficiency: Efficiency, engine: Engine, requests: Requests, promise: Promise
) -> tuple[Numbers, Numbers]:
    """Most requests per second of a replica that only decodes, and the time per token then.

    Returns
    -------
    requests_per_s, tpot_s : arrays of shape (layouts, buckets)
    """
    read = replace(requests, cached_tokens=requests.input_tokens)
    found = admissible(work, efficiency, engine, read, replace(promise, max_ttft_ms=np.inf), [0.0])
    return found.requests_per_s[..., 0], found.tpot_ms[..., 0] / MS_PER_S
