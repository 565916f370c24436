"""What sites and budgets allow."""

from __future__ import annotations

import math
from collections import defaultdict

import pandas as pd

from planner.plan.audit.compare import by_key
from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import MONEY, RATE

OPEX = ("maintenance", "hosting", "energy", "rental", "token_api", "token_package")


def power_and_racks(facts: Facts, service: pd.DataFrame) -> list[Checked]:
    """Rules ``power_limit`` and ``rack_limit``, for every site with such a limit and every period.

    ::

        power_limit   sum_a installed * power_kw[a] * pue[s]      <= power_kw[s]
        rack_limit    sum_a installed * power_kw[a] / rack_kw[s]  <= racks[s]
    """
    power_kw = by_key(facts.given["cards"], ["accelerator"], ["power_kw"])
    it_kw: dict[tuple[str, str], float] = defaultdict(float)
    names = ["accelerator", "site", "node", "installed_cards"]
    for card, site, node, cards in service[names].itertuples(index=False):
        it_kw[site, node] += cards * power_kw[(card,)][0]
    power, racks = [], []
    for site in facts.given["sites"].to_dict("records"):
        for node in facts.nodes:
            here, key = it_kw[site["site"], node], f"{site['site']},{node}"
            if not math.isnan(site["power_kw"]):
                power.append((key, here * site["pue"], site["power_kw"]))
            if not math.isnan(site["racks"]):
                racks.append((key, here / site["rack_kw"], site["racks"]))
    limits = [listed_rows(Rule("power_limit", "<=", "kW", RATE), power)]
    return [*limits, listed_rows(Rule("rack_limit", "<=", "racks", RATE), racks)]


def budget_limit(facts: Facts, orders: pd.DataFrame, costs: pd.DataFrame) -> list[Checked]:
    """Rule ``budget_limit``: money of the span <= amount, not discounted.

    capex: landed money of the orders placed; opex: maintenance, hosting, energy, rent and tokens.
    """
    rows = []
    for budget in facts.given["budgets"].to_dict("records"):
        for label, nodes in facts.path_spans(budget["from_period"], budget["to_period"]):
            if budget["kind"] == "capex":
                spent = orders.loc[orders["ordered"].isin(nodes), "landed"].sum()
            else:
                spent = costs.loc[costs["term"].isin(OPEX) & costs["node"].isin(nodes), "amount"].sum()
            rows.append((",".join([budget["budget"], *label]), float(spent), float(budget["amount"])))
    return [listed_rows(Rule("budget_limit", "<=", facts.setting_text("currency"), MONEY), rows)]
