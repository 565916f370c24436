"""Every rule once, in order: the rows and findings of the audit, and the limits table made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.plan.audit import (
    buying,
    capacity,
    cover,
    failures,
    keys,
    ledger,
    levers,
    limits,
    money,
    policy,
    pools,
    renting,
    side_tables,
    supply,
)
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding
from planner.plan.audit.reading import READING_RULES, read_tables
from planner.plan.audit.rows import Checked, Rule, broken, rule_rows, stacked
from planner.plan.audit.spec import GIVEN, wanted_results
from planner.plan.audit.tolerances import WHOLE
from planner.plan.tables import DERIVED_LATER

# The families of the program, then what is asked of the tables themselves.
FAMILIES = (
    "installed_cards", "demand_cover", "batch_cover", "site_balance", "pool_balance", "kv_transfer", "failure_cover",
    "serving_capacity", "card_use", "switching",
    "pool_in_use", "supply_limit", "supply_window", "order_size", "power_limit", "rack_limit", "budget_limit",
    "domestic_share", "vendor_share", "residency", "include_exclude", "platform_adoption",
    "porting_team", "fleet_minimum", "measure_ramp", "measure_once", "path_risk", "rental_limit", "rental_size",
    "token_rate", "token_volume", "package_use", "package_balance",
)  # fmt: skip
TABLE_RULES = (
    "known_keys", "not_negative", "whole_numbers", "order_keys", "orders_table", "fleet_table", "deployment_table",
    "load_rates", "in_time", "rental_tables", "token_tables", "routes", "routing_table", "unmet_table", "costs_table",
    "total_cost", "bound",
    "limits_table", "promises_table",
)  # fmt: skip
RULES = (*READING_RULES, *FAMILIES, *TABLE_RULES)
NO_ROWS = stacked([rule_rows(Rule("tables", "=", "", WHOLE), [], 0.0, 0.0)])
NO_COSTS = {"term": "object", "node": "object", "amount": "float64", "discounted": "float64"}


@dataclass(frozen=True)
class Evaluation:
    """Rows of every rule, findings that are not rows, the costs and the limits; ``complete`` when the tables could be
    read.
    """

    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    costs: pd.DataFrame
    limits: pd.DataFrame
    complete: bool

    @property
    def broken(self) -> tuple[Finding, ...]:
        """All findings: those of single cells first, then rows beyond their limit."""
        return (*self.findings, *broken(self.rows))


def read_facts(
    given: Mapping[str, pd.DataFrame], result: Mapping[str, pd.DataFrame]
) -> tuple[Facts | None, list[Finding]]:
    """The tables, read; None with the findings when one cannot be."""
    given_tables, given_faults = read_tables(given, GIVEN)
    result_tables, result_faults = read_tables(result, wanted_results(), DERIVED_LATER)
    faults = given_faults + result_faults
    return (None if faults else Facts(given_tables, result_tables)), faults


def limit_rows(
    facts: Facts, orders: pd.DataFrame, service: pd.DataFrame, costs: pd.DataFrame
) -> list[Checked]:
    """Rows of the families that are limits; needs neither the fleet nor the costs table of the plan."""
    amounts = policy.measures(facts, orders, service)
    return [
        *pools.kv_transfer(facts),
        *capacity.serving_capacity(facts),
        *capacity.card_use(facts, capacity.cards_used(facts, service)),
        *failures.failure_limits(facts, service),
        *supply.supply_limit(facts, orders),
        *supply.supply_window(facts, orders),
        *supply.order_size(facts, orders),
        *renting.rental_limit(facts),
        *renting.rental_size(facts),
        *buying.token_limits(facts),
        *buying.packages_drawn(facts),
        *limits.power_and_racks(facts, service),
        *limits.budget_limit(facts, orders, costs),
        *policy.domestic_share(facts, amounts),
        *policy.vendor_share(facts, amounts),
        *cover.residency(facts),
        *supply.include_exclude(facts, orders),
        *levers.porting_team(facts),
        *levers.fleet_minimum(facts, orders),
        *levers.measure_ramp(facts),
    ]


def evaluate(
    given: Mapping[str, pd.DataFrame],
    result: Mapping[str, pd.DataFrame],
    claimed_cost: float,
    bound: float | None = None,
) -> Evaluation:
    """Every rule of the formulation and the whole cost, from the tables alone."""
    facts, faults = read_facts(given, result)
    if facts is None:
        empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in NO_COSTS.items()})
        return Evaluation(NO_ROWS, tuple(faults), empty, side_tables.limits_of(NO_ROWS), complete=False)
    orders = ledger.known_orders(facts)
    service = ledger.cards_in_service(facts, orders)
    costs = money.costs_again(facts, orders, service)
    of_limits = limit_rows(facts, orders, service, costs)
    limits_again = side_tables.limits_of(stacked(of_limits))
    fleet_rows, fleet_texts = ledger.fleet_table(facts, capacity.cards_used(facts, service))
    order_rows, order_texts = ledger.orders_table(facts, orders)
    deployment_rows, deployment_texts = keys.deployment_table(facts)
    listed_rows, listed_texts = side_tables.limits_table_again(facts, stacked(of_limits), limits_again)
    rental_rows, rental_texts = renting.rental_tables(facts)
    token_rows, token_texts = buying.token_tables(facts)
    rows = stacked([
        *keys.not_negative(facts), *keys.whole_numbers(facts), *ledger.installed_cards(facts, service),
        *cover.demand_cover(facts), *cover.site_balance(facts), *pools.pool_balance(facts), *of_limits,
        *failures.failure_rows(facts, orders),
        *order_rows, *rental_rows, *token_rows, *fleet_rows, *deployment_rows,
        *cover.routing_table(facts), *cover.unmet_table(facts), *money.costs_table(facts, costs),
        *money.total_cost(facts, costs, claimed_cost), *money.bound_below_cost(facts, costs, bound), *listed_rows,
    ])  # fmt: skip
    findings = [
        *failures.failure_findings(facts),
        *keys.known_keys(facts), *ledger.order_keys(facts, orders), *keys.load_rates(facts), *cover.in_time(facts),
        *cover.routes(facts), *levers.platform_adoption(facts), *levers.known_levers(facts),
        *order_texts, *rental_texts, *token_texts, *fleet_texts, *deployment_texts, *listed_texts,
        *side_tables.promises_table(facts),
    ]  # fmt: skip
    return Evaluation(rows, tuple(findings), costs, limits_again, complete=True)
