"""Price of energy by site, node and origin of the card."""

from __future__ import annotations

import pandas as pd


def energy_tariffs(sites: pd.DataFrame, tariffs: pd.DataFrame, nodes: pd.DataFrame) -> pd.DataFrame:
    """Tariff of every site, node and origin: the most specific row wins, then the site's own.

    Order of precedence: (period, origin), (period, any origin), (any period, origin), (any, any), the site.

    Parameters
    ----------
    sites : site, tariff_per_kwh [case currency per kWh]
    tariffs : site, period or ``*``, origin or ``*``, tariff_per_kwh
    nodes : node

    Returns
    -------
    site, node, origin, tariff_per_kwh
    """
    origins = pd.DataFrame({"origin": ["domestic", "imported"]})
    grid = sites[["site"]].merge(nodes[["node"]], how="cross").merge(origins, how="cross")
    rows = tariffs.rename(columns={"period": "node"})[["site", "node", "origin", "tariff_per_kwh"]]
    found = grid.assign(tariff_per_kwh=float("nan"))
    any_node, any_origin = rows["node"] == "*", rows["origin"] == "*"
    ranked = (
        rows[~any_node & ~any_origin],
        rows[~any_node & any_origin].drop(columns="origin"),
        rows[any_node & ~any_origin].drop(columns="node"),
        rows[any_node & any_origin].drop(columns=["node", "origin"]),
        sites[["site", "tariff_per_kwh"]],
    )
    for level in ranked:
        keys = [column for column in level.columns if column != "tariff_per_kwh"]
        looked_up = grid.merge(level, on=keys, how="left")["tariff_per_kwh"]
        found["tariff_per_kwh"] = found["tariff_per_kwh"].fillna(looked_up)
    return found
