"""What demand and supply may do: many drawn paths, the few scenarios that stand for them, and the tables of a case."""

from __future__ import annotations

from planner.demand.scenarios.market import MarketPaths, market_paths
from planner.demand.scenarios.paths import Paths, draw_paths
from planner.demand.scenarios.reduction import Reduced, reduce_paths
from planner.demand.scenarios.setup import Setup
from planner.demand.scenarios.tables import scenario_tables

__all__ = [
    "MarketPaths",
    "Paths",
    "Reduced",
    "Setup",
    "draw_paths",
    "market_paths",
    "reduce_paths",
    "scenario_tables",
]
