"""Every cost term again, period by period, straight from the formulas."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pandas as pd

from planner.joins import matched
from planner.plan.audit.buying import token_paid
from planner.plan.audit.compare import by_key, compared_numbers
from planner.plan.audit.facts import Facts
from planner.plan.audit.ledger import arrivals, serving_nodes
from planner.plan.audit.levers import levers_money
from planner.plan.audit.renting import cards_by_hour, rent_paid, unused_rent
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import MONEY
from planner.units import MONTHS_PER_YEAR, SECONDS_PER_HOUR, TOKENS_PER_MTOK

Paid = dict[tuple[str, str], float]
BusyCards = dict[tuple[str, str, str, str], float]


def costs_again(facts: Facts, orders: pd.DataFrame, service: pd.DataFrame) -> pd.DataFrame:
    """Money by term and node: term, node, amount, discounted [case currency]; zero rows are left out.

    Terms are discounted with the period in which they fall due, the residual value with the end of the horizon.
    """
    paid: Paid = defaultdict(float)
    _orders_money(facts, orders, paid)
    _fleet_maintenance(facts, paid)
    _hosting_and_energy(facts, service, paid)
    _unmet(facts, paid)
    for key, amount in levers_money(facts).items():
        paid[key] += amount
    for _, node, amount in rent_paid(facts):
        paid["rental", node] += amount
    for term, _, node, amount in token_paid(facts):
        paid[term, node] += amount
    for node, amount in unused_rent(facts):
        paid["residual", node] -= amount
    rows = []
    for (term, node), amount in sorted(paid.items()):
        at = facts.horizon if term == "residual" else facts.number[node]
        if amount != 0:
            rows.append((term, node, amount, amount * facts.probability[node] * facts.discount(at)))
    rows += _risk_premium(facts, rows)
    table = pd.DataFrame(rows, columns=["term", "node", "amount", "discounted"])
    return table.astype({"amount": float, "discounted": float})


REGRET_TIE = 1e-3  # docs/formulation.md: weight of the expected cost beside the largest regret


def _risk_premium(
    facts: Facts, rows: list[tuple[str, str, float, float]]
) -> list[tuple[str, str, float, float]]:
    """risk_premium: the objective less the expected cost, where there are scenarios and the objective looks at them.

    ::

        cvar     (1 - weight) * expected + weight * mean cost of the worst (1 - quantile) of paths
        regret   largest (cost of a path - its best) + a thousandth of the expected cost
    """
    objective = facts.setting_text("objective")
    weight = facts.setting("risk_weight")
    if objective == "expected" or len(facts.paths) == 1 or (objective == "cvar" and weight == 0.0):
        return []
    worth: dict[str, float] = defaultdict(float)
    for _, node, _, discounted in rows:
        worth[node] += discounted / facts.probability[node]
    cost = {path[-1]: sum(worth[node] for node in path) for path in facts.paths}
    expected = sum(row[3] for row in rows)
    if objective == "regret":
        best = dict(facts.given["best"][["path", "cost"]].itertuples(index=False, name=None))
        goal = max(cost[end] - best.get(end, float("nan")) for end in cost) + REGRET_TIE * expected
    else:
        goal = (1.0 - weight) * expected + weight * _worst_mean(facts, cost)
    return [("risk_premium", facts.nodes[0], goal - expected, goal - expected)]


def _worst_mean(facts: Facts, cost: dict[str, float]) -> float:
    """Mean over the worst paths that have 1 - quantile of the probability; the last one counts in part."""
    left = share = 1.0 - facts.setting("risk_quantile")
    total = 0.0
    for end in sorted(cost, key=lambda end: -cost[end]):
        part = min(left, facts.probability[end])
        total += part * cost[end]
        left -= part
    return total / share


def _orders_money(facts: Facts, orders: pd.DataFrame, paid: Paid) -> None:
    """purchase, freight_duty, vat with the order; maintenance in every period in service; residual at the end."""
    for order in orders.to_dict("records"):
        offer = facts.offer(order["offer"])
        cards, node = order["cards"], order["ordered"]
        paid["purchase", node] += order["price_per_card"] * cards
        paid["freight_duty", node] += order["freight_duty_per_card"] * cards
        paid["vat", node] += order["vat_per_card"] * cards
        yearly = order["landed"] * float(offer["maintenance_share_per_year"])
        for serving in serving_nodes(facts, order):
            paid["maintenance", serving] += yearly * facts.months / MONTHS_PER_YEAR
        for path, start in arrivals(facts, order):
            age_months = (facts.horizon - start) * facts.months
            left = max(0.0, 1.0 - age_months / float(offer["life_months"])) if age_months > 0 else 0.0
            paid["residual", path[-1]] -= order["landed"] * float(offer["residual_share"]) * left


def _fleet_maintenance(facts: Facts, paid: Paid) -> None:
    """maintenance_per_card_month * cards * months of each batch of the opening fleet before it retires."""
    for batch in facts.given["fleet"].to_dict("records"):
        last = facts.in_service_until(batch["retires"])
        for node in (node for node in facts.nodes if facts.number[node] < last):
            paid["maintenance", node] += batch["maintenance_per_card_month"] * batch["cards"] * facts.months


def _hosting_and_energy(facts: Facts, service: pd.DataFrame, paid: Paid) -> None:
    """hosting = installed * power * price * months; energy = busy and idle cards * power * pue * hours * tariff.

    Cards by the hour pay hosting for their share of the period.

    ::

        energy cards of a slice = (installed + hourly) * idle
                                  + sum load / rate * mean_to_peak * cards_per_replica * (1 - idle)
    """
    idle = facts.setting("idle_power_share")
    busy: BusyCards = defaultdict(float)
    names = ["accelerator", "site", "node", "slice", "replicas_needed", "mean_to_peak", "cards_per_replica"]
    for card, site, node, part, replicas, ratio, cards in facts.work[names].itertuples(index=False):
        busy[card, site, node, part] += replicas * ratio * cards
    standing = by_key(service, ["accelerator", "site", "node"], ["installed_cards"])
    kinds = by_key(facts.given["cards"], ["accelerator"], ["origin", "power_kw"])
    by_hour = cards_by_hour(facts)
    sites = {row["site"]: row for row in facts.given["sites"].to_dict("records")}
    tariffs = _tariffs(facts)
    places = {*standing, *((key[0], key[1], key[2]) for key in (*busy, *by_hour))}
    for card, site, node in sorted(place for place in places if place[1] in sites):
        installed = standing.get((card, site, node), (0.0,))[0]
        (origin, power_kw), place = kinds[card,], sites[site]
        paid["hosting", node] += installed * power_kw * place["hosting_per_kw_month"] * facts.months
        for part, row in facts.slices.items():
            rented = by_hour.get((card, site, node, part), 0.0)
            month = rented * row["share"] * power_kw * place["hosting_per_kw_month"]
            paid["hosting", node] += month * facts.months
            drawing = (installed + rented) * idle + busy[card, site, node, part] * (1.0 - idle)
            key = (site, facts.period[node], part, origin)
            tariff = _tariff(tariffs, key, place["tariff_per_kwh"])
            paid["energy", node] += drawing * power_kw * place["pue"] * row["hours"] * tariff


def _tariffs(facts: Facts) -> dict[tuple[str, str, str, str], float]:
    rows = facts.given["tariffs"][["site", "period", "slice", "origin", "tariff_per_kwh"]]
    return {
        (site, period, part, origin): price
        for site, period, part, origin, price in rows.itertuples(index=False)
    }


def _tariff(
    tariffs: dict[tuple[str, str, str, str], float], key: tuple[str, str, str, str], general: float
) -> float:
    """The most specific price of energy: one for the period goes first, then for the slice, then for the origin."""
    site, *own = key
    for stars in product((False, True), repeat=3):
        named = tuple("*" if star else name for star, name in zip(stars, own, strict=True))
        if (site, *named) in tariffs:
            return tariffs[site, named[0], named[1], named[2]]
    return general


def _unmet(facts: Facts, paid: Paid) -> None:
    """unmet * mean_to_peak * seconds * tokens / 1e6 * penalty per million tokens."""
    table = facts.result["unmet"].pipe(matched, facts.tokens, on=["workload", "bucket"])
    table = table.pipe(matched, facts.demand, on=["workload", "node", "slice"])
    table = table.pipe(
        matched, facts.given["workloads"][["workload", "unmet_penalty_per_mtok"]], on="workload"
    )
    seconds = facts.of_slice(table["slice"], "hours") * SECONDS_PER_HOUR
    requests = table["requests_per_s"] * table["mean_to_peak"] * seconds
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
