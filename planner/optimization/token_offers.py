"""What the program is given of tokens for sale: who may buy where and when, at what price, and prepaid packages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.joins import matched
from planner.optimization.paths import paths_of
from planner.optimization.selectors import spanned_nodes
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

KEY = ["workload", "bucket", "region", "node", "slice"]
HOURS_PER_DAY = 24
OFFERS = (
    "offer", "llm", "workloads", "regions", "input_price_per_mtok", "cached_price_per_mtok", "output_price_per_mtok",
    "currency", "deferrable_factor", "max_requests_per_s", "max_mtok_per_day", "origin", "from_period", "to_period",
)  # fmt: skip
FACTORS = ("offer", "slice", "factor")
PACKAGES = (
    "package", "token_offer", "price", "currency", "mtok", "valid_months", "max_mtok_per_day", "max_packages",
    "from_period", "to_period",
)  # fmt: skip


@dataclass(frozen=True)
class TokenOffers:
    """Tokens for sale.

    Attributes
    ----------
    offers : token_offer, origin, max_requests_per_s, max_mtok_per_day
    keys : workload, bucket, region, token_offer, node, slice, requests_per_s (most): what may be bought
    money : token_offer, workload, bucket, node, slice, amount [case currency per request/s at the peak]
    volume : workload, bucket, node, slice, mtok, mtok_per_day [per request/s at the peak]
    packages : package, token_offer, mtok, max_mtok_per_day, max_packages
    package_money : package, node, amount [case currency]: nodes in which it can be bought
    valid : package, node (of the purchase), used: nodes in which it is valid
    windows : package, first, last, node (of the purchase): packages valid in some node from first to last
    between : first, last, node: nodes of the way from first down to last
    """

    offers: pd.DataFrame
    keys: pd.DataFrame
    money: pd.DataFrame
    volume: pd.DataFrame
    packages: pd.DataFrame
    package_money: pd.DataFrame
    valid: pd.DataFrame
    windows: pd.DataFrame
    between: pd.DataFrame


def token_offers_of(
    tables: Mapping[str, pd.DataFrame],
    nodes: pd.DataFrame,
    slices: pd.DataFrame,
    sendable: pd.DataFrame,
    mean_to_peak: pd.DataFrame,
    rates: pd.DataFrame,
    months: int,
    currency: str,
) -> TokenOffers:
    """Keys and money of what can be bought.

    Formulas::

        money of a request = ((mean_in - mean_cached_in) * input + mean_cached_in * cached + mean_out * output) / 1e6
                             * factor of the slice * (deferrable_factor where the workload may wait) * fx
        per request/s at the peak, times mean_to_peak * seconds of the slice

    Parameters
    ----------
    tables : token_offers, token_factors, packages (may be missing), workloads, buckets, residency
    sendable : workload, bucket, region, node, slice, requests_per_s: the most that can be served there
    mean_to_peak : workload, node, slice, mean_to_peak
    rates : currency, node, rate [case currency per unit]
    """
    offers = _table(tables, "token_offers", OFFERS, currency).rename(columns={"offer": "token_offer"})
    factors = _table(tables, "token_factors", FACTORS).rename(columns={"offer": "token_offer"})
    packages = _table(tables, "packages", PACKAGES, currency)
    volume = _volume(tables["buckets"], slices, mean_to_peak, months)
    spans = spanned_nodes(offers, "token_offer", nodes)
    served = served_pairs(offers, tables["workloads"], sendable, tables["residency"])
    keys = sendable.merge(served, on=["workload", "region"]).merge(spans, on=["token_offer", "node"])
    keys = keys.merge(
        volume[["workload", "bucket", "node", "slice"]], on=["workload", "bucket", "node", "slice"]
    )
    windows, between, valid = _package_windows(packages, nodes, months)
    bought = spanned_nodes(packages, "package", nodes).merge(
        packages[["package", "price", "currency"]], on="package"
    )
    bought = bought.merge(rates, on=["currency", "node"])
    return TokenOffers(
        offers=offers[["token_offer", "origin", "max_requests_per_s", "max_mtok_per_day"]].astype(
            {"max_requests_per_s": float, "max_mtok_per_day": float}
        ),
        keys=keys[["workload", "bucket", "region", "token_offer", "node", "slice", "requests_per_s"]],
        money=_money(keys, offers, factors, tables, volume, rates),
        volume=volume,
        packages=packages[["package", "token_offer", "mtok", "max_mtok_per_day", "max_packages"]].astype(
            {"mtok": float, "max_mtok_per_day": float, "max_packages": float}
        ),
        package_money=bought[["package", "node"]].assign(
            amount=(bought["price"] * bought["rate"]).astype(float)
        ),
        valid=valid,
        windows=windows,
        between=between,
    )


def _table(
    tables: Mapping[str, pd.DataFrame], name: str, columns: tuple[str, ...], currency: str | None = None
) -> pd.DataFrame:
    """A table of the case, empty where it has none; a blank currency is the case's."""
    table = tables.get(name, pd.DataFrame({column: pd.Series(dtype=object) for column in columns}))
    return table if currency is None else table.assign(currency=table["currency"].fillna(currency))


