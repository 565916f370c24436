"""Result tables: what the plan says, keyed and in the case's units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.finance.risk import cvar
from planner.joins import matched
from planner.optimization.build import Built
from planner.optimization.families.risk import path_nodes
from planner.optimization.given import Given
from planner.optimization.rent_results import rent_tables
from planner.optimization.risk import REGRET_TIE
from planner.optimization.token_results import token_tables
from planner.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR, TOKENS_PER_MTOK

SEEN = 1e-12  # requests/s below this are nothing


def result_tables(given: Given, built: Built, value: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every result table of a plan, sorted by key; see ``planner.plan.tables`` for the columns.

    Parameters
    ----------
    value : decision name -> keys with ``value``, repaired
    """
    value, in_failures = _apart(given, value)
    deployment = _deployment(given, value["deploy"])
    tables = {
        "orders": _orders(given, value["order"]),
        "fleet": _fleet(given, value, deployment),
        "deployment": deployment,
        "load": _named(value["load"], "requests_per_s"),
        "deferred": _named(value["moved"], "requests_per_s"),
        "routing": _routing(given, value["flow"]),
        "unmet": _unmet(given, value["unmet"]),
        "ports": _ports(given, value["adopt"]),
        "measures": _measures(given, value["begin"], value["lever"]),
        "costs": _costs(given, built, value),
        **rent_tables(given, value),
        **token_tables(given, value),
        **_failure_tables(given, in_failures),
    }
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


