"""What a replica of an llm on a card can do within the promise: the serving table. Knows no money and no solver."""

from __future__ import annotations

from planner.serving.columns import ServingTables
from planner.serving.grouping import grouped
from planner.serving.serving_table import serving_tables

__all__ = ["ServingTables", "grouped", "serving_tables"]
