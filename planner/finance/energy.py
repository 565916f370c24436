"""Price of energy by site, node, slice and origin of the card."""

from __future__ import annotations

from itertools import product

import pandas as pd

ANY = "*"


def energy_tariffs(
    sites: pd.DataFrame, tariffs: pd.DataFrame, nodes: pd.DataFrame, slices: pd.DataFrame
) -> pd.DataFrame:
    """Tariff of every site, node, slice and origin: the most specific row wins, then the site's own.

    A row that names the period goes before one that does not, then one that names the slice, then the origin.

    Parameters
    ----------
    sites : site, tariff_per_kwh [case currency per kWh]
    tariffs : site, period or ``*``, origin or ``*``, slice or ``*``, tariff_per_kwh
    nodes : node, period
    slices : slice

    Returns
    -------
    site, node, slice, origin, tariff_per_kwh
    """
    origins = pd.DataFrame({"origin": ["domestic", "imported"]})
    grid = sites[["site"]].merge(nodes[["node", "period"]], how="cross")
    grid = grid.merge(slices[["slice"]], how="cross").merge(origins, how="cross")
    grid["tariff_per_kwh"] = float("nan")
    names = ("period", "slice", "origin")
    for named in product((True, False), repeat=len(names)):
        keys = [name for name, own in zip(names, named, strict=True) if own]
        rows = tariffs
        for name, own in zip(names, named, strict=True):
            rows = rows.loc[rows[name].isin([ANY]).to_numpy() != own]
        if len(rows):
            level = rows[["site", *keys, "tariff_per_kwh"]]
            found = grid[["site", *keys]].merge(level, on=["site", *keys], how="left")["tariff_per_kwh"]
            grid["tariff_per_kwh"] = grid["tariff_per_kwh"].fillna(found)
    of_site = grid["site"].map(sites.set_index("site")["tariff_per_kwh"])
    grid["tariff_per_kwh"] = grid["tariff_per_kwh"].fillna(of_site)
    return grid[["site", "node", "slice", "origin", "tariff_per_kwh"]]
