"""From an order to the nodes in which its cards serve."""

from __future__ import annotations

import math

import pandas as pd

from planner.joins import matched
from planner.optimization.paths import paths_of
from planner.optimization.selectors import node_number

ORDER = ["offer", "ordered"]


def delivery_table(
    offers: pd.DataFrame, nodes: pd.DataFrame, months: int, delays: pd.DataFrame | None = None
) -> pd.DataFrame:
    """When an order of each node enters and leaves service, on every path; orders that arrive beyond it are left out.

    Formula::

        lead  = ceil(lead_time_months / months)            periods between order and entry into service
        life  = max(1, floor(life_months / months))        periods in service

    Parameters
    ----------
    delays : offer, node, months: what is due in the node comes so many months later; none without scenarios

    Returns
    -------
    offer, ordered, path (its last node), in_service (node), in_service_index, leaves_index

    Examples
    --------
    Lead time 2.5 months and monthly periods: an order of January serves from April.
    """
    later = (
        {} if delays is None else {(o, n): m for o, n, m in delays[["offer", "node", "months"]].to_numpy()}
    )
    spans = [
        (offer, math.ceil(lead / months - 1e-9), max(1, math.floor(life / months + 1e-9)))
        for offer, lead, life in offers[["offer", "lead_time_months", "life_months"]].to_numpy()
    ]
    rows = []
    for path in paths_of(nodes):
        for offer, lead, life in spans:
            for at, ordered in enumerate(path[: max(0, len(path) - lead)]):
                late = math.ceil(later.get((offer, path[at + lead]), 0.0) / months - 1e-9)
                start = at + lead + late
                if start < len(path):
                    rows.append((offer, ordered, path[-1], path[start], start, start + life))
    names = [*ORDER, "path", "in_service", "in_service_index", "leaves_index"]
    return pd.DataFrame(rows, columns=names).astype({"in_service_index": int, "leaves_index": int})


def service_table(deliveries: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Every node in which an order serves: offer, ordered, node."""
    steps = _path_nodes(nodes)
    spans = deliveries[[*ORDER, "path", "in_service_index", "leaves_index"]].merge(steps, on="path")
    inside = (spans["index"] >= spans["in_service_index"]) & (spans["index"] < spans["leaves_index"])
    return spans.loc[inside, [*ORDER, "node"]].drop_duplicates(ignore_index=True)


def arrivals_and_departures(
    deliveries: pd.DataFrame, nodes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Nodes in which orders enter service, and nodes after the end of their life: offer, ordered, node each."""
    entering = deliveries[[*ORDER, "in_service"]].rename(columns={"in_service": "node"})
    ends = _path_nodes(nodes).rename(columns={"index": "leaves_index"})
    leaving = deliveries[[*ORDER, "path", "leaves_index"]].merge(ends, on=["path", "leaves_index"])
    return (
        entering.drop_duplicates(ignore_index=True),
        leaving[[*ORDER, "node"]].drop_duplicates(ignore_index=True),
    )


def _path_nodes(nodes: pd.DataFrame) -> pd.DataFrame:
    """path (its last node), node, index: every node of every path."""
    rows = [(path[-1], node, at) for path in paths_of(nodes) for at, node in enumerate(path)]
    return pd.DataFrame(rows, columns=["path", "node", "index"])


def fleet_ledger(fleet: pd.DataFrame, arrivals: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Keys where cards can stand, with the opening fleet there and the change it makes.

    Parameters
    ----------
    fleet : accelerator, site, cards, retires (period, or None)
    arrivals : accelerator, site, in_service_index: earliest entry into service of anything that can be had

    Returns
    -------
    accelerator, site, node, net_opening_cards, opening_cards: cards on hand in the first node, minus those retired in
    later ones, and what is left of them. A key before the first possible card is left out; from the first card on
    every node is there.
    """
    here = fleet.assign(retires=node_number(fleet["retires"], nodes))
    here = here[~(here["retires"] <= 0)]  # a batch that retires by the first node was never there
    last = int(nodes["index"].max())
    opening = here[["accelerator", "site", "cards"]].assign(index=0)
    retiring = here[here["retires"] <= last]
    leaving = retiring[["accelerator", "site", "cards"]].assign(index=retiring["retires"])
    leaving["cards"] = -leaving["cards"]
    changes = pd.concat([opening, leaving], ignore_index=True).astype({"index": int})
    changes = changes.groupby(["accelerator", "site", "index"], as_index=False)[["cards"]].sum()

    first = pd.concat(
        [arrivals.rename(columns={"in_service_index": "first"}), opening.rename(columns={"index": "first"})]
    )
    first = first.groupby(["accelerator", "site"], as_index=False)[["first"]].min()
    steps = pd.DataFrame({"index": sorted(set(nodes["index"]))})
    grid = first.merge(steps, how="cross")
    grid = grid[grid["index"] >= grid["first"]]
    ledger = grid.pipe(matched, changes, on=["accelerator", "site", "index"], how="left")
    ledger["net_opening_cards"] = ledger["cards"].fillna(0.0)
    ledger = ledger.sort_values(["accelerator", "site", "index"], ignore_index=True)
    ledger["opening_cards"] = ledger.groupby(["accelerator", "site"])["net_opening_cards"].cumsum()
    ledger = ledger.merge(nodes[["node", "index"]], on="index")
    columns = ["accelerator", "site", "node", "net_opening_cards", "opening_cards"]
    return ledger.sort_values(["accelerator", "site", "index", "node"], ignore_index=True)[columns]
