"""Tokens bought from an API: offered there and then, within its limits, at its prices; packages drawn oldest first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.prices import exchange_rate
from planner.plan.audit.rows import Checked, Rule, joined, listed_rows
from planner.plan.audit.tolerances import RATE, WHOLE
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

Row = Mapping[Any, Any]
HOURS_PER_DAY = 24
DEMAND_KEY = ["workload", "bucket", "region", "node", "slice"]


def served(facts: Facts) -> pd.DataFrame:
    """Requests/s that an API serves, bought and drawn: the key of the demand and requests_per_s."""
    names = [*DEMAND_KEY, "requests_per_s"]
    parts = [facts.result[name][names] for name in ("bought", "drawn") if len(facts.result[name])]
    return pd.concat(parts, ignore_index=True) if parts else facts.result["bought"][names]


def work(facts: Facts) -> list[dict[Any, Any]]:
    """Rows of both tables that can be counted, with ``offer``, ``mtok``, ``mtok_per_day`` and ``list_price``.

    Formulas::

        mtok         = requests_per_s * mean_to_peak * hours of the slice * 3600 * (mean_in + mean_out) / 1e6
        mtok_per_day = the same with share of the slice * 24 hours
        list_price   = requests of the period * ((mean_in - mean_cached_in) * input + mean_cached_in * cached
                       + mean_out * output) / 1e6 * factor of the slice * deferrable_factor of work that may wait * fx
    """
    offers = _records(facts, "token_offers", "offer")
    packages = _records(facts, "packages", "package")
    lengths = {(row["workload"], row["bucket"]): row for row in facts.given["buckets"].to_dict("records")}
    workloads = _records(facts, "workloads", "workload")
    ratios = {
        (work, node, part): ratio
        for work, node, part, ratio in facts.demand[["workload", "node", "slice", "mean_to_peak"]].to_numpy()
    }
    factors = {
        (offer, part): factor
        for offer, part, factor in facts.given["token_factors"][["offer", "slice", "factor"]].to_numpy()
    }
    found = []
    for table, first in (("bought", "token_offer"), ("drawn", "package")):
        for row in facts.result[table].to_dict("records"):
            name = row[first] if table == "bought" else packages.get(row[first], {}).get("token_offer")
            size, ratio = (
                lengths.get((row["workload"], row["bucket"])),
                ratios.get((row["workload"], row["node"], row["slice"])),
            )
            if name not in offers or size is None or ratio is None or row["slice"] not in facts.slices:
                continue
            offer, part = offers[name], facts.slices[row["slice"]]
            a_second = row["requests_per_s"] * ratio
            tokens = a_second * SECONDS_PER_HOUR * (size["mean_in"] + size["mean_out"]) / TOKENS_PER_MTOK
            cached = offer["cached_price_per_mtok"]
            cached = offer["input_price_per_mtok"] if math.isnan(cached) else cached
            request = (size["mean_in"] - size["mean_cached_in"]) * offer["input_price_per_mtok"]
            request += size["mean_cached_in"] * cached + size["mean_out"] * offer["output_price_per_mtok"]
            factor = factors.get((name, row["slice"]), 1.0)
            factor *= offer["deferrable_factor"] if workloads[row["workload"]]["deferrable"] else 1.0
            requests = a_second * SECONDS_PER_HOUR * part["hours"]
            price = requests * request / TOKENS_PER_MTOK * factor
            found.append(
                dict(row)
                | {"table": table, "offer": name, "shown": row["mtok"], "mtok": tokens * part["hours"]}
                | {"mtok_per_day": tokens * part["share"] * HOURS_PER_DAY}
                | {"list_price": price * exchange_rate(facts, offer["currency"], row["node"])}
            )
    return found


def _records(facts: Facts, table: str, key: str) -> dict[str, dict[Any, Any]]:
    return {row[key]: row for row in facts.given[table].to_dict("records")}


def token_paid(facts: Facts) -> list[tuple[str, str, str, float]]:
    """Money by term, origin of the offer and node: token_api for what is bought, token_package for packages."""
    offers = _records(facts, "token_offers", "offer")
    packages = _records(facts, "packages", "package")
    paid = [
        ("token_api", offers[row["offer"]]["origin"], row["node"], row["list_price"])
        for row in work(facts)
        if row["table"] == "bought"
    ]
    for row in facts.result["packages_bought"].to_dict("records"):
        package = packages.get(row["package"])
        if package is not None and row["node"] in facts.number and package["token_offer"] in offers:
            money = (
                row["packages"] * package["price"] * exchange_rate(facts, package["currency"], row["node"])
            )
            paid.append(("token_package", offers[package["token_offer"]]["origin"], row["node"], money))
    return paid


def token_measures(facts: Facts) -> list[tuple[str, str, str, str, float]]:
    """What shares count of an API: measure, vendor (nobody), origin, node, amount."""
    offers = _records(facts, "token_offers", "offer")
    rows = [("spend", "", origin, node, money) for _, origin, node, money in token_paid(facts)]
    tokens = {
        (w, b): size for w, b, size in facts.tokens[["workload", "bucket", "tokens_per_request"]].to_numpy()
    }
    for row in work(facts):
        amount = row["requests_per_s"] * tokens[row["workload"], row["bucket"]]
        amount *= facts.slices[row["slice"]]["share"]
        rows.append(("tokens", "", offers[row["offer"]]["origin"], row["node"], amount))
    return rows


def token_limits(facts: Facts) -> list[Checked]:
    """Rules ``token_rate`` and ``token_volume``: bought and drawn of an offer, at the peak and on a mean day."""
    offers = _records(facts, "token_offers", "offer")
    rate: dict[tuple[str, ...], float] = defaultdict(float)
    volume: dict[tuple[str, ...], float] = defaultdict(float)
    for row in work(facts):
        rate[row["offer"], row["node"], row["slice"]] += row["requests_per_s"]
        volume[row["offer"], row["node"]] += row["mtok_per_day"]
    parts = []
    for name, unit, sums, limit in (
        ("token_rate", "requests/s", rate, "max_requests_per_s"),
        ("token_volume", "million tokens a day", volume, "max_mtok_per_day"),
    ):
        rows = [
            (joined(key), amount, float(offers[key[0]][limit]))
            for key, amount in sorted(sums.items())
            if not math.isnan(offers[key[0]][limit])
        ]
        parts.append(listed_rows(Rule(name, "<=", unit, RATE), rows))
    return parts


def packages_drawn(facts: Facts) -> list[Checked]:
    """Rules ``package_use`` and ``package_balance``, path by path, drawing what expires first.

    ::

        package_use       tokens a day drawn in a node  <= max_mtok_per_day * packages valid then
        package_balance   tokens drawn in a node        <= what valid packages still hold, after all draws before it
    """
    packages = _records(facts, "packages", "package")
    drawn: dict[tuple[str, str], float] = defaultdict(float)
    a_day: dict[tuple[str, str], float] = defaultdict(float)
    for row in work(facts):
        if row["table"] == "drawn":
            drawn[row["package"], row["node"]] += row["mtok"]
            a_day[row["package"], row["node"]] += row["mtok_per_day"]
    count = {
        (name, node): number
        for name, node, number in facts.result["packages_bought"][["package", "node", "packages"]].to_numpy()
    }
    use: dict[str, tuple[str, float, float]] = {}
    balance: dict[str, tuple[str, float, float]] = {}
    for name in sorted({package for package, _ in drawn} & set(packages)):
        package = packages[name]
        periods = max(1, math.floor(package["valid_months"] / facts.months + 1e-9))
        for path in facts.paths:
            stock: list[list[float]] = []  # last number of its validity, tokens left
            for at, node in enumerate(path):
                stock.append([at + periods - 1, count.get((name, node), 0.0) * package["mtok"]])
                stock = [batch for batch in stock if batch[0] >= at]
                valid = sum(
                    count.get((name, before), 0.0) for before in path[max(0, at - periods + 1) : at + 1]
                )
                asked, key = drawn.get((name, node), 0.0), joined((name, node))
                if not asked:
                    continue
                balance[key] = (key, asked, sum(batch[1] for batch in stock))
                if not math.isnan(package["max_mtok_per_day"]):
                    use[key] = (key, a_day[name, node], package["max_mtok_per_day"] * valid)
                for batch in stock:
                    taken = min(batch[1], asked)
                    batch[1], asked = batch[1] - taken, asked - taken
    return [
        listed_rows(Rule("package_use", "<=", "million tokens a day", RATE), list(use.values())),
        listed_rows(Rule("package_balance", "<=", "million tokens", RATE), list(balance.values())),
    ]


def token_tables(facts: Facts) -> tuple[list[Checked], list[Finding]]:
    """Rule ``token_tables``: tokens of each row; each is offered to that workload and region in that period."""
    packages, offers = _records(facts, "packages", "package"), _records(facts, "token_offers", "offer")
    rows, texts = [], []
    for row in work(facts):
        name = row["token_offer"] if row["table"] == "bought" else row["package"]
        key = joined((name, *(row[part] for part in DEMAND_KEY)))
        rows.append((key, float(row["shown"]), row["mtok"]))
        texts += [
            finding("token_tables", key, *fault) for fault in _not_offered(facts, offers[row["offer"]], row)
        ]
    counted = []
    for row in facts.result["packages_bought"].to_dict("records"):
        package = packages.get(row["package"])
        if package is None or row["node"] not in facts.number:
            continue
        key = joined((row["package"], row["node"]))
        rows.append((key, float(row["mtok"]), row["packages"] * package["mtok"]))
        most = package["max_packages"]
        counted.append((key, float(row["packages"]), math.inf if math.isnan(most) else float(most)))
        if row["node"] not in facts.span(package["from_period"], package["to_period"]):
            texts.append(finding("token_tables", key, row["node"], "a period in which it is offered"))
    limited = [row for row in counted if math.isfinite(row[2])]
    return [
        listed_rows(Rule("token_tables", "=", "million tokens", RATE), rows),
        listed_rows(Rule("token_tables", "<=", "packages", WHOLE), limited),
    ], texts


def _not_offered(facts: Facts, offer: Row, row: Row) -> Iterator[tuple[str, str]]:
    workload = _records(facts, "workloads", "workload")[row["workload"]]
    asked, regions = (str(offer[name] or "").split() for name in ("workloads", "regions"))
    rules = facts.given["residency"][["workload", "region"]].itertuples(index=False, name=None)
    bound = any(w in ("*", row["workload"]) and r in ("*", row["region"]) for w, r in rules)
    if workload["llm"] != offer["llm"] or (asked and row["workload"] not in asked):
        yield f"workload {row['workload']}", "a workload the offer serves"
    if row["region"] not in regions and (regions or bound):
        yield f"region {row['region']}", "a region the offer serves, named where a residency rule holds"
    if row["table"] == "bought" and row["node"] not in facts.span(offer["from_period"], offer["to_period"]):
        yield row["node"], "a period in which it is offered"
