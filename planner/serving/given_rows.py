"""Rows of the serving table for rates that the case gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from planner.serving.columns import Row
from planner.serving.hand_over import PREFILL, WHOLE
from planner.serving.reasons import Refusal, given_as_none, not_given

if TYPE_CHECKING:
    import pandas as pd

    from planner.serving.asks import Ask


def given_layout_rows(
    given: pd.DataFrame, cards_per_server: Mapping[str, int], cache_bytes: Mapping[str, float]
) -> list[Row]:
    """One layout per id with a positive rate; its precision is not known, and its cards are taken as one group.

    Parameters
    ----------
    given : as `given_rates` returns it
    cards_per_server : by accelerator; a card that is not there has one card per server
    cache_bytes : by llm, what a prefill replica hands over per token of the prompt [bytes]
    """
    positive = given[given["requests_per_s"] > 0].drop_duplicates("layout")
    rows: list[Row] = []
    for row in positive.to_dict("records"):
        cards, accelerator = int(row["cards_per_replica"]), row["accelerator"]
        servers = ceil(cards / cards_per_server.get(accelerator, 1))
        handed = cache_bytes[row["llm"]] if row["role"] == PREFILL else 0.0
        rows.append(
            (row["layout"], row["llm"], accelerator, "", cards, cards, servers, row["role"], "given", handed)
        )
    return rows


def given_rate_rows(given: pd.DataFrame, bands_ms: Sequence[float]) -> list[Row]:
    """Positive rates, the same in every band; what goes on inside such a replica is not known."""
    positive = given[given["requests_per_s"] > 0]
    return [
        (
            row["workload"],
            row["bucket"],
            band_ms,
            row["layout"],
            row["requests_per_s"],
            np.nan,
            np.nan,
            np.nan,
        )
        for row in positive.to_dict("records")
        for band_ms in bands_ms
    ]


def given_refusals(
    given: pd.DataFrame, ask: Ask, spoken_for: Collection[tuple[str, str]]
) -> dict[tuple[int, str], Refusal]:
    """Why, by (bucket position, accelerator), where the case speaks for the card but gives no positive rate."""
    mine = given[(given["workload"] == ask.workload) & (given["role"] == WHOLE)]
    best = mine.sort_values("requests_per_s", ascending=False).drop_duplicates(["bucket", "accelerator"])
    rates = {(row["bucket"], row["accelerator"]): row for row in best.to_dict("records")}
    found: dict[tuple[int, str], Refusal] = {}
    for accelerator in sorted(card for workload, card in spoken_for if workload == ask.workload):
        for j, bucket in enumerate(ask.buckets):
            row = rates.get((bucket, accelerator))
            if row is None:
                found[j, accelerator] = not_given()
            elif not row["requests_per_s"] > 0:
                found[j, accelerator] = given_as_none(row["layout"])
    return found
