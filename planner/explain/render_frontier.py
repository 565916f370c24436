"""A frontier as a table."""

from __future__ import annotations

from typing import Any

from planner.explain.frontier import Frontier, frontier_table
from planner.explain.words import change, money
from planner.plan.grid import grid, wrapped
from planner.plan.render import amount, records

LARGE = 1e4  # from here on three digits and millions


def render_frontier(view: Frontier) -> str:
    """What ``capplan explain RUN --frontier`` prints."""
    note = f" ({view.note})" if view.note else ""
    head = f"{view.run.case}: cost in {view.run.currency} against {view.title}{note}. Every point is an audited plan."
    table = frontier_table(view)
    rows, before = [], None
    for point, line in zip(view.points, table.to_dict("records"), strict=True):
        asked = f"{_shown(point.asked)} {view.unit}"
        if point.plan is None:
            why = "no plan keeps it" if point.infeasible else "none found in time"
            rows.append([asked, why, *[""] * 7])
            continue
        cost = point.plan.cost
        step = (
            ""
            if before is None or point.asked == before[0]
            else money((cost - before[1]) / abs(point.asked - before[0]))
        )
        more = change((cost - before[1]) / abs(before[1])) if before is not None and before[1] else ""
        rows.append([
            asked, _shown(point.reached), amount(cost), more, step, f"{100 * line['gap']:.2f} %",
            f"{line['makers']:.0f}", f"{line['imported_cards']:,.0f}", money(line["capital"]),
        ])  # fmt: skip
        before = (point.asked, cost)
    header = ["asked", "reached", "cost", "more", f"per {view.unit}", "gap", "makers", "imported", "capital"]
    foot = (
        "  More: than the line above; per unit: of the axis between the two lines. A step smaller than the gap may "
        "be the search's, not the world's."
    )
    return wrapped("\n".join([head, grid(header, rows), foot]))


def _shown(value: float) -> str:
    return money(value) if abs(value) >= LARGE else f"{value:,.4g}"


def frontier_json(view: Frontier) -> dict[str, Any]:
    """The same as JSON fields."""
    facts = {"case": view.run.case, "currency": view.run.currency, "axis": view.title, "unit": view.unit}
    return facts | {"note": view.note, "points": records(frontier_table(view))}