def served_pairs(
    offers: pd.DataFrame, workloads: pd.DataFrame, sendable: pd.DataFrame, residency: pd.DataFrame
) -> pd.DataFrame:
    """Which offer may serve which workload where: token_offer, workload, region.

    Lists are texts with spaces. A residency rule bars offers that do not name the region.
    """
    pairs = (
        sendable[["workload", "region"]]
        .drop_duplicates()
        .merge(workloads[["workload", "llm"]], on="workload")
    )
    rules = list(residency[["workload", "region"]].itertuples(index=False, name=None))
    rows = []
    for offer, llm, own, regions in offers[["token_offer", "llm", "workloads", "regions"]].to_numpy():
        asked, named = str(own or "").split(), str(regions or "").split()
        for workload, region, of_llm in pairs[["workload", "region", "llm"]].to_numpy():
            bound = any(w in ("*", workload) and r in ("*", region) for w, r in rules)
            if (
                of_llm == llm
                and (not asked or workload in asked)
                and (region in named or not (named or bound))
            ):
                rows.append((offer, workload, region))
    return pd.DataFrame(rows, columns=["token_offer", "workload", "region"], dtype=object)


def _volume(
    buckets: pd.DataFrame, slices: pd.DataFrame, mean_to_peak: pd.DataFrame, months: int
) -> pd.DataFrame:
    """Tokens that one request/s at the peak makes in its slice of a period, and on a mean day."""
    table = mean_to_peak.merge(slices[["slice", "share", "hours"]], on="slice").merge(
        buckets[["workload", "bucket", "mean_in", "mean_out"]], on="workload"
    )
    tokens = (
        table["mean_to_peak"] * SECONDS_PER_HOUR * (table["mean_in"] + table["mean_out"]) / TOKENS_PER_MTOK
    )
    return table[["workload", "bucket", "node", "slice"]].assign(
        mtok=tokens * table["hours"], mtok_per_day=tokens * table["share"] * HOURS_PER_DAY
    )


