"""From an order to the nodes in which its cards serve."""

from __future__ import annotations

import math

import pandas as pd

from planner.joins import matched
from planner.optimization.selectors import node_number


def delivery_table(offers: pd.DataFrame, nodes: pd.DataFrame, months: int) -> pd.DataFrame:
    """When an order of each node enters and leaves service; orders that arrive beyond the horizon are left out.

    Formula::

        lead  = ceil(lead_time_months / months)            periods between order and entry into service
        life  = max(1, floor(life_months / months))        periods in service

    Returns
    -------
    offer, ordered, in_service, in_service_index, leaves (first node without it, None beyond the horizon)

    Examples
    --------
    Lead time 2.5 months and monthly periods: an order of January serves from April.
    """
    label = dict(zip(nodes["index"], nodes["node"], strict=True))
    rows = []
    for offer, lead_months, life_months in offers[["offer", "lead_time_months", "life_months"]].to_numpy():
        lead = math.ceil(lead_months / months - 1e-9)
        life = max(1, math.floor(life_months / months + 1e-9))
        for index, node in label.items():
            start = index + lead
            if start in label:
                rows.append((offer, node, label[start], start, label.get(start + life)))
    names = ["offer", "ordered", "in_service", "in_service_index", "leaves"]
    table = pd.DataFrame(rows, columns=names)
    return table.astype({"leaves": object, "in_service_index": int})


def service_table(deliveries: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Every node in which an order serves: offer, ordered, node."""
    number = nodes.set_index("node")["index"]
    ends = deliveries["leaves"].map(number).fillna(len(nodes))
    spans = deliveries[["offer", "ordered", "in_service_index"]].assign(end=ends)
    pairs = spans.merge(nodes[["node", "index"]], how="cross")
    inside = (pairs["index"] >= pairs["in_service_index"]) & (pairs["index"] < pairs["end"])
    return pairs.loc[inside, ["offer", "ordered", "node"]].reset_index(drop=True)


def fleet_ledger(fleet: pd.DataFrame, arrivals: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Keys where cards can stand, with the change the opening fleet makes there.

    Parameters
    ----------
    fleet : accelerator, site, cards, retires (node, or None)
    arrivals : accelerator, site, in_service_index: earliest entry into service of anything that can be ordered

    Returns
    -------
    accelerator, site, node, net_opening_cards: cards on hand in the first node, minus those retired in later ones.
    A key before the first possible card is left out; from the first card on every node is there.
    """
    here = fleet.assign(retires=node_number(fleet["retires"], nodes))
    here = here[~(here["retires"] <= 0)]  # a batch that retires by the first node was never there
    opening = here[["accelerator", "site", "cards"]].assign(index=0)
    retiring = here[here["retires"] < len(nodes)]
    leaving = retiring[["accelerator", "site", "cards"]].assign(index=retiring["retires"])
    leaving["cards"] = -leaving["cards"]
    changes = pd.concat([opening, leaving], ignore_index=True).astype({"index": int})
    changes = changes.groupby(["accelerator", "site", "index"], as_index=False)[["cards"]].sum()

    first = pd.concat(
        [arrivals.rename(columns={"in_service_index": "first"}), opening.rename(columns={"index": "first"})]
    )
    first = first.groupby(["accelerator", "site"], as_index=False)[["first"]].min()
    grid = first.merge(nodes[["node", "index"]], how="cross")
    grid = grid[grid["index"] >= grid["first"]]
    ledger = grid.pipe(matched, changes, on=["accelerator", "site", "index"], how="left")
    ledger["net_opening_cards"] = ledger["cards"].fillna(0.0)
    key = ["accelerator", "site", "node"]
    return ledger.sort_values(["accelerator", "site", "index"], ignore_index=True)[
        [*key, "net_opening_cards"]
    ]
