"""Percentiles of a replica that requests reach at random: time to first token and per token against the load.

R requests run in the mean; O tokens out; z is the burstiness of arrivals (variance over mean of running requests)::

    eps            d ln hold / d ln R, at most 1                 hold(b) = O * TPOT(b) + added
    a              = 1 - eps * R / (1 + R)                       how fast a deviation decays, in units of 1 / hold
    z_R            = 1 + (z - 1) * R / (1 + R)                   a replica that is all but idle sees no bursts
    Var(running)   = z_R * R / a / pool                          M/G/inf has eps 0; one shared server, eps 1: R (1 + R)
    b              = R + z_R / pool, at least 1, at most the places what an arriving request finds, itself included
    X              = R / hold(b)                                 Little's law
    TPOT at q      = TPOT(b) + n_q * sqrt(state^2 + hits^2)      n_q: quantile of the normal
      state        = TPOT(b + sqrt(kept Var)) - TPOT(b)          a request averages the state over its own stay
      kept         = 2 (a - 1 + exp(-a)) / a^2                   0.74 at a = 1, 1 where deviations outlast it
      hits^2       = added^2 * (1 + cv^2) * X * TPOT / O_short   prompts let in while it decodes, Poisson
                     / (1 - X added)^2                           each makes the stay longer, and lets in more
      O_short      = O / (1 + cv_out^2)                          short answers average fewer of them
    TTFT at q      = first token + step/2 + own + mean wait + sqrt((own_q - own)^2 + (wait_q - mean)^2) + place_q
      own_q        = own * exp(n_q s - s^2/2), s^2 = ln(1 + cv^2) log-normal prompts
      wait_q       M/G/c queue of prompts (`waiting.prompt_wait_s`), c = pool; place_q: for a place in the batch

Definitions are vLLM's: TTFT from sending a request to its first token; TPOT of a request is (last - first token) /
(output tokens - 1). Source: reference/serving.md 2.3. Mean and variance are exact for Poisson arrivals at both ends, a
batch that never slows (M/G/inf) and one server shared by all (M/M/1 processor sharing), and within a tenth or so of the
birth and death chain between them (tests/serving/test_open_loop.py). ``kept`` is the variance of the mean of a process
with correlation exp(-a t / hold) over a stay of hold; the last term is that of the busy period of M/D/1. ``pool``
replicas behind one router that sends each request to the least busy share their bad luck: deviations and waits shrink
as in a pool of servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from planner.serving.closed_loop import batch_s
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.requests import Requests
from planner.serving.waiting import place_wait_s, prompt_wait_s
from planner.serving.work import Numbers, Work

LEAST_DECAY = 1e-3  # of a deviation, in units of 1 / hold; the share kept is then 1 within 0.1 %
MOST_BUSY = 0.95  # with prompts: beyond it the wait of a prompt is not stable anyway
LEAST_RUNNING, RATE_BISECTIONS = 1e-3, 24  # loads from 1e-3 to 8192: to 1e-6
NUDGE = 1.05  # of R, for the elasticity


@dataclass(frozen=True)
class Arrivals:
    """How requests come: burstiness z, spread (cv) of their own prompts and of all prompts, replicas per router."""

    burst_z: float = 2.0
    prompt_spread: float = 0.3  # assumed: uniform between edges a factor 2 to 4 apart has 0.19 to 0.35
    others_spread: float = 1.0  # assumed, reference/serving.md 2.3: prompts of all lengths share the replica
    pool: float = 1.0


@dataclass(frozen=True)
class State:
    """A replica at a load: seconds and requests per second.

    ``batch`` is what an arriving request finds, with itself; ``decay`` how fast deviations decay, per hold time.
    """

    batch: Numbers
    variance: Numbers
    decay: Numbers
    step_s: Numbers
    added_s: Numbers
    own_s: Numbers
    tpot_s: Numbers
    hold_s: Numbers
    requests_per_s: Numbers


@dataclass(frozen=True)
class Replicas:
    """Replicas of some layouts, each given requests of one length; ``places``: most that run together."""

    work: Work
    efficiency: Efficiency
    engine: Engine
    requests: Requests
    arrivals: Arrivals
    places: Numbers

    def _tpot(self, batch: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        step, added, own = batch_s(self.work, self.efficiency, self.requests, batch, self.engine)
        others = np.maximum(batch - 1.0, 0.0)
        return step + others * added / self.work.stages / self.requests.output_tokens, step, added, own

    def _hold(self, batch: Numbers) -> Numbers:
        tpot, _, added, _ = self._tpot(batch)
        result: Numbers = self.requests.output_tokens * tpot + added
        return result

    def at(self, running: Numbers) -> State:
        """The state in which so many requests run in the mean."""
        floor = np.maximum(running, 1.0)
        elastic = np.log(self._hold(floor * NUDGE) / self._hold(floor)) / np.log(NUDGE)
        decay = np.maximum(1.0 - np.clip(elastic, 0.0, 1.0) * running / (1.0 + running), LEAST_DECAY)
        bursty = 1.0 + (self.arrivals.burst_z - 1.0) * running / (1.0 + running)
        found = bursty / self.arrivals.pool
        batch = np.clip(running + found, 1.0, self.places)
        tpot, step, added, own = self._tpot(batch)
        hold = self.requests.output_tokens * tpot + added
        return State(batch, found * running / decay, decay, step, added, own, tpot, hold, running / hold)

    def tpot_at(self, state: State, quantile: float) -> Numbers:
        """Time per token at a quantile [s]."""
        deviations = NormalDist().inv_cdf(quantile)
        kept = 2.0 * (state.decay + np.expm1(-state.decay)) / state.decay**2
        ahead = np.minimum(state.batch + np.sqrt(kept * state.variance), self.places)
        swing = self._tpot(ahead)[0] - state.tpot_s
        output = self.requests.output_tokens / (1.0 + np.square(self.requests.output_spread))
        added = state.added_s / self.work.stages
        free = 1.0 - np.minimum(state.requests_per_s * added, MOST_BUSY)
        varied = (added / free) ** 2 * (1.0 + self.arrivals.others_spread**2)
        hits = varied * state.requests_per_s * state.tpot_s / output
        result: Numbers = np.maximum(state.tpot_s + deviations * np.sqrt(swing**2 + hits), state.step_s)
        return result

    def busy(self, state: State) -> Numbers:
        """Share of time that prompts keep the replica, counted in full chunks: short prompts share one."""
        result: Numbers = state.requests_per_s * self._prompt_work(state)
        return result

    def _prompt_work(self, state: State) -> Numbers:
        chunks = self.requests.prompt_tokens / self.engine.chunk_tokens
        result: Numbers = (state.added_s + chunks * state.step_s) / self.work.stages
        return result

    def at_rate(self, requests_per_s: Numbers) -> State:
        """The state at so many requests per second; that of a full replica where it cannot take them."""
        low, high = np.full(self.places.shape, LEAST_RUNNING), self.places
        for _ in range(RATE_BISECTIONS):
            middle = np.sqrt(low * high)
            enough = self.at(middle).requests_per_s >= requests_per_s
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return self.at(high)

    def mean_ttft(self, state: State) -> Numbers:
        """Mean time to first token [s], without the wait for a place."""
        work, arrivals = self._prompt_work(state), self.arrivals
        wait, _ = prompt_wait_s(
            state.requests_per_s * work, work, arrivals.burst_z, arrivals.others_spread, arrivals.pool, 0.5
        )
        own = self.efficiency.prompt_factor * state.own_s
        result: Numbers = self.efficiency.first_token_s + state.step_s / 2 + own + wait
        return result

    def ttft_at(self, state: State, mean_running: Numbers, quantile: float) -> Numbers:
        """Time to first token at a quantile [s], without the network."""
        arrivals, efficiency = self.arrivals, self.efficiency
        deviations = NormalDist().inv_cdf(quantile)
        sigma = np.sqrt(np.log1p(arrivals.prompt_spread**2))
        own = efficiency.prompt_factor * state.own_s
        own_tail = own * np.exp(deviations * sigma - sigma**2 / 2) - own
        work = self._prompt_work(state)
        mean, tail = prompt_wait_s(
            state.requests_per_s * work,
            work,
            arrivals.burst_z,
            arrivals.others_spread,
            arrivals.pool,
            quantile,
        )
        free = arrivals.burst_z / arrivals.pool
        place = place_wait_s(mean_running, self.places, state.hold_s, free, quantile)
        late = (
            np.sign(deviations) * np.hypot(own_tail, tail - mean)
            if quantile != 0.5
            else own_tail + tail - mean
        )
        result: Numbers = efficiency.first_token_s + state.step_s / 2 + own + mean + late + place
        return result
