"""P50, P95 and P99 of both latencies at the admissible load: what a promise at one quantile means at the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.serving.admissible import admissible
from planner.serving.asks import Ask, asks_of
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.layouts import layouts_of
from planner.serving.model import subject_of
from planner.serving.open_loop import Replicas
from planner.serving.requests import most_resident
from planner.units import MS_PER_S

if TYPE_CHECKING:
    from planner.inputs.case import Case
    from planner.serving.model import ServingModel

QUANTILES = (50, 95, 99)
KEY = ["workload", "bucket", "band_ms", "layout", "accelerator", "cards_per_replica", "requests_per_s"]
WITHIN = ["ttft_within_percent", "tpot_within_percent"]
COLUMNS = [*KEY, *(f"{what}_p{q}_ms" for what in ("ttft", "tpot") for q in QUANTILES), *WITHIN]


def percentile_table(
    case: Case, buckets: pd.DataFrame, bands_ms: Sequence[float], model: ServingModel
) -> pd.DataFrame:
    """Latencies of one replica of every layout at its admissible load; the network time is not in them.

    Parameters
    ----------
    As `serving_table.serving_tables`.

    Returns
    -------
    workload, bucket, band_ms, layout, accelerator, cards_per_replica, requests_per_s (per replica),
    ttft_p50_ms, ttft_p95_ms, ttft_p99_ms, tpot_p50_ms, tpot_p95_ms, tpot_p99_ms, and ttft_within_percent,
    tpot_within_percent: how far above the median prediction the 80 % interval reaches; layouts with a rate only
    """
    llms = {llm.llm: llm for llm in case.llms}
    cards = [hardware_of(card) for card in case.cards]
    rows: list[tuple[object, ...]] = []
    for ask in asks_of(case.frame("workloads"), buckets, float(case.settings.pool_replicas)):
        layouts = [x for card in cards for x in layouts_of(llms[ask.llm], card, model.engine, ask.precisions)]
        if layouts:
            rows += _rows(ask, layouts, bands_ms, model)
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    ask: Ask, layouts: Sequence[Layout], bands_ms: Sequence[float], model: ServingModel
) -> list[tuple[object, ...]]:
    work, efficiency = model.work(layouts), model.efficiency(layouts)
    result = admissible(work, efficiency, model.engine, ask.requests, ask.promise, bands_ms)
    places = most_resident(work, ask.requests)
    replicas = Replicas(work, efficiency, model.engine, ask.requests, ask.promise.arrivals, places)
    found: list[tuple[object, ...]] = []
    subjects = [subject_of(layout, model.engine_name) for layout in layouts]
    within = [
        tuple(100 * np.expm1(model.calibration.spread_of(subject, what)) for what in ("ttft", "tpot"))
        for subject in subjects
    ]
    for k, band_ms in enumerate(bands_ms):
        running = np.maximum(result.running_requests[..., k], np.finfo(float).tiny)
        state = replicas.at(running)
        ttft = [replicas.ttft_at(state, running, q / 100) * MS_PER_S for q in QUANTILES]
        tpot = [replicas.tpot_at(state, q / 100) * MS_PER_S for q in QUANTILES]
        for i, j in np.argwhere(result.requests_per_s[..., k] > 0).tolist():
            layout = layouts[i]
            found.append(
                (ask.workload, ask.buckets[j], band_ms, layout.layout, layout.hardware.accelerator,
                 layout.cards_per_replica, result.requests_per_s[i, j, k],
                 *(times[i, j] for times in (*ttft, *tpot)), *within[i])
            )  # fmt: skip
    return found
