"""Sections of a printed plan on cards for rent and tokens bought; '' where the case has none."""

from __future__ import annotations

import pandas as pd

from planner.plan.grid import coarser, grid, number, spans
from planner.plan.plan import Plan
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, TOKENS_PER_MTOK


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


def token_section(plan: Plan) -> str:
    """Tokens of an API by workload: where, how much, what share of the demand; packages bought and what was drawn."""
    if "bought" not in plan.tables:
        return ""
    bought, drawn = plan.tables["bought"], plan.tables["drawn"]
    if bought.empty and drawn.empty:
        return "Tokens of an API: none bought."
    named = (bought.rename(columns={"token_offer": "from"}), drawn.rename(columns={"package": "from"}))
    served = pd.concat([part for part in named if len(part)], ignore_index=True)
    asked = _asked_mtok(plan)
    rows = [
        [str(workload), str(name), f"{lines['mtok'].sum():,.4g}",
         f"{100 * lines['mtok'].sum() / asked[str(workload)]:.1f} %",
         spans([str(node) for node in lines["node"]], _nodes(plan))]
        for (workload, name), lines in served.groupby(["workload", "from"])
    ]  # fmt: skip
    text = "Tokens of an API (that it keeps the promises is your word, nothing here checks it):\n"
    text += grid(["workload", "from", "million tokens", "of its demand", "in"], rows, left=2)
    packages = plan.tables["packages_bought"]
    for name, lines in packages.groupby("package"):
        own = drawn.loc[drawn["package"] == name, "mtok"].sum()
        text += (
            f"\n  Packages {name}: {int(lines['packages'].sum()):,} bought, {lines['mtok'].sum():,.4g} million tokens, "
            f"{own:,.4g} drawn."
        )
    return text


def _asked_mtok(plan: Plan) -> dict[str, float]:
    """Tokens asked for over the horizon by workload [million]."""
    hours = plan.given["settings"]["period_months"].iloc[0] * HOURS_PER_MONTH
    table = plan.given["requests"].merge(plan.given["buckets"], on=["workload", "bucket"])
    table = table.merge(
        plan.given["slices"][["slice", "share"]].rename(columns={"share": "lasting"}), on="slice"
    )
    seconds = table["lasting"] * hours * SECONDS_PER_HOUR
    mtok = table["mean_requests_per_s"] * seconds * (table["mean_in"] + table["mean_out"]) / TOKENS_PER_MTOK
    return {str(name): float(total) for name, total in mtok.groupby(table["workload"]).sum().items()}


def break_even_section(plan: Plan) -> str:
    """How busy a card must be over its life before owning it pays, by workload."""
    if "break_even" not in plan.tables:
        return ""
    table = plan.tables["break_even"]
    if table.empty:
        return ""
    rows = [
        [row["workload"], row["owned"], f"{row['own_per_month']:,.0f}",
         f"{row['own_per_month'] / row['mtok_per_month']:,.3g}", row["instead"], f"{row['price']:,.4g} {row['unit']}",
         f"{100 * row['break_even_share']:.1f} %" if 0.0 <= row["break_even_share"] <= 1.0 else "never"]
        for row in table.to_dict("records")
    ]  # fmt: skip
    header = ["workload", "own", "card-month", "per Mtok, full", "instead", "price", "pays from"]
    return (
        f"Own, rent or buy tokens, {plan.currency} at the first period's prices. A card of one's own costs so much a "
        "month over its life, and pays from that share of full use, or of the hours:\n"
        + grid(header, rows, left=2)
    )
