"""What levers save, in tokens and in cards, and as measures that a plan may choose."""

from __future__ import annotations

from planner.savings.cards import CardEstimate, money_per_volume
from planner.savings.effects import LeverEffects, lever_effects, used_shares
from planner.savings.measures import levered_tables, measure_rows

__all__ = [
    "CardEstimate",
    "LeverEffects",
    "lever_effects",
    "levered_tables",
    "measure_rows",
    "money_per_volume",
    "used_shares",
]
