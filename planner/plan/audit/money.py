"""Every cost term again, period by period, straight from the formulas."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from planner.joins import matched
from planner.plan.audit.compare import compared_numbers
from planner.plan.audit.facts import Facts
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import MONEY
from planner.units import MONTHS_PER_YEAR, TOKENS_PER_MTOK

Paid = dict[tuple[str, str], float]


def costs_again(facts: Facts, orders: pd.DataFrame, service: pd.DataFrame) -> pd.DataFrame:
    """Money by term and node: term, node, amount, discounted [case currency]; zero rows are left out.

    Terms are discounted with the period in which they fall due, the residual value with the end of the horizon.
    """
    paid: Paid = defaultdict(float)
    _orders_money(facts, orders, paid)
    _fleet_maintenance(facts, paid)
    _hosting_and_energy(facts, service, paid)
    _unmet(facts, paid)
    rows = []
    for (term, node), amount in sorted(paid.items()):
        at = len(facts.nodes) if term == "residual" else facts.number[node]
        if amount != 0:
            rows.append((term, node, amount, amount * facts.discount(at)))
    table = pd.DataFrame(rows, columns=["term", "node", "amount", "discounted"])
    return table.astype({"amount": float, "discounted": float})


def _orders_money(facts: Facts, orders: pd.DataFrame, paid: Paid) -> None:
    """purchase, freight_duty, vat with the order; maintenance in every period in service; residual at the end."""
    horizon = len(facts.nodes)
    for order in orders.to_dict("records"):
        offer = facts.offer(order["offer"])
        cards, node = order["cards"], order["ordered"]
        paid["purchase", node] += order["price_per_card"] * cards
        paid["freight_duty", node] += order["freight_duty_per_card"] * cards
        paid["vat", node] += order["vat_per_card"] * cards
        yearly = order["landed"] * float(offer["maintenance_share_per_year"])
        for serving in facts.nodes[order["start"] : order["stop"]]:
            paid["maintenance", serving] += yearly * facts.months / MONTHS_PER_YEAR
        age_months = (horizon - order["start"]) * facts.months
        left = max(0.0, 1.0 - age_months / float(offer["life_months"])) if age_months > 0 else 0.0
        paid["residual", facts.nodes[-1]] -= order["landed"] * float(offer["residual_share"]) * left


def _fleet_maintenance(facts: Facts, paid: Paid) -> None:
    """maintenance_per_card_month * cards * months of each batch of the opening fleet before it retires."""
    for batch in facts.given["fleet"].to_dict("records"):
        for node in facts.nodes[: facts.in_service_until(batch["retires"])]:
            paid["maintenance", node] += batch["maintenance_per_card_month"] * batch["cards"] * facts.months


def _hosting_and_energy(facts: Facts, service: pd.DataFrame, paid: Paid) -> None:
    """hosting = installed * power * price * months; energy = busy and idle cards * power * pue * hours * tariff.

    ::

        energy cards = installed * idle + sum load / rate * mean_to_peak * cards_per_replica * (1 - idle)
    """
    idle = facts.setting("idle_power_share")
    key = ["accelerator", "site", "node"]
    busy = facts.work["replicas_needed"] * facts.work["mean_to_peak"] * facts.work["cards_per_replica"]
    use = facts.work.assign(busy_cards=busy).groupby(key, as_index=False)[["busy_cards"]].sum()
    table = service[[*key, "installed_cards"]].merge(use, on=key, how="outer")
    table = table.fillna({"installed_cards": 0.0, "busy_cards": 0.0})
    table = table.pipe(matched, facts.given["cards"][["accelerator", "origin", "power_kw"]], on="accelerator")
    table = table.merge(facts.given["sites"], on="site", suffixes=("", "_site"))
    tariffs = _tariffs(facts)
    for row in table.to_dict("records"):
        it_kw = row["installed_cards"] * row["power_kw"]
        paid["hosting", row["node"]] += it_kw * row["hosting_per_kw_month"] * facts.months
        drawing = row["installed_cards"] * idle + row["busy_cards"] * (1.0 - idle)
        tariff = _tariff(tariffs, row["site"], row["node"], row["origin"], row["tariff_per_kwh"])
        paid["energy", row["node"]] += drawing * row["power_kw"] * row["pue"] * facts.hours * tariff


def _tariffs(facts: Facts) -> dict[tuple[str, str, str], float]:
    rows = facts.given["tariffs"][["site", "period", "origin", "tariff_per_kwh"]]
    return {
        (site, period, origin): float(price) for site, period, origin, price in rows.itertuples(index=False)
    }


def _tariff(
    tariffs: dict[tuple[str, str, str], float], site: str, node: str, origin: str, general: float
) -> float:
    """The most specific price of energy: period and origin, period, origin, any; else the site's own."""
    for period, cards in ((node, origin), (node, "*"), ("*", origin), ("*", "*")):
        if (site, period, cards) in tariffs:
            return tariffs[site, period, cards]
    return general


def _unmet(facts: Facts, paid: Paid) -> None:
    """unmet * mean_to_peak * seconds * tokens / 1e6 * penalty per million tokens."""
    table = facts.result["unmet"].pipe(matched, facts.tokens, on=["workload", "bucket"])
    table = table.pipe(matched, facts.demand, on=["workload", "node"])
    table = table.pipe(
        matched, facts.given["workloads"][["workload", "unmet_penalty_per_mtok"]], on="workload"
    )
    requests = table["requests_per_s"] * table["mean_to_peak"] * facts.seconds
    money = requests * table["tokens_per_request"] / TOKENS_PER_MTOK * table["unmet_penalty_per_mtok"]
    for node, amount in money.groupby(table["node"]).sum().items():
        paid["unmet", str(node)] += float(amount)


def costs_table(facts: Facts, again: pd.DataFrame) -> list[Checked]:
    """Rule ``costs_table``: every term and period of the costs table, as it falls due and discounted."""
    rule = Rule("costs_table", "=", facts.setting_text("currency"), MONEY)
    return compared_numbers(rule, facts.result["costs"], again, ["term", "node"], ["amount", "discounted"])


def total_cost(facts: Facts, again: pd.DataFrame, claimed: float) -> list[Checked]:
    """Rule ``total_cost``: the cost claimed, and the sum of the costs table, are the cost evaluated again."""
    cost = float(again["discounted"].sum())
    table = float(facts.result["costs"]["discounted"].sum())
    rule = Rule("total_cost", "=", facts.setting_text("currency"), MONEY)
    return [listed_rows(rule, [("claimed", claimed, cost), ("costs table", table, cost)])]


def bound_below_cost(facts: Facts, again: pd.DataFrame, bound: float | None) -> list[Checked]:
    """Rule ``bound``: what no plan costs less than is not above what this one costs."""
    rule = Rule("bound", "<=", facts.setting_text("currency"), MONEY)
    return [listed_rows(rule, [] if bound is None else [("", bound, float(again["discounted"].sum()))])]
