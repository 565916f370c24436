"""A comparison as text and as JSON."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from planner.compare.comparison import Comparison, orders_by_card, policy_prices
from planner.plan.grid import coarser, grid

SHARES = "domestic share"
MILLION = 1e6


def render_comparison(view: Comparison) -> str:
    """The answer first: what each mix costs; then why, and what it stands."""
    parts = [_verdict(view), _figures(view), _orders(view), _policies(view), _stress(view), _reasons(view)]
    return "\n\n".join(part for part in parts if part)


def _verdict(view: Comparison) -> str:
    costs = {
        name: float(column["cost"]) for name, column in view.figures.to_dict().items() if name in view.plans
    }
    if not costs:
        return "None of the mixes has a plan."
    cheapest = min(costs, key=lambda name: costs[name])
    gaps = {name: plan.gap for name, plan in view.plans.items()}
    wide = [f"{name} {100 * gap:.1f} %" for name, gap in gaps.items() if gap > 0.0005]
    line = f"Cheapest: {cheapest}, {money(costs[cheapest])} {view.currency} (discounted)."
    return line + (f" Each within its gap of the proven optimum: {', '.join(wide)}." if wide else "")


def _figures(view: Comparison) -> str:
    values = view.figures.to_dict()
    rows = []
    for figure in map(str, view.figures.index):
        cells = [figure]
        base = float(values[view.base][figure])
        for name, column in values.items():
            value = float(column[figure])
            moved = name != view.base and figure == "cost" and math.isfinite(value) and base != 0
            cells.append(
                _shown(figure, value) + (f" ({100 * (value - base) / base:+.1f} %)" if moved else "")
            )
        rows.append(cells)
    header = [f"figure ({view.currency}, discounted)", *map(str, view.figures.columns)]
    return f"Held against {view.base}:\n" + grid(header, rows)


def _shown(figure: str, value: float) -> str:
    if not math.isfinite(value):
        return "-"
    if figure.startswith(SHARES):
        return f"{100 * value:.1f} %"
    if figure.startswith("tokens"):
        return f"{value / MILLION:,.3g} T" if value >= MILLION else f"{value:,.4g} M"
    if figure == "largest power":
        return f"{value:,.0f} kW"
    if "cards" in figure or "makers" in figure:
        return f"{value:,.0f}"
    return f"{value:,.4f}" if figure.startswith("cost per") else money(value)


def money(value: float) -> str:
    """An amount in millions where it is large."""
    return f"{value / MILLION:,.2f} million" if abs(value) >= 10 * MILLION else f"{value:,.0f}"


def _orders(view: Comparison) -> str:
    table = orders_by_card(view)
    if table.empty:
        return ""
    labels = coarser(sorted(set(table["period"])))
    table = table.assign(period=table["period"].map(labels))
    sums = table.groupby(["accelerator", "period"], as_index=False).sum(numeric_only=True)
    names = [str(name) for name in sums.columns[2:]]
    rows = [
        [
            str(row["accelerator"]),
            str(row["period"]),
            *(f"{row[name]:,.0f}" if row[name] else "" for name in names),
        ]
        for row in sums.to_dict("records")
    ]
    return "Cards ordered:\n" + grid(["card", "period", *names], rows, left=2)


def _policies(view: Comparison) -> str:
    table = policy_prices(view)
    table = table[table["measure"] == "cards"]
    if table.empty:
        return ""
    rows = [
        [str(row["name"]), f"{row['points']:+.1f}", money(row["cost"]), money(row["per_point"])]
        for row in table.to_dict("records")
    ]
    header = ["mix", "points of domestic cards", "more cost", "per point"]
    return "What a point of domestic share costs:\n" + grid(header, rows)


def _stress(view: Comparison) -> str:
    if view.stress.empty:
        return ""
    rows = []
    found = {(row["shock"], row["name"]): row for row in view.stress.to_dict("records")}
    for shock in dict.fromkeys(view.stress["shock"]):
        for what, label in (("cost", "cost"), ("unserved", "not served"), ("regret", "regret")):
            cells = [
                _cell(what, float(found[shock, name][what])) if (shock, name) in found else "-"
                for name in view.figures.columns
            ]
            rows.append([str(shock) if what == "cost" else "", label, *cells])
    header = ["if", "", *map(str, view.figures.columns)]
    title = "What the orders stand (orders held, the rest decided again; replicas in parts):"
    return f"{title}\n" + grid(header, rows, left=2)


def _cell(what: str, value: float) -> str:
    if not math.isfinite(value):
        return "-"
    return f"{value:,.0f} Mtok" if what == "unserved" else money(value)


def _reasons(view: Comparison) -> str:
    lines = [f"  {column.name}: {column.why_not}" for column in view.columns if column.plan is None]
    return "\n".join(["No plan:", *lines]) if lines else ""


def render_changes(table: pd.DataFrame, currency: str) -> str:
    """Changed orders, split into what more or fewer cards cost and what another price does."""
    if table.empty:
        return "The orders are the same."
    rows = [
        [row["offer"], row["site"], row["ordered"], f"{row['cards_before']:,.0f}", f"{row['cards_after']:,.0f}",
         *(f"{row[name]:,.2f}" for name in ("quantity", "price", "amount"))]
        for row in table.to_dict("records")
    ]  # fmt: skip
    sums = table[["cards_before", "cards_after", "quantity", "price", "amount"]].sum().to_dict()
    rows.append(
        ["= all", "", "", f"{sums['cards_before']:,.0f}", f"{sums['cards_after']:,.0f}",
         *(f"{sums[name]:,.2f}" for name in ("quantity", "price", "amount"))]
    )  # fmt: skip
    header = ["offer", "site", "ordered", "cards before", "after", "by quantity", "by price", "amount"]
    return f"Orders that differ, landed {currency}, not discounted:\n" + grid(header, rows, left=3)


def comparison_json(view: Comparison) -> dict[str, Any]:
    """Figures, stress and reasons, as plain data."""
    return {
        "base": view.base,
        "currency": view.currency,
        "figures": {
            str(name): {str(key): _plain(value) for key, value in column.items()}
            for name, column in view.figures.items()
        },
        "stress": [{str(k): _plain(v) for k, v in row.items()} for row in view.stress.to_dict("records")],
        "no_plan": {column.name: column.why_not for column in view.columns if column.plan is None},
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
