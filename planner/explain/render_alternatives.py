"""Other plans that cost about as much, in a table and in words."""

from __future__ import annotations

from typing import Any

from planner.explain.alternatives import Alternative, Alternatives, changed_orders, figures, moved_servers
from planner.explain.words import change, money
from planner.plan.grid import grid, wrapped
from planner.plan.render import amount

MOST_TYPES = 6


def render_alternatives(view: Alternatives) -> str:
    """What ``capplan explain RUN --alternatives`` prints."""
    head = (
        f"{view.run.case}: plans within {100 * view.within:g} % of {amount(view.run.cost)} {view.run.currency}, each "
        "the best in something else. Whole servers, every rule kept, audited."
    )
    parts = [head, _table(view), "\n".join(_words(view, other) for other in view.found)]
    if view.missing:
        parts.append(f"Not found in time: {', '.join(view.missing)}; give it more (--time-limit).")
    return "\n\n".join(wrapped(part) for part in parts if part)


def alternatives_json(view: Alternatives) -> dict[str, Any]:
    """The same as JSON fields."""
    return {
        "case": view.run.case,
        "currency": view.run.currency,
        "cost": view.run.cost,
        "within": view.within,
        "plan": figures(view.run, dict(view.run.tables)),
        "alternatives": [
            {
                "goal": other.goal.name,
                "measure": other.goal.title,
                "before": other.before,
                "after": other.after,
                "cost": other.plan.cost,
                "proven": other.proven,
                "cards_more": changed_orders(view.run, other.plan.tables),
                "servers_moved": moved_servers(view.run, other.plan.tables),
            }
            | figures(view.run, other.plan.tables)
            for other in view.found
        ],
        "not_found_in_time": list(view.missing),
    }


def _table(view: Alternatives) -> str:
    own = view.run
    lines = [("the plan", own.cost, dict(own.tables))]
    lines += [(other.goal.name, other.plan.cost, other.plan.tables) for other in view.found]
    rows = []
    for name, cost, tables in lines:
        shown = figures(own, tables)
        rows.append([
            name, amount(cost), change((cost - own.cost) / abs(own.cost)) if own.cost else "", f"{shown['makers']:.0f}",
            f"{shown['imported_cards']:,.0f}", f"{shown['cards']:,.0f}", money(shown["capital"]),
            f"{shown['mean_month_of_order']:.1f}",
        ])  # fmt: skip
    head = ["plan", "cost", "", "makers", "imported", "cards", "capital", "mean month of order"]
    return grid(head, rows)


def _words(view: Alternatives, other: Alternative) -> str:
    before, after = (money(value) for value in (other.before, other.after))
    if other.after >= other.before * (1.0 - 1e-6):
        text = f"{other.goal.name}: nothing better than the plan's {after} {other.goal.title}"
        return f"{text}." if other.proven else f"{text}, as far as was searched."
    changes = changed_orders(view.run, other.plan.tables)
    cards = ", ".join(f"{number:+,.0f} {card}" for card, number in list(changes.items())[:MOST_TYPES])
    proof = "" if other.proven else " Better ones may exist: the search was stopped."
    cards = cards or "the same cards, ordered at other times or for other sites"
    return f"{other.goal.name}: {after} {other.goal.title}, instead of {before}. Cards: {cards}.{proof}"
