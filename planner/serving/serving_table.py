"""The serving table: what one replica of every layout takes of every workload, bucket and network time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from planner.serving.asks import Ask, asks_of
from planner.serving.columns import (
    GROUP_COLUMNS,
    LAYOUT_COLUMNS,
    RATE_COLUMNS,
    RATE_KEY,
    REFUSED_COLUMNS,
    REFUSED_KEY,
    Row,
    ServingTables,
    table_of,
)
from planner.serving.given_rates import given_pairs, given_rates
from planner.serving.given_rows import given_layout_rows, given_rate_rows, given_refusals
from planner.serving.hand_over import NONE, PREFILL, WHOLE
from planner.serving.hardware import hardware_of
from planner.serving.memory import cache_bytes_per_token, index_bytes_per_token, window_bytes_per_token
from planner.serving.model import ServingModel
from planner.serving.modelled import Answer, answers_of, refusals_of, useful_layouts
from planner.serving.pools import pool_answers, role_rate_rows, useful_roles
from planner.serving.precisions import BF16_BYTES
from planner.serving.reasons import Refusal, missing_figures
from planner.serving.step_table import step_table
from planner.serving.work import work_of

if TYPE_CHECKING:
    from planner.inputs.case import Case
    from planner.inputs.llms import Llm
    from planner.serving.layout import Layout


def serving_tables(
    case: Case, buckets: pd.DataFrame, bands_ms: Sequence[float], model: ServingModel
) -> ServingTables:
    """Every pair of workload and card, by length bucket and network time.

    Parameters
    ----------
    case : its cards, llms, workloads and given rates
    buckets : workload, bucket, share, mean_in, mean_cached_in, mean_out, as ``DemandTables.buckets``
    bands_ms : network times that are taken off the promised time to first token
    model : calibration and engine

    Returns
    -------
    ServingTables
        Layouts that another of the same card, llm and role dominates are left out. Roles are there where the case has
        pools; they never say why something is refused.

    Raises
    ------
    InputError
        The serving table names a length bucket that does not exist.
    """
    bands = sorted({float(band) for band in bands_ms})
    workloads, serving = case.frame("workloads"), case.frame("serving")
    asks = asks_of(workloads, buckets, float(case.settings.pool_replicas))
    if case.settings.pools == NONE:
        serving = serving[serving["role"] == WHOLE]
    given = given_rates(serving, buckets, dict(zip(workloads["workload"], workloads["llm"], strict=True)))
    spoken_for = given_pairs(serving, [ask.workload for ask in asks])
    every = [hardware_of(card) for card in case.cards]
    cards = {
        ask.workload: [card for card in every if (ask.workload, card.accelerator) not in spoken_for]
        for ask in asks
    }

    per_server = {card.accelerator: card.cards_per_server for card in every}
    layouts: list[Row] = given_layout_rows(
        given, per_server, {llm.llm: _cache_bytes(llm) for llm in case.llms}
    )
    rates: list[Row] = given_rate_rows(given, bands)
    refused: list[Row] = [
        _refused_row(ask, j, band_ms, accelerator, refusal)
        for ask in asks
        for (j, accelerator), refusal in given_refusals(given, ask, spoken_for).items()
        for band_ms in bands
    ]
    for unknown in case.unplannable:
        for ask in asks:
            if (ask.workload, unknown.accelerator) not in spoken_for:
                refused += _everywhere(ask, bands, unknown.accelerator, missing_figures(unknown.missing))
    steps: list[pd.DataFrame] = []
    for llm in case.llms:
        mine = [ask for ask in asks if ask.llm == llm.llm]
        answers = answers_of(llm, mine, cards, bands, model)
        useful = useful_layouts(answers)
        if case.settings.pools != NONE:
            pools = pool_answers(llm, mine, cards, bands, model)
            roles = useful_roles(pools, model)
            for role in pools:
                rates += role_rate_rows(role, {layout.layout for layout in roles}, bands)
            useful = (*useful, *roles)
        layouts += [_layout_row(layout, model) for layout in useful]
        steps.append(step_table(useful, model))
        for answer in answers:
            rates += _rate_rows(answer, {layout.layout for layout in useful}, bands)
            for (j, k, card), refusal in refusals_of(answer, bands).items():
                refused.append(_refused_row(answer.ask, j, bands[k], card, refusal))
    pairs = buckets[["workload", "bucket"]].drop_duplicates()
    return ServingTables(
        layouts=table_of(layouts, LAYOUT_COLUMNS, ["layout"]),
        rates=table_of(rates, RATE_COLUMNS, RATE_KEY),
        refused=table_of(refused, REFUSED_COLUMNS, REFUSED_KEY),
        groups=table_of(zip(pairs["workload"], pairs["bucket"], pairs["bucket"], strict=True), GROUP_COLUMNS,
                        ["workload", "bucket"]),
        steps=pd.concat(steps, ignore_index=True).sort_values("layout", ignore_index=True),
    )  # fmt: skip


def _layout_row(layout: Layout, model: ServingModel) -> Row:
    handed = float(work_of([layout], model.engine).transfer_bytes[0]) if layout.role == PREFILL else 0.0
    return (
        layout.layout, layout.llm.llm, layout.hardware.accelerator, layout.precision, layout.tensor_parallel,
        layout.cards_per_replica, layout.servers_per_replica, layout.role, "modelled", handed,
    )  # fmt: skip


def _cache_bytes(llm: Llm) -> float:
    """KV cache a token leaves in 16 bits on one card, for replicas of which only the rate is known [bytes]."""
    a = llm.architecture
    return (
        cache_bytes_per_token(a, BF16_BYTES, 1)
        + index_bytes_per_token(a)
        + window_bytes_per_token(a, BF16_BYTES, 1)
    )


def _rate_rows(answer: Answer, useful: set[str], bands: Sequence[float]) -> list[Row]:
    """Positive rates of the useful layouts."""
    result, ask = answer.tried.result, answer.ask
    names = [layout.layout for layout in answer.tried.layouts]
    kept = np.array([name in useful for name in names], dtype=bool)
    places = np.argwhere((result.requests_per_s > 0) & kept[:, None, None])
    return [
        (ask.workload, ask.buckets[j], bands[k], names[i], result.requests_per_s[i, j, k],
         result.running_requests[i, j, k], result.ttft_ms[i, j, k], result.tpot_ms[i, j, k])
        for i, j, k in places.tolist()
    ]  # fmt: skip


def _refused_row(ask: Ask, bucket: int, band_ms: float, accelerator: str, why: Refusal) -> Row:
    name = ask.buckets[bucket]
    return (
        ask.workload,
        name,
        band_ms,
        accelerator,
        why.layout,
        why.reason,
        why.promise,
        why.limit,
        why.nearest,
    )


def _everywhere(ask: Ask, bands: Sequence[float], accelerator: str, refusal: Refusal) -> list[Row]:
    """One reason for every bucket and band."""
    return [
        _refused_row(ask, j, band_ms, accelerator, refusal)
        for j in range(len(ask.buckets))
        for band_ms in bands
    ]
