"""Which offers, cards and nodes a row of a rule means."""

from __future__ import annotations

from typing import Any

import pandas as pd

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
    """Number of the node each label names; -1 before the horizon, the number of nodes after it, NaN for a blank.

    Labels of periods sort as text does: 2027-01 before 2027-02, 2027Q1 before 2027Q2.
    """
    order = nodes.sort_values("index")["node"].to_list()
    known = {label: float(at) for at, label in enumerate(order)}

    def number(label: Any) -> float:
        if pd.isna(label):
            return float("nan")
        return known.get(label, -1.0 if label < order[0] else float(len(order)))

    return labels.map(number).astype(float)


def spanned_nodes(rules: pd.DataFrame, key: str, nodes: pd.DataFrame) -> pd.DataFrame:
    """Every pair of a rule and a node inside its span: ``key``, node; blank ends are the horizon's."""
    first = node_number(rules["from_period"], nodes).fillna(0)
    last = node_number(rules["to_period"], nodes).fillna(len(nodes) - 1)
    pairs = rules[[key]].assign(first=first, last=last).merge(nodes[["node", "index"]], how="cross")
    inside = (pairs["index"] >= pairs["first"]) & (pairs["index"] <= pairs["last"])
    return pairs.loc[inside, [key, "node"]]
