"""From volumes per month to requests per second by length bucket, at the hour the fleet is sized for."""

from __future__ import annotations

from planner.demand.requests import DemandTables, demand_tables

__all__ = ["DemandTables", "demand_tables"]
