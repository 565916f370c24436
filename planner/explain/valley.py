"""What work that waits saves by filling valleys."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.explain.opened import Opened, Relaxation, opened, relaxed
from planner.plan import Plan


@dataclass(frozen=True)
class Valley:
    """What it would take to serve deferrable work in the slice in which it arrives, in parts of servers.

    Attributes
    ----------
    cards : more cards in service, in the node that has most of them
    cost : more cost, discounted [case currency]
    """

    cards: float
    cost: float


def valley_saving(plan: Plan) -> Valley | None:
    """The relaxation with all work served as it arrives, against the relaxation; None where no work can move.

    Fractions of servers on both sides: the figure is what the waiting is worth, not what rounding does to it.
    """
    program = opened(plan.given)
    if program.given.moves.empty:
        return None
    workloads = plan.given["workloads"].assign(deadline_hours=0.0)  # nothing but its own slice is in time
    at_once = opened({**plan.given, "workloads": workloads})
    moving, still = relaxed(program), relaxed(at_once)
    return Valley(_most_cards(at_once, still) - _most_cards(program, moving), still.cost - moving.cost)


def _most_cards(program: Opened, found: Relaxation) -> float:
    """Cards in service in the node with the most of them."""
    table = program.built.program.decisions["installed"]
    cards = pd.Series(found.values[table["column"].to_numpy()], index=table["node"])
    return float(cards.groupby(level=0).sum().max())


def render_valley(found: Valley, currency: str) -> str:
    """One sentence."""
    saved = f"{found.cards:,.1f} cards and {found.cost:,.0f} {currency}"
    return (
        f"Work that waits saves {saved} (discounted, in parts of servers) against serving it as it arrives."
    )
