"""Which offers, cards and nodes a row of a rule means."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.optimization.paths import paths_of

ATTRIBUTES = ("offer", "accelerator", "vendor", "origin")


def selected_offers(rules: pd.DataFrame, key: str, offers: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a rule and an offer it selects: ``key``, offer.

    A blank selects all; several attributes together select their overlap.

    Parameters
    ----------
    rules : ``key`` and the columns offer, accelerator, vendor, origin, each blank where it does not matter
    offers : offer, accelerator, vendor, origin
    """
    return _selected(rules, key, offers, ATTRIBUTES)[[key, "offer"]]


def selected_cards(rules: pd.DataFrame, key: str, cards: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a rule and a card it selects: ``key``, accelerator."""
    return _selected(rules, key, cards, ATTRIBUTES[1:])[[key, "accelerator"]]


def _selected(
    rules: pd.DataFrame, key: str, things: pd.DataFrame, attributes: tuple[str, ...]
) -> pd.DataFrame:
    asked = rules[[key, *attributes]].rename(columns={name: f"{name}_asked" for name in attributes})
    pairs = asked.merge(things, how="cross")
    for name in attributes:
        wanted = pairs[f"{name}_asked"]
        pairs = pairs[wanted.isna() | (wanted == pairs[name])]
    return pairs


def node_number(labels: pd.Series[Any], nodes: pd.DataFrame) -> pd.Series[float]:
    """Number of the period each label names; -1 before the horizon, the number of periods after it, NaN for a blank.

    Labels of periods sort as text does: 2027-01 before 2027-02, 2027Q1 before 2027Q2.
    """
    order = nodes.drop_duplicates("index").sort_values("index")["period"].to_list()
    known = {label: float(at) for at, label in enumerate(order)}

    def number(label: Any) -> float:
        if pd.isna(label):
            return float("nan")
        return known.get(label, -1.0 if label < order[0] else float(len(order)))

    return labels.map(number).astype(float)


def spanned_nodes(rules: pd.DataFrame, key: str, nodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a rule and a node inside its span: ``key``, node; blank ends are the horizon's."""
    first = node_number(rules["from_period"], nodes).fillna(0)
    last = node_number(rules["to_period"], nodes).fillna(int(nodes["index"].max()))
    pairs = rules[[key]].assign(first=first, last=last).merge(nodes[["node", "index"]], how="cross")
    inside = (pairs["index"] >= pairs["first"]) & (pairs["index"] <= pairs["last"])
    return pairs.loc[inside, [key, "node"]]


def branched(nodes: pd.DataFrame) -> bool:
    """Whether the nodes are a tree of more than one path."""
    return bool(nodes["index"].duplicated().any())


def path_spans(rules: pd.DataFrame, key: str, nodes: pd.DataFrame) -> pd.DataFrame:
    """Nodes of rules that add up over their span, path by path: ``key``, node, and ``path`` where paths branch.

    A path is named by its last node inside the span; paths that are the same there are one.
    """
    spans = spanned_nodes(rules, key, nodes)
    if not branched(nodes):
        return spans
    number = nodes.set_index("node")["index"]
    parts = []
    for path in paths_of(nodes):
        part = spans[spans["node"].isin(path)]
        ends = part.assign(at=part["node"].map(number)).sort_values("at").groupby(key)["node"].last()
        parts.append(part.assign(path=part[key].map(ends)))
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def span_keys(rules: pd.DataFrame, key: str, spans: pd.DataFrame) -> pd.DataFrame:
    """One row per rule and path of its span, the rules' own columns beside; a rule with an empty span keeps one row."""
    if "path" not in spans.columns:
        return rules
    ends = spans[[key, "path"]].drop_duplicates()
    return rules.merge(ends, on=key, how="left").fillna({"path": ""})
