"""Rates that the case gives: they replace the model for their workload and card entirely.

A row for a workload comes before one for ``*``, and one for a bucket before one for ``*``; per workload, bucket,
card and layout name the most specific row holds. The same rate holds at any network time: whoever gives it has
taken the promise into account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.tables import ANY

if TYPE_CHECKING:
    import pandas as pd

KEY = ["workload", "bucket", "accelerator", "layout", "role"]


def given_rates(serving: pd.DataFrame, buckets: pd.DataFrame, llm_of: dict[str, str]) -> pd.DataFrame:
    """Given rates of every workload and bucket.

    Parameters
    ----------
    serving : the case's ``serving`` table
    buckets : workload, bucket of the case's demand; `inputs` has checked that the rows name buckets of the profiles,
        and those that no request falls into are passed over
    llm_of : llm of every workload

    Returns
    -------
    DataFrame
        workload, bucket, accelerator, layout (id: llm/accelerator/name, /xN for N cards, the role if it is not whole),
        role, llm, cards_per_replica, requests_per_s (0: cannot); sorted by key.
    """
    rows = serving.assign(
        _row=range(len(serving)),
        _general=2.0 * (serving["workload"] == ANY) + 1.0 * (serving["bucket"] == ANY),
    )
    pairs = buckets[["workload", "bucket"]].drop_duplicates()
    spread = rows.rename(columns={"workload": "_workload", "bucket": "_bucket"}).merge(pairs, how="cross")
    same_workload = spread["_workload"].isin([ANY]) | (spread["_workload"] == spread["workload"])
    same_bucket = spread["_bucket"].isin([ANY]) | (spread["_bucket"] == spread["bucket"])
    spread = spread[same_workload & same_bucket].sort_values([*KEY, "_general", "_row"])
    spread = spread.drop_duplicates(KEY).reset_index(drop=True)
    spread["llm"] = spread["workload"].map(llm_of).astype(object)
    cards = spread["cards_per_replica"].astype(int)
    suffix = ["" if n == 1 else f"/x{n}" for n in cards]
    roles = ["" if role == "whole" else f"/{role}" for role in spread["role"]]
    spread["layout"] = spread["llm"] + "/" + spread["accelerator"] + "/" + spread["layout"] + suffix + roles
    spread["cards_per_replica"] = cards
    return spread[[*KEY, "llm", "cards_per_replica", "requests_per_s"]]


def given_pairs(serving: pd.DataFrame, workloads: Sequence[str]) -> set[tuple[str, str]]:
    """Pairs (workload, accelerator) for which the case gives rates, so that the model does not speak."""
    pairs = zip(serving["workload"], serving["accelerator"], strict=True)
    return {
        (each, str(card)) for name, card in pairs for each in (workloads if name == ANY else (str(name),))
    }
