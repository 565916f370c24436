"""Why a card is in the plan or not, in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planner.explain.why import BestWay, Why, best_way
from planner.explain.words import change, money, rounded
from planner.plan.grid import coarser, grid, wrapped
from planner.plan.render import records

MOST_TYPES = 6  # card types in a comparison
NO_PRICE_HELPS = 1e-9


def render_why(view: Why) -> str:
    """What ``capplan explain RUN --why CARD`` prints."""
    parts = [_headline(view), _barred(view), _price(view), _efficiency(view), _instead(view), _charges(view)]
    return "\n\n".join(wrapped(part) for part in parts if part)


def why_json(view: Why) -> dict[str, Any]:
    """The same as JSON fields."""
    best = best_way(view)
    return {
        "card": view.card,
        "planned_cards": view.planned_cards,
        "ordered_in_relaxation": view.used,
        "cannot_be_ordered": view.bars.total,
        "reasons": list(view.bars.reasons),
        "relaxation_without_it_costs": view.without_cost,
        "without_its_bars_saves": view.freed_saving,
        "break_even_price_factor": None if view.price is None else view.price.factor,
        "break_even_price_confirmed": None if view.price is None else view.price.confirmed,
        "nearest_order": None if best is None else vars(best),
        "break_even_efficiency": None if view.efficiency is None else view.efficiency.factor,
        "instead_cards": view.instead,
        "instead_cost_terms": view.terms,
        "orders": records(view.charges),
    }


def _headline(view: Why) -> str:
    name, currency = view.card, view.plan.currency
    if view.bars.total:
        return f"{name} cannot be in the plan:"
    count = f"{view.planned_cards:,} cards ordered" if view.planned_cards else "none ordered"
    if view.used and view.without_cost is None:
        return f"{name} is needed ({count}): no plan keeps the rules without it."
    if view.used:
        dearer = view.without_cost or 0.0
        share = f" ({change(dearer / view.plan.cost)} of the plan's cost)" if view.plan.cost else ""
        rest = (
            ""
            if view.planned_cards
            else " The relaxation orders fractions of servers of it; the plan, in whole ones, does not."
        )
        return (
            f"{name}: {count}. Without it the relaxation costs {money(dearer)} {currency} more{share}.{rest}"
        )
    extra = (
        " The relaxation would do without: whole servers are what it is ordered for."
        if view.planned_cards
        else ""
    )
    return f"{name}: {count}; it does not pay.{extra}"


def _barred(view: Why) -> str:
    lines = [f"  {reason}" for reason in view.bars.reasons]
    if view.freed_saving is not None:
        least = 1e-6 * abs(view.plan.cost)
        saving = (
            f"save {money(view.freed_saving)} {view.plan.currency}"
            if view.freed_saving > least
            else "save nothing"
        )
        lines.append(f"  Were it allowed there, the relaxation would {saving}.")
    head = "" if view.bars.total else "What stands against it:\n"
    return head + "\n".join(lines) if lines else ""


def _price(view: Why) -> str:
    answer, best = view.price, best_way(view)
    if answer is None:
        return ""
    if answer.factor is None:
        return "Break-even price: none, for it is needed at any price."
    if answer.factor <= NO_PRICE_HELPS or best is None:
        return (
            "Break-even price: none; it would not be ordered for nothing, since hosting and energy cost more than its "
            "work saves."
        )
    verb = "It stays in the plan up to" if view.used else "It enters the plan below"
    cheaper = change(answer.factor - 1.0) if answer.factor < 2 else f"{answer.factor:.3g} times that"
    lines = [
        f"Break-even price: {money(best.break_even)} {view.plan.currency} per card, before duty and tax, instead of "
        f"{money(best.price_now)} ({cheaper}); ordered in {best.node} for {best.site} (offer {best.offer})."
    ]
    lines.append(
        f"  {verb} that price: solved again, it is ordered 1 % below and not 1 % above."
        if answer.confirmed
        else "  Solved again 1 % below and above, this was not confirmed: take it as near."
    )
    return "\n".join([*lines, *([_date(best)] if not view.used else [])])


def _date(best: BestWay) -> str:
    """When its own price trend brings it there."""
    if best.years is None:
        trend = (
            "has no trend"
            if best.trend_per_year == 0
            else "rises"
            if best.trend_per_year > 0
            else "has no path there"
        )
        return f"  Earliest date: none; its price {trend}."
    fall = f"{-100 * best.trend_per_year:.3g} % a year"
    start = best.node[:4]
    year = f", about {int(start) + math.ceil(best.years)}" if start.isdigit() else ""
    return (
        f"  Earliest date: its price falls by {fall}, and comes to that {rounded(best.years, 2):g} years after "
        f"{best.node}{year}, if all else stays as it is."
    )


def _efficiency(view: Why) -> str:
    answer = view.efficiency
    if answer is None:
        return ""
    if answer.factor is None:
        text = "it stays even at an eighth of them" if view.used else "it would not enter at eight times them"
        return f"Break-even efficiency: of its rates, {text}."
    if view.used:
        return f"Break-even efficiency: it stays down to {100 * answer.factor:.0f} % of its rates."
    return f"Break-even efficiency: it enters once every rate is {answer.factor:.3g} times what it is."


def _instead(view: Why) -> str:
    if not view.instead:
        return ""
    head = (
        "Without it (relaxation, cards ordered over the horizon):"
        if view.used
        else "At that price it would change orders so (relaxation):"
    )
    cards = list(view.instead.items())[:MOST_TYPES]
    lines = [f"  {_signed(number)} {card}" for card, number in cards]
    terms = ", ".join(f"{name} {_plus(amount)}" for name, amount in list(view.terms.items())[:MOST_TYPES])
    return "\n".join([head, *lines, *([f"  cost terms: {terms} {view.plan.currency}"] if terms else [])])


def _signed(number: float) -> str:
    return f"{number:+,.0f}" if abs(number) >= 10 else f"{number:+,.1f}"


def _plus(amount: float) -> str:
    return f"{'+' if amount > 0 else ''}{money(amount)}"


def _charges(view: Why) -> str:
    """The best site of each period: what a card costs there, what it saves, what it loses."""
    table = view.charges
    if table.empty:
        return ""
    order = [str(node) for node in view.plan.given["periods"].sort_values("index")["node"]]
    labels = coarser(order)
    table = table.assign(when=table["node"].map(labels).fillna(table["node"]))
    best = table.sort_values(["loses", "node", "site"]).drop_duplicates("when").sort_values("node")
    prices = view.prices.set_index(["offer", "node"])["price"].to_dict()
    rows = []
    for line in best.to_dict("records"):
        price = prices[line["offer"], line["node"]]
        even = line["factor"] * price
        amounts = (money(line[name]) for name in ("cost", "saves", "limits", "loses"))
        last = [] if view.used else [money(even) if pd.notna(even) and even > 0 else "-"]
        rows.append([str(line["node"]), str(line["site"]), *amounts, money(price), *last])
    head = ["ordered", "for", "costs", "saves", "limits", "loses", "price now"]
    head += [] if view.used else ["breaks even at"]
    which = "One more" if view.used else "A first"
    return "\n".join([
        f"{which} card, {view.plan.currency} discounted, at the best time and site of each period:",
        grid(head, rows, left=2),
        "  Costs: price, duty, tax, maintenance, less residual value. Saves: its work, less power, hosting and energy. "
        "Limits: what it takes of quotas, budgets and shares.",
    ])  # fmt: skip
