"""What sites and budgets allow."""

from __future__ import annotations

import pandas as pd

from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, key_text, listed_rows, rule_rows
from planner.plan.audit.tolerances import MONEY, RATE

OPEX = ("maintenance", "hosting", "energy")


def power_limit(facts: Facts, service: pd.DataFrame) -> list[Checked]:
    """Rule ``power_limit``: sum_a installed * power_kw[a] * pue[s] <= power_kw[s], for every site with a limit."""
    table = _powered(facts, service)
    rule = Rule("power_limit", "<=", "kW", RATE)
    return _site_rows(facts, rule, table.assign(used=table["it_kw"] * table["pue"]), "power_kw")


def rack_limit(facts: Facts, service: pd.DataFrame) -> list[Checked]:
    """Rule ``rack_limit``: sum_a installed * power_kw[a] / rack_kw[s] <= racks[s], for every site with a limit."""
    table = _powered(facts, service)
    rule = Rule("rack_limit", "<=", "racks", RATE)
    return _site_rows(facts, rule, table.assign(used=table["it_kw"] / table["rack_kw"]), "racks")


def budget_limit(facts: Facts, orders: pd.DataFrame, costs: pd.DataFrame) -> list[Checked]:
    """Rule ``budget_limit``: money of the span <= amount, not discounted.

    capex: landed money of the orders placed; opex: maintenance, hosting and energy.
    """
    rows = []
    for budget in facts.given["budgets"].to_dict("records"):
        nodes = facts.span(budget["from_period"], budget["to_period"])
        if budget["kind"] == "capex":
            spent = orders.loc[orders["ordered"].isin(nodes), "landed"].sum()
        else:
            spent = costs.loc[costs["term"].isin(OPEX) & costs["node"].isin(nodes), "amount"].sum()
        rows.append((budget["budget"], float(spent), float(budget["amount"])))
    return [listed_rows(Rule("budget_limit", "<=", facts.setting_text("currency"), MONEY), rows)]


def _powered(facts: Facts, service: pd.DataFrame) -> pd.DataFrame:
    cards = facts.given["cards"][["accelerator", "power_kw"]]
    sites = facts.given["sites"][["site", "pue", "rack_kw"]]
    table = service.merge(cards, on="accelerator").merge(sites, on="site")
    return table.assign(it_kw=table["installed_cards"] * table["power_kw"])


def _site_rows(facts: Facts, rule: Rule, table: pd.DataFrame, column: str) -> list[Checked]:
    limited = facts.given["sites"][["site", column]]
    limited = limited[limited[column].notna()].merge(facts.given["periods"][["node"]], how="cross")
    used = table.groupby(["site", "node"], as_index=False)[["used"]].sum()
    both = limited.merge(used, on=["site", "node"], how="left").fillna({"used": 0.0})
    return [rule_rows(rule, key_text(both, ["site", "node"]), both["used"], both[column])]
