"""Every table and record of a case, declared once.

``CASE_TABLES`` is the whole list, in the order in which a template shows it.
"""

from __future__ import annotations

from planner.inputs.declarations.calibration import CALIBRATION
from planner.inputs.declarations.demand import (
    DEMAND,
    LENGTH_PROFILES,
    REGIONS,
    ROUTES,
    SLICES,
    TRAFFIC_SHAPES,
    WORKLOADS,
)
from planner.inputs.declarations.failures import FAILURES
from planner.inputs.declarations.levers import MATURITY, MEASURES, MINIMUM_FLEET, PORTING
from planner.inputs.declarations.market import FLEET, OFFERS, PERMITS, PRICES, SERVING, SUPPLY
from planner.inputs.declarations.money import BUDGETS, FX, TARIFFS
from planner.inputs.declarations.policy import DOMESTIC_SHARE, RESIDENCY, SELECTIONS, VENDOR_SHARE
from planner.inputs.declarations.rentals import RENTALS
from planner.inputs.declarations.scenarios import SCENARIO_EFFECTS, SCENARIOS
from planner.inputs.declarations.settings import SETTINGS, SITES
from planner.inputs.declarations.tokens import PACKAGES, TOKEN_FACTORS, TOKEN_OFFERS
from planner.tables import Table

CASE_TABLES: tuple[Table, ...] = (
    SITES,
    ROUTES,
    WORKLOADS,
    DEMAND,
    LENGTH_PROFILES,
    TRAFFIC_SHAPES,
    SLICES,
    REGIONS,
    OFFERS,
    PRICES,
    SUPPLY,
    PERMITS,
    RENTALS,
    TOKEN_OFFERS,
    TOKEN_FACTORS,
    PACKAGES,
    FLEET,
    SERVING,
    FX,
    TARIFFS,
    BUDGETS,
    DOMESTIC_SHARE,
    VENDOR_SHARE,
    RESIDENCY,
    SELECTIONS,
    FAILURES,
    PORTING,
    MATURITY,
    MINIMUM_FLEET,
    MEASURES,
    SCENARIOS,
    SCENARIO_EFFECTS,
    CALIBRATION,
)

__all__ = ["CASE_TABLES", "SETTINGS"]
