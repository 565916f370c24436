"""The tables of this room: their columns, and the record that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

Row = tuple[object, ...]
LAYOUT_COLUMNS = {
    "layout": "object", "llm": "object", "accelerator": "object", "precision": "object", "tensor_parallel": "int64",
    "cards_per_replica": "int64", "servers_per_replica": "int64", "role": "object", "basis": "object",
    "cache_bytes_per_token": "float64",
}  # fmt: skip
RATE_COLUMNS = {
    "workload": "object", "bucket": "object", "band_ms": "float64", "layout": "object", "requests_per_s": "float64",
    "running_requests": "float64", "ttft_ms": "float64", "tpot_ms": "float64",
}  # fmt: skip
REFUSED_COLUMNS = {
    "workload": "object", "bucket": "object", "band_ms": "float64", "accelerator": "object", "layout": "object",
    "reason": "object", "promise": "object", "limit": "float64", "nearest": "float64",
}  # fmt: skip
GROUP_COLUMNS = {"workload": "object", "bucket": "object", "group": "object"}
RATE_KEY = ["workload", "bucket", "band_ms", "layout"]
REFUSED_KEY = ["workload", "bucket", "band_ms", "accelerator"]


@dataclass(frozen=True)
class ServingTables:
    """What replicas do.

    Attributes
    ----------
    layouts : layout, llm, accelerator, precision ('' when given), tensor_parallel, cards_per_replica,
        servers_per_replica, role, basis (``modelled`` or ``given``), cache_bytes_per_token (handed over by a prefill
        layout, 0 otherwise); only those with a rate
    rates : workload, bucket, band_ms, layout, requests_per_s (> 0, per replica), running_requests,
        ttft_ms (at the promise's quantile), tpot_ms (with every place taken); the last three NaN when given
    refused : workload, bucket, band_ms, accelerator, layout (the nearest, or ''), reason, promise (what was asked),
        limit, nearest (in the unit of ``promise``, NaN where there are no numbers)
    groups : workload, bucket, group; the bucket itself where nothing is merged
    steps : layout, chunk_tokens, and the fields of `Work` and `Efficiency`; one row per modelled layout
    """

    layouts: pd.DataFrame
    rates: pd.DataFrame
    refused: pd.DataFrame
    groups: pd.DataFrame
    steps: pd.DataFrame = field(default_factory=pd.DataFrame)


def table_of(rows: Iterable[Row], columns: dict[str, str], key: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame with these columns and types, sorted by key; empty frames have them too."""
    frame = pd.DataFrame(list(rows), columns=list(columns)).astype(columns)
    return frame.sort_values(list(key), ignore_index=True)
