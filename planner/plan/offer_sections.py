"""Sections of a printed plan on cards for rent and tokens bought; '' where the case has none."""

from __future__ import annotations

from planner.plan.grid import coarser, grid, number, spans
from planner.plan.plan import Plan


def _nodes(plan: Plan) -> list[str]:
    return [str(node) for node in plan.given["periods"].sort_values("index")["node"]]


def rental_section(plan: Plan) -> str:
    """Terms by rental and period in which they start, then cards by the hour."""
    if "rentals" not in plan.tables:
        return ""
    terms, hours = plan.tables["rentals"], plan.tables["hourly"]
    if terms.empty and hours.empty:
        return "For rent: nothing rented."
    parts = []
    if len(terms):
        labels = coarser([node for node in _nodes(plan) if node in set(terms["ordered"])])
        terms = terms.assign(when=terms["ordered"].map(labels))
        columns = list(dict.fromkeys(labels.values()))
        rows = []
        for (rental, card, site), lines in terms.groupby(["rental", "accelerator", "site"]):
            cards = lines.groupby("when")["cards"].sum()
            rows.append(
                [str(rental), str(card), str(site), *(number(cards.get(when, 0)) for when in columns)]
            )
        parts.append(
            "Rented for a term, cards by period of the start:\n"
            + grid(["rental", "card", "site", *columns], rows, left=3)
        )
    if len(hours):
        order = _nodes(plan)
        rows = [
            [str(rental), str(card), str(site), str(part), f"{lines['cards'].max():,.4g}",
             spans([str(node) for node in lines["node"]], order)]
            for (rental, card, site, part), lines in hours.groupby(["rental", "accelerator", "site", "slice"])
        ]  # fmt: skip
        parts.append(
            "Rented by the hour, most cards of a slice:\n"
            + grid(["rental", "card", "site", "slice", "cards", "in"], rows, left=4)
        )
    return "\n\n".join(parts)
