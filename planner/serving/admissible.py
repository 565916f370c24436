"""The most a replica takes within its promise: steady state of continuous batching with chunked prefill.

With b requests decoding at context ctx, O tokens to make and s seconds of prefill per request (`step_time`)::

    TPOT(b)  = step(b) + (b-1) * s / O        while one makes its O tokens, each of the others lets in one prompt
    hold(b)  = O * TPOT(b) + s                time a request holds its place
    X(b)     = b / hold(b)                    requests per second (Little's law)
    places   = largest b <= min(KV room, sequence cap) with TPOT(b) <= max_tpot_ms
    TTFT(b)  = first token + step(b)/2 + own prefill + wait for other prompts + wait for a place
    answer   = X(b) at the largest b <= places with TTFT(b) <= max_ttft_ms - band and prompts busy <= 95 %

With p pipeline stages the running requests go round in p parts: step(b/p), and a prompt holds each stage up for s/p.

TPOT holds with every place taken, so at any quantile; the engine is told to run no more than ``places``. TTFT holds
at the promise's quantile. Both rise with b and so does X, so both searches are bisections, and a looser promise,
more bandwidth or more compute never lowers the answer.

Left for the accurate model of a later issue: the spread of lengths inside a bucket, TPOT's own quantile below the
full batch, the card's measured peaks instead of catalogue peaks times efficiency, preemption, the pooling of many
replicas, speculative decoding, roles of prefill and decode.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.serving.efficiency import Efficiency
from planner.serving.memory import RESIDENT_OUTPUT_SHARE
from planner.serving.step_figures import Numbers, StepFigures
from planner.serving.step_time import decode_step_s, prefill_s
from planner.serving.waiting import place_wait_s, prompt_wait_s
from planner.units import MS_PER_S

BISECTIONS = 24  # loads lie in 1e-4..256, 15 in natural log: 2^-24 of it is 1e-6 of a load
LEAST_RUNNING = 1e-4  # running requests of a replica that is as good as idle


@dataclass(frozen=True)
class Requests:
    """Length buckets: arrays of shape (buckets,). Tokens per request."""

    input_tokens: Numbers
    cached_tokens: Numbers
    output_tokens: Numbers

    @property
    def prompt_tokens(self) -> Numbers:
        """Tokens to compute; the engine computes at least one of a prompt found whole in the cache."""
        result: Numbers = np.maximum(self.input_tokens - self.cached_tokens, 1.0)
        return result


@dataclass(frozen=True)
class Promise:
    """What must hold: limits in milliseconds (infinite: none), for a share of requests, at a burstiness."""

    max_ttft_ms: float
    max_tpot_ms: float
    quantile: float = 0.95
    burst_z: float = 2.0


@dataclass(frozen=True)
class Admissible:
    """What replicas do: arrays of shape (layouts, buckets, bands), or (layouts, buckets) where noted.

    ``requests_per_s`` is 0 where no load is admissible; then ``ttft_ms`` and ``tpot_ms`` are those of an idle
    replica, the nearest miss. Elsewhere ``ttft_ms`` is at the quantile and ``tpot_ms`` with every place taken.

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


def cache_per_request_bytes(figures: StepFigures, tokens: Numbers) -> Numbers:
    """Cache of a request of so many tokens, on each card, whose stage has its part of the layers [bytes]."""
    result: Numbers = (
        (figures.cache_bytes + figures.index_bytes) * tokens
        + figures.window_bytes * np.minimum(tokens, figures.window_tokens)
        + figures.state_bytes
    ) / figures.stages
    return result


@dataclass(frozen=True)
class Batch:
    """A replica in steady state: seconds and requests per second, shape (layouts, buckets)."""

    step_s: Numbers
    prefill_s: Numbers
    tpot_s: Numbers
    hold_s: Numbers
    requests_per_s: Numbers


