"""The weakest figures a plan rests on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.plan import Plan

WEAK_GRADES = ("assumed", "own_estimate_by_rule", "press_estimate", "user")

# What `serving_estimate` of the case means, in words.
SIZED = {
    "pessimistic": "sized on the slow end of the 80 % interval",
    "median": "sized on the median prediction",
}


@dataclass(frozen=True)
class Evidence:
    """What is weak in it: card figures, offers with assumed terms, layouts whose rates are modelled."""

    figures: dict[str, list[str]]
    cards: int
    assumed_offers: list[str]
    offers: int
    modelled_layouts: int
    layouts: int


def weakest(plan: Plan) -> Evidence:
    """The weak figures of the cards, offers and layouts that are in the plan."""
    provenance = plan.tables["provenance"]
    weak = provenance[provenance["grade"].isin(WEAK_GRADES)]
    figures = {str(card): sorted(rows["figure"]) for card, rows in weak.groupby("accelerator")}
    sources = plan.given["offers"].set_index("offer")["source"].fillna("")
    ordered = sorted(set(plan.tables["orders"]["offer"]))
    assumed = [offer for offer in ordered if "assumed" in str(sources.get(offer, ""))]
    basis = plan.given["layouts"].set_index("layout")["basis"]
    running = set(plan.tables["deployment"]["layout"])
    modelled = sum(1 for layout in running if basis.get(layout) == "modelled")
    cards = pd.concat([plan.tables["fleet"]["accelerator"], plan.tables["orders"]["accelerator"]]).nunique()
    return Evidence(figures, int(cards), assumed, len(ordered), modelled, len(running))


def evidence_line(plan: Plan) -> str:
    """One loud line for the top of the page, '' when nothing is weak."""
    found = weakest(plan)
    parts = (
        (len(found.figures), found.cards, "cards on assumed or second-hand figures"),
        (len(found.assumed_offers), found.offers, "offers ordered on assumed terms"),
        (found.modelled_layouts, found.layouts, "layouts running on modelled rates"),
    )
    shown = [f"{weak} of {whole} {what}" for weak, whole, what in parts if weak]
    return f"! Weakest evidence: {', '.join(shown)} (listed at the end)." if shown else ""


def evidence_section(plan: Plan) -> str:
    """The list behind the line, and how many blanks were filled."""
    found = weakest(plan)
    settings = plan.given["settings"]  # without serving_estimate in runs of earlier versions: the median
    lines = [f"  {card}: {', '.join(names)}" for card, names in found.figures.items()]
    if found.assumed_offers:
        lines.append(f"  offers ordered whose prices or terms are assumed: {', '.join(found.assumed_offers)}")
    if found.modelled_layouts:
        lines.append(
            f"  rates of {found.modelled_layouts} of {found.layouts} layouts running: modelled, not measured; "
            + SIZED[str(settings["serving_estimate"].iloc[0]) if "serving_estimate" in settings else "median"]
        )
    if lines:
        lines.insert(0, "Weakest evidence (assumed or second-hand, of what is in the plan):")
    defaults = len(plan.tables["defaults"])
    if defaults:
        blanks = "1 blank was" if defaults == 1 else f"{defaults} blanks were"
        lines.append(f"{blanks} filled with declared defaults (table defaults).")
    return "\n".join(lines)
