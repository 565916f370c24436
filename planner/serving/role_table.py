"""The rates of both roles as a table of their own, for `capplan serving --role`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from planner.serving.asks import asks_of
from planner.serving.hardware import hardware_of
from planner.serving.pools import pool_answers, role_rate_rows

if TYPE_CHECKING:
    from planner.inputs.case import Case
    from planner.serving.model import ServingModel

COLUMNS = ["workload", "bucket", "band_ms", "layout", "role", "accelerator", "cards_per_replica", "requests_per_s",
           "ttft_ms", "tpot_ms"]  # fmt: skip


def role_rates(
    case: Case, buckets: pd.DataFrame, bands_ms: Sequence[float], model: ServingModel
) -> pd.DataFrame:
    """Prefill and decode rates of every card for every workload; rates of 0 are left out, dominated layouts are not.

    Parameters
    ----------
    As `serving_table.serving_tables`.

    Returns
    -------
    workload, bucket, band_ms, layout, role, accelerator, cards_per_replica, requests_per_s (per replica),
    ttft_ms (prefill: at the quantile, transfer included), tpot_ms (decode: at the quantile)
    """
    cards = [hardware_of(card) for card in case.cards]
    asks = asks_of(case.frame("workloads"), buckets, float(case.settings.pool_replicas))
    rows = []
    for llm in case.llms:
        mine = [ask for ask in asks if ask.llm == llm.llm]
        for answer in pool_answers(llm, mine, {ask.workload: cards for ask in mine}, bands_ms, model):
            facts = {layout.layout: layout for layout in answer.layouts}
            for workload, bucket, band_ms, name, rate, _, ttft, tpot in role_rate_rows(
                answer, set(facts), bands_ms
            ):
                layout = facts[str(name)]
                rows.append((workload, bucket, band_ms, name, answer.role, layout.hardware.accelerator,
                             layout.cards_per_replica, rate, ttft, tpot))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)