def _money(
    keys: pd.DataFrame,
    offers: pd.DataFrame,
    factors: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    volume: pd.DataFrame,
    rates: pd.DataFrame,
) -> pd.DataFrame:
    """token_offer, workload, bucket, node, slice, amount: list price of one request/s at the peak of its slice."""
    grid = keys[["token_offer", "workload", "bucket", "node", "slice"]].drop_duplicates()
    prices = [name for name in OFFERS if name.endswith("_per_mtok")]
    grid = grid.merge(offers[["token_offer", "currency", "deferrable_factor", *prices]], on="token_offer")
    grid = grid.merge(rates, on=["currency", "node"]).merge(factors[list(("token_offer", "slice", "factor"))],
                                                            on=["token_offer", "slice"], how="left")  # fmt: skip
    grid = grid.merge(tables["workloads"][["workload", "deferrable"]], on="workload")
    lengths = tables["buckets"][["workload", "bucket", "mean_in", "mean_cached_in", "mean_out"]]
    grid = grid.merge(lengths, on=["workload", "bucket"]).merge(
        volume, on=["workload", "bucket", "node", "slice"]
    )
    cached = grid["cached_price_per_mtok"].astype(float).fillna(grid["input_price_per_mtok"].astype(float))
    request = (grid["mean_in"] - grid["mean_cached_in"]) * grid["input_price_per_mtok"].astype(float)
    request += grid["mean_cached_in"] * cached + grid["mean_out"] * grid["output_price_per_mtok"].astype(
        float
    )
    per_mtok = request / (grid["mean_in"] + grid["mean_out"])
    waits = grid["deferrable_factor"].astype(float).where(grid["deferrable"].astype(bool), 1.0)
    amount = per_mtok * grid["mtok"] * grid["factor"].astype(float).fillna(1.0) * waits * grid["rate"]
    return grid[["token_offer", "workload", "bucket", "node", "slice"]].assign(amount=amount)


def _package_windows(
    packages: pd.DataFrame, nodes: pd.DataFrame, months: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """See `TokenOffers`: windows, between, valid."""
    windows, between, valid = set(), set(), set()
    life = {
        package: max(1, math.floor(span / months + 1e-9))
        for package, span in packages[["package", "valid_months"]].to_numpy()
    }
    for path in paths_of(nodes) if life else ():
        for last in range(len(path)):
            for first in range(last + 1):
                between |= {(path[first], path[last], node) for node in path[first : last + 1]}
                for package, periods in life.items():
                    bought = path[max(0, first - periods + 1) : last + 1]
                    windows |= {(package, path[first], path[last], node) for node in bought}
        for package, periods in life.items():
            valid |= {
                (package, node, used) for at, node in enumerate(path) for used in path[at : at + periods]
            }
    return (
        pd.DataFrame(sorted(windows), columns=["package", "first", "last", "node"], dtype=object),
        pd.DataFrame(sorted(between), columns=["first", "last", "node"], dtype=object),
        pd.DataFrame(sorted(valid), columns=["package", "node", "used"], dtype=object),
    )


def drawn_keys(tokens: TokenOffers) -> pd.DataFrame:
    """What may be drawn: package, workload, bucket, region, node, slice, requests_per_s (most)."""
    open_nodes = tokens.package_money[["package", "node"]].pipe(matched, tokens.valid, on=["package", "node"])
    used = open_nodes[["package", "used"]].drop_duplicates().rename(columns={"used": "node"})
    named = used.merge(tokens.packages[["package", "token_offer"]], on="package")
    keys = tokens.keys.merge(named, on=["token_offer", "node"])
    return keys[["package", "workload", "bucket", "region", "node", "slice", "requests_per_s"]]


def used_keys(tokens: TokenOffers) -> pd.DataFrame:
    """Tokens that may be drawn of a package kind: package, node, most [Mtok]."""
    keys = drawn_keys(tokens).merge(tokens.volume, on=["workload", "bucket", "node", "slice"])
    sums = keys.assign(most=keys["mtok"] * keys["requests_per_s"]).groupby(
        ["package", "node"], as_index=False
    )
    return sums[["most"]].sum()


def package_keys(tokens: TokenOffers) -> pd.DataFrame:
    """Packages that may be bought: package, node, most."""
    work = tokens.keys.merge(tokens.volume, on=["workload", "bucket", "node", "slice"])
    total = (work["mtok"] * work["requests_per_s"]).groupby(work["token_offer"]).sum()
    rows = tokens.package_money[["package", "node"]].merge(tokens.packages, on="package")
    needed = -(-(rows["token_offer"].map(total).astype(float).fillna(0.0) / rows["mtok"]) // 1) + 1
    return rows[["package", "node"]].assign(
        most=needed.where(rows["max_packages"].isna(), rows["max_packages"])
    )
