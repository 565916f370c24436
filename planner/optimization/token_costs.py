"""What tokens cost: at list price, and in packages."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.variables import Decisions


def token_money(given: Given, decide: Decisions) -> pd.DataFrame:
    """Tokens at list price: token_offer, column, node, amount [case currency per request/s at the peak]."""
    key = ["token_offer", "workload", "bucket", "node", "slice"]
    table = decide.bought.pipe(matched, given.tokens_for_sale.money, on=key)
    return table[["token_offer", "column", "node", "amount"]]


def package_money(given: Given, decide: Decisions) -> pd.DataFrame:
    """Packages bought: token_offer, column, node, amount [case currency per package]."""
    sale = given.tokens_for_sale
    table = decide.packages.pipe(matched, sale.package_money, on=["package", "node"])
    table = table.pipe(matched, sale.packages[["package", "token_offer"]], on="package")
    return table[["token_offer", "column", "node", "amount"]]
