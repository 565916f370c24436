"""The plan as a point of the stored program: rows kept, bounds kept, cost the same."""

from __future__ import annotations

import math

import numpy as np

from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import number_text
from planner.plan.audit.tolerances import MONEY_FLOOR, RATE_FLOOR, RATE_RELATIVE
from planner.plan.certificate.decisions import Point
from planner.plan.certificate.stored import FloatArray, Stored

ROUNDING = 1e-12  # of the sum of absolute terms: some ten thousand additions of doubles
SHOWN = 50


def rows_kept(stored: Stored, point: Point) -> list[Finding]:
    """Rule ``program_rows``: the plan keeps every row of the stored program whose decisions are all shown."""
    unknown = np.zeros(stored.rows, dtype=bool)
    unknown[stored.entry_rows[~point.known[stored.entry_columns]]] = True
    activity = stored.activity(point.values)
    allowed = np.maximum(RATE_RELATIVE * stored.size(point.values), RATE_FLOOR)
    kept = (activity >= stored.row_lower - allowed) & (activity <= stored.row_upper + allowed)
    found = []
    for row in np.flatnonzero(~kept & ~unknown)[:SHOWN]:
        side = stored.row_lower[row] if activity[row] < stored.row_lower[row] else stored.row_upper[row]
        name = f"{stored.rows_table['family'].iloc[row]}[{stored.rows_table['key'].iloc[row]}]"
        found.append(finding("program_rows", name, number_text(activity[row]), f"up to {number_text(side)}"))
    return found


def bounds_kept(stored: Stored, point: Point) -> list[Finding]:
    """Rule ``program_bounds``: the plan keeps the bounds of every decision."""
    x = point.values
    allowed = np.maximum(RATE_RELATIVE * np.abs(x), RATE_FLOOR)
    beyond = (x < stored.lower - allowed) | (x > stored.upper + allowed)
    beyond &= point.known
    return [
        finding(
            "program_bounds",
            f"column {column} ({stored.columns_table['decision'].iloc[column]})",
            number_text(float(x[column])),
            f"{number_text(stored.lower[column])} to {number_text(stored.upper[column])}",
        )
        for column in np.flatnonzero(beyond)[:SHOWN]
    ]


def cost_of(stored: Stored, x: FloatArray) -> tuple[float, float]:
    """Cost of a point and the rounding error it may have [case currency]."""
    terms = stored.cost * x
    size = abs(stored.offset) + float(np.abs(terms).sum())
    return stored.money * math.fsum([*terms.tolist(), stored.offset]), ROUNDING * stored.money * size


def cost_kept(stored: Stored, point: Point, cost: float) -> list[Finding]:
    """Rule ``program_cost``: the cost of the stored program at the plan is the plan's own, to the cent."""
    own, error = cost_of(stored, point.values)
    if abs(own - cost) <= MONEY_FLOOR + error:
        return []
    return [finding("program_cost", "", number_text(own), f"the plan's cost, {number_text(cost)}")]
