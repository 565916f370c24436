"""Measures that save tokens: each a multiplier with adoption, ramp and cost, applied in a stated order."""

from __future__ import annotations

from planner.demand.levers.apply import ORDER, applied, strength
from planner.demand.levers.tables import LEVERS, trial_levers
from planner.demand.levers.work import token_totals, work_of

__all__ = ["LEVERS", "ORDER", "applied", "strength", "token_totals", "trial_levers", "work_of"]
