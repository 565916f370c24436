"""What binds, in words."""

from __future__ import annotations

from typing import Any

from planner.explain.again import SAME, Again
from planner.explain.overview import Overview, limits_table
from planner.explain.words import change, money, per_unit, quantity, when
from planner.plan.grid import grid, wrapped
from planner.plan.render import amount, records

MOST_LIMITS = 20  # lines; the rest is in the JSON
MOST_LINES = 8


def render_overview(view: Overview) -> str:
    """What ``capplan explain RUN`` prints."""
    parts = [_headline(view), _limits(view), _again(view), _unpriced(view), _demand(view), _on_hand(view)]
    return "\n\n".join(wrapped(part) for part in parts if part)


def overview_json(view: Overview) -> dict[str, Any]:
    """The same as JSON fields."""
    return {
        "case": view.plan.case,
        "currency": view.plan.currency,
        "cost": view.plan.cost,
        "relaxed_cost": view.relaxed_cost,
        "limits": records(limits_table(view)),
        "again": [
            {
                "family": item.limit.family,
                "limit": item.limit.name,
                "unit": item.limit.what.unit,
                "step": item.step,
            }
            | {
                "price": item.limit.price,
                "more_saves": item.more,
                "less_costs": item.less,
                "holds": item.holds,
            }
            for item in view.again
        ],
        "at_their_limit_without_a_price": list(view.unpriced),
        "one_per_cent_more_demand": [{"workload": item.workload, "costs": item.cost} for item in view.demand],
        "one_more_card_on_hand": [
            {"accelerator": item.accelerator, "site": item.site, "saves": item.saving}
            for item in view.on_hand
        ],
    }


def _headline(view: Overview) -> str:
    plan = view.plan
    above = (plan.cost - view.relaxed_cost) / abs(plan.cost) if plan.cost else 0.0
    text = (
        f"{plan.case}: what binds, and what it costs. {plan.currency}, discounted, over the whole horizon.\n"
        f"Prices come from the relaxation (fractions of servers and replicas): it costs {amount(view.relaxed_cost)}, "
        f"the plan {amount(plan.cost)}."
    )
    if above > 0.05:
        text += (
            f"\n! {100 * above:.0f} % of the plan's cost is there because servers and replicas are whole, or the "
            "search stopped early: take the prices as an order of what matters."
        )
    return text


def _limits(view: Overview) -> str:
    if not view.limits:
        return "No limit has a price: no quota, power, budget or policy makes this plan dearer."
    rows = []
    for limit, room in list(zip(view.limits, view.room, strict=True))[:MOST_LIMITS]:
        what = [
            limit.name,
            when(limit.nodes, view.order),
            quantity(limit.size, limit.what) if limit.size else "none",
        ]
        rows.append([*what, per_unit(limit.price, limit.what, limit.size), money(limit.worth), _left(room)])
    header = ["limit", "when it binds", "it is", "one more saves", "worth", "left"]
    more = len(view.limits) - MOST_LIMITS
    lines = [
        "What binds, most worth first:",
        grid(header, rows, left=2),
        *([f"  ... and {more} more, see --json"] if more > 0 else []),
        "  One more: in each of the periods in which it binds. Worth: of 1 % more; of a share, a point looser; one "
        "unit where it is zero. Left: what the plan leaves of it.",
    ]
    return "\n".join(lines)


def _left(room: float | None) -> str:
    return "" if room is None else "0" if room == 0 else f"{room:,.3g}"


def _again(view: Overview) -> str:
    if not view.again:
        return ""
    lines = [f"  {item.limit.name}: {_verdict(item, view.plan.currency)}" for item in view.again]
    return "Solved again with the limit moved (relaxation):\n" + "\n".join(lines)


def _verdict(item: Again, currency: str) -> str:
    what, price = item.limit.what, item.limit.price
    if what.kind == "share":
        more, less = f"a point looser saves {money(item.more)} {currency}", "a point stricter"
    else:
        each = "saves" if item.step == 1 else "save"
        more = f"{quantity(item.step, what)} more {each} {money(item.more)} {currency} per {what.unit}"
        less = f"{item.step:,.4g} less"
    if item.less is None:
        less = "there is no less of it" if item.limit.size <= 0 else f"with {less} there is no plan at all"
    else:
        less = f"{less} costs {money(item.less)}"
    if item.holds:
        return f"{more}, {less}: the price holds both ways."
    if abs(item.more - price) <= SAME * price:
        return f"{more}; {less}: the price of {money(price)} holds for more, not for less."
    if item.less is not None and abs(item.less - price) <= SAME * price:
        return f"{more}; {less}: the price of {money(price)} holds for less; more of it soon helps less."
    return f"{more}; {less}. The price of {money(price)} holds for a small step only."


def _unpriced(view: Overview) -> str:
    if not view.unpriced:
        return ""
    shown = ", ".join(view.unpriced[:MOST_LINES])
    more = f" and {len(view.unpriced) - MOST_LINES} more" if len(view.unpriced) > MOST_LINES else ""
    return f"Used up in the plan, yet without a price (a little more would save nothing): {shown}{more}."


def _demand(view: Overview) -> str:
    rows = [
        [item.workload, money(item.cost), change(item.cost / view.plan.cost) if view.plan.cost else ""]
        for item in view.demand[:MOST_LINES]
    ]
    head = ["workload", "costs", "of the plan's cost"]
    return "One per cent more of a workload, in every region and period:\n" + grid(head, rows) if rows else ""


def _on_hand(view: Overview) -> str:
    rows = [[item.accelerator, item.site, money(item.saving)] for item in view.on_hand[:MOST_LINES]]
    head = ["card", "site", "saves"]
    text = f"One more card on hand from {view.order[0]} on:\n" + grid(head, rows, left=2) if rows else ""
    dear = any(item.saving < 0 for item in view.on_hand[:MOST_LINES])
    return text + (
        "\n  Below zero: hosting, energy and shares it counts in cost more than its work saves."
        if dear
        else ""
    )
