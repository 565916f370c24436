"""Over which sites and cards a running term of a period is shared out.

A run gives such terms by period only. They are shared in proportion to a key, so that cost centres can bear them; the
key is a rule of attribution, the sum is exact::

    cards     installed cards
    hosting   installed cards * power_kw * hosting_per_kw_month of the site
    energy    installed cards * power_kw * pue * tariff_per_kwh of the site
    whole     not shared: one line without site and card
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from planner.budget.money import exact
from planner.budget.run_money import rows_of
from planner.plan import Plan


@dataclass(frozen=True)
class Share:
    """A site and card, and its weight; the empty one stands for no site and no card."""

    site: str = ""
    accelerator: str = ""
    origin: str = ""
    vendor: str = ""
    weight: Fraction = Fraction(1)


WHOLE = (Share(),)


def shares_by_node(plan: Plan, spread: str) -> dict[str, list[Share]]:
    """Shares of every node by the key ``spread``; nodes where every weight is 0 are left out."""
    if spread == "whole":
        return {}
    cards = {str(row["accelerator"]): row for row in rows_of(plan.given["cards"])}
    sites = {str(row["site"]): row for row in rows_of(plan.given["sites"])}
    found: dict[str, list[Share]] = {}
    fleet = plan.tables["fleet"].sort_values(["node", "site", "accelerator"])
    for row in rows_of(fleet):
        card, site = cards[str(row["accelerator"])], sites[str(row["site"])]
        weight = exact(row["installed_cards"])
        if spread == "hosting":
            weight *= exact(card["power_kw"]) * exact(site["hosting_per_kw_month"])
        elif spread == "energy":
            weight *= exact(card["power_kw"]) * exact(site["pue"]) * exact(site["tariff_per_kwh"])
        if weight > 0:
            share = Share(
                str(row["site"]), str(row["accelerator"]), str(row["origin"]), str(row["vendor"]), weight
            )
            found.setdefault(str(row["node"]), []).append(share)
    return found
