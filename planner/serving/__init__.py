"""What a replica of an llm on a card can do within the promise: the serving table. Knows no money and no solver."""

from __future__ import annotations

from planner.serving.columns import ServingTables
from planner.serving.grouping import grouped
from planner.serving.kept import kept_serving_tables
from planner.serving.model import ServingModel, model_of
from planner.serving.percentiles import percentile_table
from planner.serving.role_table import role_rates
from planner.serving.serving_table import serving_tables

__all__ = [
    "ServingModel",
    "ServingTables",
    "grouped",
    "kept_serving_tables",
    "model_of",
    "percentile_table",
    "role_rates",
    "serving_tables",
]
