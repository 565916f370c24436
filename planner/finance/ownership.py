"""What an order costs after it is placed: maintenance while it serves, less what is left at the end."""

from __future__ import annotations

import pandas as pd

from planner.units import MONTHS_PER_YEAR


def maintenance_money(
    service: pd.DataFrame, landed: pd.DataFrame, offers: pd.DataFrame, months: int
) -> pd.DataFrame:
    """Maintenance per card of an order, in every node it serves.

    Formula: ``landed * maintenance_share_per_year * months / 12``.

    Parameters
    ----------
    service : offer, ordered, node: the nodes in which an order of node ``ordered`` serves
    landed : offer, node (of the order), landed [case currency per card]
    offers : offer, maintenance_share_per_year
    months : length of a period [months]

    Returns
    -------
    offer, ordered, node, amount [case currency per card]
    """
    table = service.merge(landed.rename(columns={"node": "ordered"})[["offer", "ordered", "landed"]])
    table = table.merge(offers[["offer", "maintenance_share_per_year"]])
    share = table["maintenance_share_per_year"] * months / MONTHS_PER_YEAR
    return table[["offer", "ordered", "node"]].assign(amount=table["landed"] * share)


def residual_money(
    deliveries: pd.DataFrame, landed: pd.DataFrame, offers: pd.DataFrame, months: int, periods: int
) -> pd.DataFrame:
    """Book value left at the end of each path per card of an order, as a positive amount.

    Formula, straight line over the service life::

        landed * residual_share * max(0, 1 - age_months / life_months)

    where the age runs from entry into service to the end of the horizon.

    Parameters
    ----------
    deliveries : offer, ordered, path, in_service_index (number of the period of entry into service)
    landed : offer, node (of the order), landed [case currency per card]
    offers : offer, life_months, residual_share

    Returns
    -------
    offer, ordered, node (the end of the path), amount [case currency per card]
    """
    table = deliveries.merge(landed.rename(columns={"node": "ordered"})[["offer", "ordered", "landed"]])
    table = table.merge(offers[["offer", "life_months", "residual_share"]])
    age_months = (periods - table["in_service_index"]) * months
    left = (1.0 - age_months / table["life_months"]).clip(lower=0.0)
    named = table[["offer", "ordered", "path"]].rename(columns={"path": "node"})
    return named.assign(amount=table["landed"] * table["residual_share"] * left)
