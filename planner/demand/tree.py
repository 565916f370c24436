"""The scenario tree: which futures are still the same in which period, and what each node changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

SELECTORS = ("offer", "accelerator", "vendor", "origin")
NODES = ["node", "index", "period", "parent", "probability"]


@dataclass(frozen=True)
class Tree:
    """Nodes of a case and what its scenarios change there.

    Attributes
    ----------
    nodes : node, index (number of the period), period, parent (None at the start), probability; parents come first
    members : scenario, node: the nodes of every scenario
    effects : node and the columns of ``scenario_effects``: every effect that holds in a node
    """

    nodes: pd.DataFrame
    members: pd.DataFrame
    effects: pd.DataFrame


def tree_of(periods: tuple[str, ...], scenarios: pd.DataFrame, effects: pd.DataFrame) -> Tree:
    """One node per period and history: scenarios share it while the same effects have held in them so far.

    An effect becomes known in the first period it holds, so what is decided before cannot use it. Without scenarios
    the nodes are the periods.

    Parameters
    ----------
    periods : labels in order
    scenarios : scenario, probability; one of probability 0 is left out
    effects : effect, scenarios (tuple), from_period, to_period and what they change

    Examples
    --------
    >>> futures = pd.DataFrame({"scenario": ["base", "ban"], "probability": [0.75, 0.25]})
    >>> ban = {"effect": "ban", "scenarios": ("ban",), "from_period": "2027-02", "to_period": None}
    >>> tree = tree_of(("2027-01", "2027-02"), futures, pd.DataFrame([ban]))
    >>> tree.nodes[["node", "parent", "probability"]].values.tolist()
    [['2027-01', None, 1.0], ['2027-02@base', '2027-01', 0.75], ['2027-02@ban', '2027-01', 0.25]]
    """
    likely = scenarios[scenarios["probability"] > 0]
    chances = dict(zip(likely["scenario"], likely["probability"], strict=True)) or {"": 1.0}
    rows = effects.to_dict("records")
    history: dict[str, tuple[frozenset[str], ...]] = dict.fromkeys(chances, ())
    current: dict[str, str | None] = dict.fromkeys(chances, None)
    nodes, members, held = [], [], []
    for index, period in enumerate(periods):
        history = {name: (*past, _holding(rows, name, period)) for name, past in history.items()}
        groups: dict[tuple[frozenset[str], ...], list[str]] = {}
        for name, past in history.items():
            groups.setdefault(past, []).append(name)
        for past, names in groups.items():
            node = period if len(groups) == 1 else f"{period}@{names[0]}"
            nodes.append((node, index, period, current[names[0]], sum(chances[name] for name in names)))
            members += [(name, node) for name in names]
            held += [{**row, "node": node} for row in rows if row["effect"] in past[-1]]
            current |= dict.fromkeys(names, node)
    columns = ["node", *effects.columns]
    table = pd.DataFrame(nodes, columns=NODES)
    table["parent"] = pd.Series([row[3] for row in nodes], dtype=object)
    return Tree(
        table,
        pd.DataFrame(members, columns=["scenario", "node"]),
        pd.DataFrame(held, columns=columns),
    )


def _holding(rows: list[dict[Hashable, Any]], scenario: str, period: str) -> frozenset[str]:
    """Effects that hold in a scenario and period."""
    return frozenset(
        str(row["effect"])
        for row in rows
        if scenario in row["scenarios"]
        and row["from_period"] <= period
        and (row["to_period"] is None or period <= row["to_period"])
    )


def demand_in(tree: Tree, requests: pd.DataFrame) -> pd.DataFrame:
    """Requests of periods as requests of nodes, times the factors of the effects on demand.

    Parameters
    ----------
    requests : workload, region, node (a period) and rates per second
    """
    table = requests.rename(columns={"node": "period"}).merge(tree.nodes[["node", "period"]], on="period")
    effects = tree.effects[tree.effects["what"] == "demand"]
    for row in effects.to_dict("records"):
        hit = table["node"] == row["node"]
        for name in ("workload", "region"):
            if row[name] is not None:
                hit &= table[name] == row[name]
        rates = ["requests_per_s", "mean_requests_per_s"]
        table.loc[hit, rates] *= row["factor"]
    return table[table["requests_per_s"] > 0][requests.columns].reset_index(drop=True)


def effect_tables(tree: Tree, offers: pd.DataFrame, limits: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What the effects on the market come to.

    Parameters
    ----------
    offers : offer, accelerator, vendor, origin
    limits : limit

    Returns
    -------
    price_factors : offer, node, factor
    closures : offer, node: orders are not allowed
    delays : offer, node, months: deliveries due in the node come so much later
    supply_factors : limit, node, factor
    """
    per_offer = _selected(tree.effects, offers)
    quotas = tree.effects[tree.effects["what"] == "supply"].merge(
        limits[["limit"]], how="cross", suffixes=("_asked", "")
    )
    quotas = quotas[quotas["limit_asked"].isna() | (quotas["limit_asked"] == quotas["limit"])]
    by_offer = {what: per_offer[per_offer["what"] == what] for what in ("price", "permit", "lead_time")}
    return {
        "price_factors": _product(by_offer["price"], ["offer", "node"]),
        "closures": by_offer["permit"][["offer", "node"]].drop_duplicates(ignore_index=True),
        "delays": by_offer["lead_time"].groupby(["offer", "node"], as_index=False)[["months"]].sum(),
        "supply_factors": _product(quotas, ["limit", "node"]),
    }


def _selected(effects: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Every effect beside each offer it selects."""
    asked = effects.rename(columns={name: f"{name}_asked" for name in SELECTORS})
    pairs = asked.merge(offers[list(SELECTORS)], how="cross")
    for name in SELECTORS:
        wanted = pairs[f"{name}_asked"]
        pairs = pairs[wanted.isna() | (wanted == pairs[name])]
    return pairs


def _product(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return table.astype({"factor": float}).groupby(key, as_index=False)[["factor"]].prod()


def path_tables(given: Mapping[str, pd.DataFrame], end: str) -> dict[str, pd.DataFrame]:
    """The given tables of one path alone, as if its future were certain; ``end`` is its last node."""
    nodes = given["periods"]
    parent = dict(zip(nodes["node"], nodes["parent"], strict=True))
    path = [end]
    while pd.notna(parent[path[-1]]):
        path.append(parent[path[-1]])
    alone = {
        name: table[table["node"].isin(path)].reset_index(drop=True) if "node" in table.columns else table
        for name, table in given.items()
    }
    return alone | {"periods": alone["periods"].assign(probability=1.0)}
