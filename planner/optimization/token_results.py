"""Result tables of tokens for sale."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given

SEEN = 1e-12  # requests/s below this are nothing
VOLUME = ["workload", "bucket", "node", "slice"]


def token_tables(given: Given, value: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables ``bought``, ``drawn`` and ``packages_bought``, for a case that has token offers."""
    sale = given.tokens_for_sale
    if sale.offers.empty:
        return {}
    served = {
        name: _with_tokens(given, value[name], first)
        for name, first in (("bought", "token_offer"), ("drawn", "package"))
    }
    bought = value["packages"][value["packages"]["value"] > 0].rename(columns={"value": "packages"})
    bought = bought.pipe(matched, sale.packages[["package", "mtok"]], on="package")
    bought["packages"] = bought["packages"].astype(int)
    bought["mtok"] = bought["packages"] * bought["mtok"]
    return {**served, "packages_bought": bought[["package", "node", "packages", "mtok"]]}


def _with_tokens(given: Given, table: pd.DataFrame, first: str) -> pd.DataFrame:
    """Rows that serve anything, with the tokens of the period."""
    rows = table[table["value"] > SEEN].rename(columns={"value": "requests_per_s"})
    rows = rows.pipe(matched, given.tokens_for_sale.volume, on=VOLUME)
    rows["mtok"] = rows["mtok"] * rows["requests_per_s"]
    return rows[[first, "workload", "bucket", "region", "node", "slice", "requests_per_s", "mtok"]]
