"""Rows of one kind of load as arrays, and what each should have shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.calibration.kinds import (
    BURST,
    CLOSED,
    OFFLINE,
    OPEN,
    POOLS,
    STATIC,
)
from planner.serving.admissible import Promise, admissible
from planner.serving.closed_loop import Steady, burst, closed_loop, saturated
from planner.serving.disaggregated import Pool, closed_loop_of_pools
from planner.serving.effects import Subject
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.open_loop import Arrivals
from planner.serving.open_loop import Replicas as OpenReplicas
from planner.serving.requests import Requests, most_resident
from planner.serving.work import Numbers, Work
from planner.units import MS_PER_S

# Benchmarks that search the largest load set no cap on running requests below what memory holds (assumed).
BENCHMARK_ENGINE = Engine(running_requests_large=4096, running_requests_small=4096)
# Prompts of data sets mix lengths: coefficients of variation as in prototypes/serving_eval.py; long ones are cut at a
# maximum and spread less.
SHORT_PROMPT_TOKENS, SHORT_PROMPTS_SPREAD, LONG_PROMPTS_SPREAD = 500.0, 1.0, 0.5
PROMISED_QUANTILE = 0.99  # MLPerf Inference rules: 99th percentile of both
CHAT_TOKENS = (150.0, 450.0)  # mean lengths of chat data sets, whose answers are about exponential


@dataclass(frozen=True)
class Rows:
    """Rows of one kind, each with one configuration; ``at`` are their positions in the table."""

    kind: str
    at: NDArray[np.intp]
    table: pd.DataFrame
    replicas: Numbers
    work: Work
    subjects: tuple[Subject, ...]
    requests: Requests
    prefill: Work | None = None
    prefill_replicas: Numbers | None = None
    cards: Numbers | None = None
    prefill_cards: Numbers | None = None

    def predict(self, efficiency: Efficiency) -> Steady:
        """Means (or the largest rate) of every row: per system, not per replica."""
        engine, table = BENCHMARK_ENGINE, self.table
        if self.kind == CLOSED:
            clients = np.maximum(table["concurrency"].to_numpy(dtype=float) / self.replicas, 1.0)
            steady = closed_loop(self.work, efficiency, self.requests, clients, engine)
            return replace(steady, requests_per_s=steady.requests_per_s * self.replicas)
        if self.kind == POOLS:
            return self._pools(efficiency)
        if self.kind == OFFLINE:
            steady = saturated(self.work, efficiency, self.requests, engine)
            return replace(steady, requests_per_s=steady.requests_per_s * self.replicas)
        if self.kind == BURST:
            number = np.maximum(table["n_requests"].to_numpy(dtype=float) / self.replicas, 1.0)
            rate = burst(self.work, efficiency, self.requests, number, self._chat(), engine)
            return _only_rate(rate * self.replicas)
        if self.kind == STATIC:
            batch = np.maximum(table["concurrency"].to_numpy(dtype=float) / self.replicas, 1.0)
            rate = burst(self.work, efficiency, self.requests, batch, np.zeros_like(batch), engine)
            return _only_rate(rate * self.replicas)
        return self._open(efficiency) if self.kind == OPEN else self._promised(efficiency)

    def _open(self, efficiency: Efficiency) -> Steady:
        """Means at the stated rate, or those of a full system that cannot keep up with it."""
        arrivals = Arrivals(burst_z=1.0, prompt_spread=0.0, others_spread=0.0, pool=1.0)
        places = most_resident(self.work, self.requests)
        replicas = OpenReplicas(self.work, efficiency, BENCHMARK_ENGINE, self.requests, arrivals, places)
        state = replicas.at_rate(self.table["request_rate"].to_numpy(dtype=float) / self.replicas)
        rate = state.requests_per_s * self.replicas
        return Steady(state.tpot_s, replicas.mean_ttft(state), rate, state.batch)

    def _chat(self) -> Numbers:
        low, high = CHAT_TOKENS
        tokens = np.minimum(self.requests.input_tokens, self.requests.output_tokens)
        most = np.maximum(self.requests.input_tokens, self.requests.output_tokens)
        return ((tokens > low) & (most < high)).astype(float)

    def _pools(self, efficiency: Efficiency) -> Steady:
        if (
            self.prefill is None
            or self.prefill_replicas is None
            or self.cards is None
            or self.prefill_cards is None
        ):
            raise TypeError("rows of pools need both pools")
        prefill = Pool(self.prefill, efficiency, self.prefill_replicas, self.prefill_cards)
        decode = Pool(self.work, efficiency, self.replicas, self.cards)
        clients = self.table["concurrency"].to_numpy(dtype=float)
        return closed_loop_of_pools(prefill, decode, self.requests, clients, BENCHMARK_ENGINE)

    def _promised(self, efficiency: Efficiency) -> Steady:
        """The largest rate under the row's own limits, a group of equal limits and data sets at a time.

        A benchmark's clients deal requests out in turn, so replicas do not share their bad luck (pool 1).
        """
        limits = self.table[["slo_ttft_ms", "slo_tpot_ms"]].fillna(np.inf).to_numpy(dtype=float)
        short = self.requests.input_tokens <= SHORT_PROMPT_TOKENS
        spread = np.where(short, SHORT_PROMPTS_SPREAD, LONG_PROMPTS_SPREAD)
        keys = np.column_stack([limits, spread])
        rate, ttft, tpot = (np.zeros(len(keys)) for _ in range(3))
        for key in np.unique(keys, axis=0):
            at = np.flatnonzero((keys == key).all(axis=1))
            arrivals = Arrivals(burst_z=1.0, prompt_spread=float(key[2]), others_spread=float(key[2]))
            result = admissible(
                self.work.take(at).column(), efficiency.take(at).column(), BENCHMARK_ENGINE,
                self.requests.take(at).column(), Promise(key[0], key[1], PROMISED_QUANTILE, arrivals), [0.0],
            )  # fmt: skip
            rate[at] = result.requests_per_s[:, 0, 0] * self.replicas[at]
            ttft[at], tpot[at] = result.ttft_ms[:, 0, 0] / MS_PER_S, result.tpot_ms[:, 0, 0] / MS_PER_S
        return Steady(tpot, ttft, rate, np.full_like(rate, np.nan))


def _only_rate(rate: Numbers) -> Steady:
    none = np.full_like(rate, np.nan)
    return Steady(none, none, rate, none)