def _apart(
    given: Given, value: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Decisions of the slices, and those of failures."""
    if given.failures.empty:
        return dict(value), {}
    names = set(given.failures["failure"])
    failing = {
        name: value[name]["slice"].isin(names) for name in ("deploy", "load", "flow", "unmet")
    }  # every other decision holds in no slice, or in none of a failure
    every_day = {name: table[~failing[name]] if name in failing else table for name, table in value.items()}
    return every_day, {name: value[name][own] for name, own in failing.items()}


def _failure_tables(given: Given, value: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What runs, and what is left undone, in each failure; none without."""
    if not value:
        return {}
    unmet = {"requests_per_s": value["unmet"]["value"]}
    tables = {
        "failure_deployment": _deployment(given, value["deploy"]),
        "failure_load": _named(value["load"], "requests_per_s"),
        "failure_routing": _named(value["flow"], "requests_per_s").drop(columns="band_ms"),
        "failure_unmet": value["unmet"].drop(columns="value").assign(**unmet)[value["unmet"]["value"] > SEEN],
    }
    return {name: table.rename(columns={"slice": "failure"}) for name, table in tables.items()}


def _named(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["value"] > SEEN].rename(columns={"value": name})


def _orders(given: Given, order: pd.DataFrame) -> pd.DataFrame:
    table = order[order["value"] > 0].rename(columns={"node": "ordered", "value": "servers"})
    table = table.pipe(matched, given.offers.drop(columns="accelerator"), on="offer")
    table = table.pipe(matched, given.deliveries[["offer", "ordered", "in_service"]], on=["offer", "ordered"])
    table = table.pipe(matched, given.money.rename(columns={"node": "ordered"}), on=["offer", "ordered"])
    table["servers"] = table["servers"].astype(int)
    table["cards"] = table["servers"] * table["cards_per_server"]
    table = table.assign(landed=table["landed"] * table["cards"], landed_price_per_card=table["landed"])
    names = ["offer", "accelerator", "vendor", "origin", "site", "ordered", "in_service", "servers", "cards"]
    money = {"price": "price_per_card"}
    return table.rename(columns=money)[[*names, "price_per_card", "landed_price_per_card", "landed"]]


def _deployment(given: Given, deploy: pd.DataFrame) -> pd.DataFrame:
    table = deploy[deploy["value"] > SEEN].rename(columns={"value": "replicas"})
    table = table.pipe(matched, given.layouts[["layout", "llm", "cards_per_replica"]], on="layout")
    if given.settings.whole_replicas:
        table["replicas"] = table["replicas"].astype(int)
    table["cards"] = table["replicas"] * table["cards_per_replica"]
    names = [
        "layout",
        "llm",
        "accelerator",
        "site",
        "node",
        "slice",
        "replicas",
        "cards_per_replica",
        "cards",
    ]
    return table[names]


def _fleet(given: Given, value: Mapping[str, pd.DataFrame], deployment: pd.DataFrame) -> pd.DataFrame:
    key = ["accelerator", "site", "node"]
    table = value["installed"].rename(columns={"value": "installed_cards"}).pipe(matched, given.fleet, on=key)
    taken = _cards_taken(given, deployment)
    by_hour = value["hourly"].groupby([*key, "slice"], as_index=False)[["value"]].sum()
    own = taken.pipe(matched, by_hour, on=[*key, "slice"], how="left")
    own["cards"] = (own["cards"] - own["value"].fillna(0.0)).clip(lower=0.0)
    running = taken.groupby(key, as_index=False)[["cards"]].max().rename(columns={"cards": "running"})
    table = table.pipe(matched, running, on=key, how="left").fillna({"running": 0.0})
    used = own.groupby(key, as_index=False)[["cards"]].max()
    table = table.pipe(matched, used.rename(columns={"cards": "deployed_cards"}), on=key, how="left")
    table["deployed_cards"] = table["deployed_cards"].fillna(0)
    table = table.pipe(
        matched, given.cards[["accelerator", "vendor", "origin", "cards_per_server"]], on="accelerator"
    )
    table = table.pipe(matched, given.sites[["site", "spare_servers", "spare_share"]], on="site")
    boxes = table["spare_servers"] * table["cards_per_server"] * (table["running"] > 0)
    table["spare_cards"] = boxes + table["spare_share"] * table["installed_cards"]
    table["free_cards"] = table["installed_cards"] - table["deployed_cards"] - table["spare_cards"]
    table["bought_cards"] = table["installed_cards"] - table["opening_cards"]
    whole = ["opening_cards", "bought_cards", "installed_cards"]
    table[whole] = table[whole].round().astype(int)
    names = ["accelerator", "vendor", "origin", "site", "node", *whole]
    table = table[[*names, "deployed_cards", "spare_cards", "free_cards"]]
    return table[(table["installed_cards"] > 0) | (table["spare_cards"] > 0)]


def _cards_taken(given: Given, deployment: pd.DataFrame) -> pd.DataFrame:
    """Cards under replicas in each slice, starting ones counted for the time a start takes."""
    key = ["accelerator", "site", "node", "slice"]
    running = deployment.groupby(key, as_index=False)[["cards"]].sum()
    if len(given.slices) < 2 or not given.settings.switch_minutes:
        return running
    place = ["layout", "site", "node"]
    before = deployment.rename(columns={"slice": "before", "cards": "earlier"})[[*place, "before", "earlier"]]
    starts = deployment.pipe(matched, given.slices[["slice", "before", "day_hours"]], on="slice")
    starts = starts.pipe(matched, before, on=[*place, "before"], how="left")
    more = (starts["cards"] - starts["earlier"].fillna(0.0)).clip(lower=0.0)
    lost = given.settings.switch_minutes / MINUTES_PER_HOUR / starts["day_hours"]
    sums = starts.assign(cards=starts["cards"] + more * lost).groupby(key, as_index=False)[["cards"]].sum()
    return sums


def _routing(given: Given, flow: pd.DataFrame) -> pd.DataFrame:
    key = ["workload", "bucket", "region", "site", "node", "slice"]
    asked = given.sendable.rename(columns={"requests_per_s": "asked"})
    demand_key = ["workload", "bucket", "region", "node", "slice"]
    table = _named(flow, "requests_per_s").pipe(matched, asked, on=demand_key)
    return table[[*key, "requests_per_s"]].assign(share=table["requests_per_s"] / table["asked"])


def _unmet(given: Given, unmet: pd.DataFrame) -> pd.DataFrame:
    key = ["workload", "bucket", "region", "node", "slice"]
    asked = given.requests.rename(columns={"requests_per_s": "asked"})
    table = _named(unmet, "requests_per_s").pipe(matched, asked, on=key)
    table = table.pipe(matched, given.tokens, on=["workload", "bucket"]).pipe(
        matched, given.mean_to_peak, on=["workload", "node", "slice"]
    )
    hours = table["slice"].map(given.slices.set_index("slice")["hours"]).astype(float)
    seconds = hours * SECONDS_PER_HOUR
    mean = table["requests_per_s"] * table["mean_to_peak"]
    mtok = mean * seconds * table["tokens_per_request"] / TOKENS_PER_MTOK
    return table[[*key, "requests_per_s"]].assign(share=table["requests_per_s"] / table["asked"], mtok=mtok)


def _ports(given: Given, adopt: pd.DataFrame) -> pd.DataFrame:
    """Ports that begin: port, node, cost."""
    begun = adopt[adopt["value"] > 0].pipe(matched, given.rules["porting"][["port", "cost"]], on="port")
    return begun[["port", "node", "cost"]]


def _measures(given: Given, begin: pd.DataFrame, lever: pd.DataFrame) -> pd.DataFrame:
    """Measures that are used: measure, workload, node, begun (in that node), share."""
    used = lever.rename(columns={"value": "share"}).pipe(matched, begin, on=["measure", "node"], how="left")
    used = used.assign(begun=used["value"].fillna(0.0) > 0)
    used = used[used["begun"] | (used["share"] > SEEN)]
    used = used.pipe(matched, given.rules["measures"][["measure", "workload"]], on="measure")
    return used[["measure", "workload", "node", "begun", "share"]]


def _costs(given: Given, built: Built, value: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Money by term and node, as it falls due and discounted; zero rows are dropped."""
    amounts = np.zeros(built.program.columns)
    for name, table in built.program.decisions.items():
        keys = [column for column in table.columns if column not in {"column", "upper", "whole"}]
        joined = table[[*keys, "column"]].pipe(matched, value[name], on=keys, how="left")
        amounts[joined["column"].to_numpy()] = joined["value"].fillna(0.0)
    parts = [
        table.assign(term=term, amount=table["amount"] * amounts[table["column"].to_numpy()])
        for term, table in built.decide.costs.items()
    ]
    fixed = given.fleet_maintenance.pipe(matched, given.nodes[["node", "discount"]], on="node").assign(
        term="maintenance"
    )
    paid = pd.concat([*parts, fixed], ignore_index=True)
    paid["discounted"] = paid["amount"] * paid["discount"]
    sums = paid.groupby(["term", "node"], as_index=False)[["amount", "discounted"]].sum()
    return with_premium(given, sums[sums["amount"] != 0])


def with_premium(given: Given, costs: pd.DataFrame) -> pd.DataFrame:
    """The costs with a last term, ``risk_premium``: what the objective adds to the expected cost; no money is paid."""
    if given.settings.objective == "expected":
        return costs
    rate = given.nodes.set_index("node")
    worth = (costs["discounted"] / costs["node"].map(rate["probability"])).groupby(costs["node"]).sum()
    by_path = path_nodes(given).assign(worth=lambda table: table["node"].map(worth).fillna(0.0))
    of_paths = by_path.groupby("path")["worth"].sum()
    expected = float(costs["discounted"].sum())
    asked = given.settings
    if asked.objective == "regret":
        best = given.best.set_index("path")["cost"].astype(float)
        goal = float((of_paths - best).max()) + REGRET_TIE * expected
    else:
        chances = rate["probability"].reindex(of_paths.index).to_list()
        worst = cvar(of_paths.to_list(), chances, asked.risk_quantile)
        goal = (1.0 - asked.risk_weight) * expected + asked.risk_weight * worst
    first = str(given.nodes["node"].iloc[0])
    row = ("risk_premium", first, goal - expected, goal - expected)
    return pd.concat([costs, pd.DataFrame([row], columns=costs.columns[:4])], ignore_index=True)