@dataclass(frozen=True)
class Replicas:
    """Replicas of some layouts, each given the requests of one bucket alone."""

    figures: StepFigures
    requests: Requests
    promise: Promise
    efficiency: Efficiency

    def batch(self, running: Numbers) -> Batch:
        """Steady state with so many requests running in the mean; a request that runs alone sees itself."""
        requests, stages = self.requests, self.figures.stages
        in_step = np.maximum(running / stages, 1.0)
        context = requests.input_tokens + requests.output_tokens / 2
        step = decode_step_s(self.figures, in_step, context)
        prompt, cached = requests.prompt_tokens, requests.cached_tokens
        added = prefill_s(self.figures, prompt, cached, in_step, self.efficiency.chunk_tokens)
        others = np.maximum(running - 1.0, 0.0)
        tpot = step + others * added / stages / requests.output_tokens
        hold = requests.output_tokens * tpot + added
        return Batch(step, added, tpot, hold, running / hold)

    def first_token(self, batch: Batch, running: Numbers, places: Numbers) -> tuple[Numbers, Numbers]:
        """Time to first token at the quantile [s], and the share of time that prompts keep the replica busy.

        Several short prompts share a chunk, so a prompt occupies its part of a full chunk's step; its own time is
        that of every step that carries it.
        """
        promise, efficiency = self.promise, self.efficiency
        chunks = self.requests.prompt_tokens / efficiency.chunk_tokens
        own = batch.prefill_s + np.maximum(chunks, 1.0) * batch.step_s
        work = (batch.prefill_s + chunks * batch.step_s) / self.figures.stages
        busy = batch.requests_per_s * work
        wait = prompt_wait_s(busy, work, promise.burst_z, efficiency.prompt_variability, promise.quantile)
        place = place_wait_s(running, places, batch.hold_s, promise.burst_z, promise.quantile)
        ttft: Numbers = efficiency.first_token_s + batch.step_s / 2 + own + wait + place
        return ttft, busy

    def places(self, most: Numbers) -> Numbers:
        """Most requests that run together within the promised time per token; 1 where not even one does."""
        limit_s = self.promise.max_tpot_ms / MS_PER_S
        low, high = np.where(self.batch(most).tpot_s <= limit_s, most, 1.0), most
        for _ in range(BISECTIONS):
            middle = np.sqrt(low * high)
            kept = self.batch(middle).tpot_s <= limit_s
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return low

    def largest_load(self, places: Numbers, limit_s: float) -> Numbers:
        """Most requests running in the mean within the promised time to first token; LEAST_RUNNING where none."""
        low = np.where(self._in_time(places, places, limit_s), places, LEAST_RUNNING)
        high = places
        for _ in range(BISECTIONS):
            middle = np.sqrt(low * high)
            kept = self._in_time(middle, places, limit_s)
            low, high = np.where(kept, middle, low), np.where(kept, high, middle)
        return low

    def _in_time(self, running: Numbers, places: Numbers, limit_s: float) -> NDArray[np.bool_]:
        ttft, busy = self.first_token(self.batch(running), running, places)
        result: NDArray[np.bool_] = (ttft <= limit_s) & (busy <= self.efficiency.prefill_busy_share)
        return result


def admissible(
    figures: StepFigures,
    requests: Requests,
    promise: Promise,
    bands_ms: Sequence[float],
    efficiency: Efficiency,
) -> Admissible:
    """The most every layout takes of every bucket in every band of network time.

    Parameters
    ----------
    figures : of the layouts, arrays of shape (layouts, 1)
    requests : of the buckets, arrays of shape (buckets,)
    promise : of the workload
    bands_ms : network time taken off the promised time to first token
    efficiency : constants of the model

    Returns
    -------
    Admissible
        Capacity never falls with a looser promise.
    """
    replicas = Replicas(figures, requests, promise, efficiency)
    whole = cache_per_request_bytes(figures, requests.input_tokens + requests.output_tokens)
    resident = requests.input_tokens + RESIDENT_OUTPUT_SHARE * requests.output_tokens
    room = np.maximum(figures.room_bytes, 0.0)
    one_fits = (whole <= room) & (room > 0)
    most = np.clip(room / cache_per_request_bytes(figures, resident), 1.0, efficiency.most_running_requests)

    places, max_tpot_s = replicas.places(most), promise.max_tpot_ms / MS_PER_S
    full, idle = replicas.batch(places), np.full_like(places, LEAST_RUNNING)
    alone = replicas.batch(idle)
    tpot_kept = full.tpot_s <= max_tpot_s
    idle_ttft, _ = replicas.first_token(alone, idle, places)
    rates, running, ttft = [], [], []
    for band_ms in bands_ms:
        load = replicas.largest_load(places, (promise.max_ttft_ms - band_ms) / MS_PER_S)
        batch = replicas.batch(load)
        reached, _ = replicas.first_token(batch, load, places)
        kept = one_fits & tpot_kept & (load > LEAST_RUNNING)
        rates.append(np.where(kept, batch.requests_per_s, 0.0))
        running.append(np.where(kept, load, 0.0))
        ttft.append(np.where(kept, reached, idle_ttft) * MS_PER_S)
    tpot = np.where(tpot_kept, full.tpot_s, alone.tpot_s) * MS_PER_S
    return Admissible(
        requests_per_s=np.stack(rates, axis=-1),
        running_requests=np.stack(running, axis=-1),
        ttft_ms=np.stack(ttft, axis=-1),
        tpot_ms=np.repeat(tpot[..., None], len(bands_ms), axis=-1),
        weights_fit=figures.room_bytes[:, 0] > 0,
        one_fits=one_fits,
        one_bytes=whole,
    )
