"""Predictions for rows of measurements: what each run should have shown, without ever looking at what it did.

Rows are grouped by how they were loaded, and each group is one array computation. A row whose layout is not stated is
predicted for every layout that fits, and the fastest counts: benchmarks publish the best they found.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.calibration.configurations import Catalogue, Configuration, configurations_of
from planner.serving.admissible import Promise, admissible
from planner.serving.closed_loop import Steady, burst, closed_loop, saturated
from planner.serving.disaggregated import Pool, closed_loop_of_pools
from planner.serving.effects import Calibration, Subject
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.layout import Layout
from planner.serving.model import subject_of
from planner.serving.open_loop import Arrivals
from planner.serving.open_loop import Replicas as OpenReplicas
from planner.serving.requests import Requests, cache_per_request_bytes, most_resident
from planner.serving.work import Numbers, Work, work_of
from planner.units import MS_PER_S

CLOSED, OPEN, POOLS = "closed loop", "open loop", "pools"
OFFLINE, BURST, PROMISED, STATIC = "offline", "burst", "promised", "static"
KINDS = (CLOSED, OPEN, POOLS, OFFLINE, BURST, PROMISED, STATIC)
# Benchmarks that search the largest load set no cap on running requests below what memory holds (assumed).
BENCHMARK_ENGINE = Engine(running_requests_large=4096, running_requests_small=4096)
# Data sets mix lengths: coefficients of variation of prompts and answers, as in prototypes/serving_eval.py. Long
# prompts are cut at a maximum and spread less; reasoning answers spread more.
SHORT_PROMPT_TOKENS, SHORT_PROMPTS_SPREAD, LONG_PROMPTS_SPREAD = 500.0, 1.0, 0.5
SET_LENGTH_SPREAD = 0.06  # uniform between 0.8 and 1.0 of the nominal length, as InferenceX draws them
REASONING_TOKENS, ANSWERS_SPREAD, REASONING_SPREAD = 2000.0, 0.8, 1.0
# Runs in two pools that do not state how many replicas there were: medians over the 179 rows of the measurement file
# that do.
CLIENTS_PER_DECODE_CARD, PREFILL_CARDS_PER_DECODE_CARD = 4.25, 0.37
PROMISED_QUANTILE = 0.99  # MLPerf Inference rules: 99th percentile of both
CHAT_TOKENS = (150.0, 450.0)  # mean lengths of chat data sets, whose answers are about exponential

Place = tuple[int, Configuration]


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


def kind_of(row: Mapping[Hashable, Any]) -> str:
    """How a row was loaded, as one of `KINDS`; '' where nothing here predicts it."""
    mode, load = str(row["mode"] or "agg"), row["load_type"]
    if mode == "disagg":
        return POOLS if load in ("closed_loop", "single") else ""
    if load in ("closed_loop", "single"):
        return CLOSED
    searched = mode.startswith("mlperf") or _stated(row["slo_ttft_ms"]) or _stated(row["slo_tpot_ms"])
    if load == "open_poisson" and _stated(row["request_rate"]) and not searched:
        return OPEN
    kinds = {"offline": OFFLINE, "burst": BURST, "open_poisson": PROMISED, "static-batch": STATIC}
    return kinds.get(str(load), "")


NEEDS = {CLOSED: ("concurrency",), POOLS: ("concurrency",), BURST: ("n_requests",), STATIC: ("concurrency",)}


def rows_of(
    table: pd.DataFrame, catalogue: Catalogue, grow: bool = True
) -> tuple[list[Rows], pd.Series[str]]:
    """Every row that can be predicted, by kind and one per configuration it may have run; and why others cannot.

    ``grow`` as in `configurations_of`.

    Returns
    -------
    list of Rows, and a series over the table's positions: the reason, '' where there is none
    """
    reasons = [""] * len(table)
    options = configurations_of(table, catalogue, BENCHMARK_ENGINE, grow)
    records = table.reindex(columns=["mode", "load_type", "concurrency", "n_requests", "input_tokens", "output_tokens",
                                     "slo_ttft_ms", "slo_tpot_ms", "prefix_hit", "engine", "request_rate"])  # fmt: skip
    chosen: dict[str, list[Place]] = {kind: [] for kind in KINDS}
    for i, (row, (ways, reason)) in enumerate(zip(records.to_dict("records"), options, strict=True)):
        kind = kind_of(row)
        if kind == CLOSED and row["load_type"] == "single" and not _stated(row["concurrency"]):
            row["concurrency"] = 1.0
        lacking = [
            name for name in ("input_tokens", "output_tokens", *NEEDS.get(kind, ())) if not _stated(row[name])
        ]
        if reason:
            reasons[i] = reason
        elif not kind:
            load, mode = row["load_type"], row["mode"] if _stated(row["mode"]) else "agg"
            known = f"load {load} in mode {mode} is not one that is predicted"
            reasons[i] = known if _stated(load) else "load_type not stated"
        elif lacking:
            reasons[i] = f"not stated: {', '.join(lacking)}"
        else:
            chosen[kind] += [(i, way) for way in ways]
    groups = [_rows(kind, places, records) for kind, places in chosen.items() if places]
    return groups, pd.Series(reasons, dtype=str)


def _stated(value: object) -> bool:
    return value is not None and not (isinstance(value, float) and isnan(value))


def _rows(kind: str, places: Sequence[Place], records: pd.DataFrame) -> Rows:
    at = np.array([i for i, _ in places])
    table = records.iloc[at].reset_index(drop=True)
    if kind == CLOSED:
        table["concurrency"] = table["concurrency"].fillna(1.0)
    ways = [way for _, way in places]
    read = table["input_tokens"].to_numpy(dtype=float)
    hit = table["prefix_hit"].fillna(0.0).to_numpy(dtype=float)
    made = np.maximum(table["output_tokens"].to_numpy(dtype=float), 2.0)
    engines = table["engine"].astype(object).fillna("")
    subjects = tuple(subject_of(way.layout, name) for way, name in zip(ways, engines, strict=True))
    rows = Rows(
        kind, at, table, np.array([float(way.replicas) for way in ways]),
        _work([way.layout for way in ways]), subjects, Requests(read, read * hit, made, _answers_spread(table, made)),
    )  # fmt: skip
    if kind != POOLS:
        return rows
    prefills = [way.prefill or way.layout for way in ways]
    cards = np.array([float(way.layout.cards_per_replica) for way in ways])
    clients = table["concurrency"].to_numpy(dtype=float)
    usual = np.maximum(np.round(clients / (CLIENTS_PER_DECODE_CARD * cards)), 1.0)
    decoding = np.where(rows.replicas > 0, rows.replicas, usual)
    stated = np.array([float(way.prefill_replicas) for way in ways])
    prefill_cards = np.array([float(layout.cards_per_replica) for layout in prefills])
    reading = np.maximum(np.round(PREFILL_CARDS_PER_DECODE_CARD * decoding * cards / prefill_cards), 1.0)
    return replace(
        rows,
        replicas=decoding,
        prefill=_work(prefills),
        prefill_replicas=np.where(stated > 0, stated, reading),
        cards=cards,
        prefill_cards=prefill_cards,
    )


def _answers_spread(table: pd.DataFrame, made: Numbers) -> Numbers:
    """Spread of the answers: of data sets (MLPerf), or of benchmarks that set the length."""
    data_set = table["mode"].astype(str).str.startswith("mlperf").to_numpy()
    mixed = np.where(made > REASONING_TOKENS, REASONING_SPREAD, ANSWERS_SPREAD)
    return np.where(data_set, mixed, SET_LENGTH_SPREAD)


def _work(layouts: Sequence[Layout]) -> Work:
    """Work row by row; equal layouts are counted once."""
    unique = {id(layout): layout for layout in layouts}
    position = {key: i for i, key in enumerate(unique)}
    return work_of(tuple(unique.values()), BENCHMARK_ENGINE).take(
        np.array([position[id(x)] for x in layouts])
    )


FIGURES = ("tpot_ms", "ttft_ms", "req_s", "output_tok_s")


def predict(table: pd.DataFrame, calibration: Calibration, catalogue: Catalogue) -> pd.DataFrame:
    """What every row should have shown.

    Parameters
    ----------
    table : rows in the columns of the declared table `measurements`, in any order of columns; some may be absent
    calibration : effects and intervals
    catalogue : cards and llms

    Returns
    -------
    DataFrame in the order of ``table``
        kind, layout, tpot_ms, ttft_ms, req_s, output_tok_s (NaN where the kind has none), known (what is measured of
        the card), fits (whether weights and one request fit by our count), reason ('' where answered).
    """
    groups, reasons = rows_of(table, catalogue)
    blank = {name: np.nan for name in FIGURES}
    result = pd.DataFrame(
        {"kind": "", "layout": "", **blank, "known": "", "fits": True, "reason": reasons.to_numpy()},
        index=range(len(table)),
    )
    for rows in groups:
        means = rows.predict(calibration.efficiency(rows.subjects))
        answer = pd.DataFrame(
            {
                "at": rows.at, "kind": rows.kind, "layout": [s.configuration for s in rows.subjects],
                "tpot_ms": means.tpot_s * MS_PER_S, "ttft_ms": means.ttft_s * MS_PER_S, "req_s": means.requests_per_s,
                "output_tok_s": means.requests_per_s * rows.requests.output_tokens,
                "known": [calibration.known(s) for s in rows.subjects], "fits": one_fits(rows), "reason": "",
            }
        )  # fmt: skip
        best = answer.sort_values(["at", "fits", "req_s"], kind="stable").drop_duplicates("at", keep="last")
        result.loc[best["at"], list(result.columns)] = best.set_index("at")[list(result.columns)]
    return result


def one_fits(rows: Rows) -> NDArray[np.bool_]:
    """Whether weights and the cache of one whole request fit."""
    whole = cache_per_request_bytes(rows.work, rows.requests.input_tokens + rows.requests.output_tokens)
    result: NDArray[np.bool_] = whole <= rows.work.room_bytes
    return result
