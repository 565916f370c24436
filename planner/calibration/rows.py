"""From a table of measurements to rows by kind of load, one per configuration a run may have had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.calibration.configurations import Catalogue, Configuration, configurations_of
from planner.calibration.kinds import (
    CLOSED,
    KINDS,
    NEEDS,
    POOLS,
    kind_of,
    stated,
)
from planner.calibration.runs import BENCHMARK_ENGINE, Rows
from planner.serving.layout import Layout
from planner.serving.model import subject_of
from planner.serving.requests import Requests
from planner.serving.work import Numbers, Work, work_of

# Answers: of data sets by the same source, reasoning ones spread more.
SET_LENGTH_SPREAD = 0.06  # uniform between 0.8 and 1.0 of the nominal length, as InferenceX draws them
REASONING_TOKENS, ANSWERS_SPREAD, REASONING_SPREAD = 2000.0, 0.8, 1.0
# Runs in two pools that do not state how many replicas there were: medians over the 179 rows of the measurement file
# that do.
CLIENTS_PER_DECODE_CARD, PREFILL_CARDS_PER_DECODE_CARD = 4.25, 0.37

Place = tuple[int, Configuration]


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
        if kind == CLOSED and row["load_type"] == "single" and not stated(row["concurrency"]):
            row["concurrency"] = 1.0
        lacking = [
            name for name in ("input_tokens", "output_tokens", *NEEDS.get(kind, ())) if not stated(row[name])
        ]
        if reason:
            reasons[i] = reason
        elif not kind:
            load, mode = row["load_type"], row["mode"] if stated(row["mode"]) else "agg"
            known = f"load {load} in mode {mode} is not one that is predicted"
            reasons[i] = known if stated(load) else "load_type not stated"
        elif lacking:
            reasons[i] = f"not stated: {', '.join(lacking)}"
        else:
            chosen[kind] += [(i, way) for way in ways]
    groups = [_rows(kind, places, records) for kind, places in chosen.items() if places]
    return groups, pd.Series(reasons, dtype=str)


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
