"""Constraint families, one function each; ``FAMILIES`` is the registry and its order the order of rows."""

from __future__ import annotations

from collections.abc import Callable

from planner.optimization.families.budget_limit import add_budget_limit
from planner.optimization.families.card_use import add_card_use, add_pool_in_use, add_switching
from planner.optimization.families.choices import add_include_exclude, add_residency
from planner.optimization.families.demand_cover import add_batch_cover, add_demand_cover
from planner.optimization.families.failure_cover import add_failure_cover
from planner.optimization.families.installed_cards import add_installed_cards
from planner.optimization.families.measures import add_measure_once, add_measure_ramp
from planner.optimization.families.platforms import add_fleet_minimum, add_platform_adoption, add_porting_team
from planner.optimization.families.pools import add_kv_transfer, add_pool_balance
from planner.optimization.families.rentals import add_rental_limit, add_rental_size
from planner.optimization.families.risk import add_path_risk
from planner.optimization.families.serving_capacity import add_serving_capacity
from planner.optimization.families.shares import add_domestic_share, add_vendor_share
from planner.optimization.families.site_balance import add_site_balance
from planner.optimization.families.site_limits import add_power_limit, add_rack_limit
from planner.optimization.families.supply import add_order_size, add_supply_limit, add_supply_window
from planner.optimization.families.token_offers import (
    add_package_balance,
    add_package_use,
    add_token_rate,
    add_token_volume,
)
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

Family = Callable[[Program, Given, Decisions], Rows]

FAMILIES: dict[str, Family] = {
    "installed_cards": add_installed_cards,
    "demand_cover": add_demand_cover,
    "batch_cover": add_batch_cover,
    "site_balance": add_site_balance,
    "pool_balance": add_pool_balance,
    "kv_transfer": add_kv_transfer,
    "failure_cover": add_failure_cover,
    "serving_capacity": add_serving_capacity,
    "card_use": add_card_use,
    "switching": add_switching,
    "pool_in_use": add_pool_in_use,
    "supply_limit": add_supply_limit,
    "supply_window": add_supply_window,
    "order_size": add_order_size,
    "rental_limit": add_rental_limit,
    "rental_size": add_rental_size,
    "token_rate": add_token_rate,
    "token_volume": add_token_volume,
    "package_use": add_package_use,
    "package_balance": add_package_balance,
    "power_limit": add_power_limit,
    "rack_limit": add_rack_limit,
    "budget_limit": add_budget_limit,
    "domestic_share": add_domestic_share,
    "vendor_share": add_vendor_share,
    "residency": add_residency,
    "include_exclude": add_include_exclude,
    "platform_adoption": add_platform_adoption,
    "porting_team": add_porting_team,
    "fleet_minimum": add_fleet_minimum,
    "measure_ramp": add_measure_ramp,
    "measure_once": add_measure_once,
    "path_risk": add_path_risk,
}
