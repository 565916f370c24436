"""Why a card is in the plan, or why not: what it costs and saves, what would change that, what serves instead."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import InputError, Problem
from planner.explain.bars import Bars, bars, opened_up
from planner.explain.break_even import (
    SEEN_UNITS,
    EfficiencyAnswer,
    PriceAnswer,
    break_even_efficiency,
    break_even_price,
    relaxed_without,
)
from planner.explain.changed import priced, ways_to_get
from planner.explain.charges import charges, worth_of_a_first_card
from planner.explain.opened import Opened, Relaxation, opened, relaxation, relaxed
from planner.inputs.nearest import listing, nearest_mend
from planner.plan import Plan

SEEN_CARDS = 1e-3  # fewer cards than this are none, in a comparison
SEEN_MONEY = 1e-7  # share of the cost


@dataclass(frozen=True, eq=False)
class Why:
    """The case for and against one card.

    Attributes
    ----------
    plan : the run
    card : its id
    planned_cards : ordered by the plan [cards]
    used : the relaxation orders it
    bars : what keeps it out, everywhere or in places
    without_cost : how much dearer the relaxation is without it; None: no plan keeps the rules without it [currency]
    freed_saving : how much cheaper it is where the bars on its orders do not hold, None without such bars [currency]
    charges : per way of ordering it, what a card costs and saves, see `planner.explain.charges.charges`
    prices : price per card now, by offer and node [case currency]
    price, efficiency : where it breaks even; None for a card that cannot be ordered at all
    instead : cards by type that come (+) and go (-) when this card leaves the relaxation (or enters, where not used)
    terms : change of each cost term, likewise [case currency]
    """

    plan: Plan
    card: str
    planned_cards: int
    used: bool
    bars: Bars
    without_cost: float | None
    freed_saving: float | None
    charges: pd.DataFrame
    prices: pd.DataFrame
    price: PriceAnswer | None
    efficiency: EfficiencyAnswer | None
    instead: dict[str, float]
    terms: dict[str, float]


def why(plan: Plan, card: str, efficiency: bool = True) -> Why:
    """Everything about one card, from the run alone.

    Parameters
    ----------
    efficiency : also look for the break-even efficiency, which takes eight to ten more solves

    Raises
    ------
    InputError
        The case has no such card.
    """
    program = opened(plan.given)
    _known(program, plan, card)
    now, ways = relaxed(program), ways_to_get(program, card)
    columns = ways["column"].to_numpy(np.int64)
    barred = bars(program, card, ways)
    used = bool(now.values[columns].sum() > SEEN_UNITS)
    if used and barred.total:  # ordered all the same: to fill a share, as a trial
        barred = replace(barred, total=False)
    outside = relaxed_without(program, card) if used else now
    planned = plan.tables["orders"]
    planned_cards = int(planned.loc[planned["accelerator"] == card, "cards"].sum())
    answer, efficient, table, other = None, None, pd.DataFrame(), outside
    if not barred.total:
        money = priced(program, card)
        table = charges(program, money, card, worth_of_a_first_card(program, card, now))
        guess = None if used else float(np.nanmax(table["factor"]))
        answer = break_even_price(money, columns, outside, now, guess)
        efficient = break_even_efficiency(program, card, used) if efficiency else None
        other = outside if used else answer.inside
    return Why(
        plan=plan,
        card=card,
        planned_cards=planned_cards,
        used=used,
        bars=barred,
        without_cost=None if outside is None else outside.cost - now.cost,
        freed_saving=_freed(program, now, columns, barred),
        charges=table,
        prices=program.given.money[program.given.money["offer"].isin(set(ways["offer"]))][
            ["offer", "node", "price"]
        ],
        price=answer,
        efficiency=efficient,
        instead=_difference(_cards(program, other), _cards(program, now), SEEN_CARDS) if other else {},
        terms=_difference(_terms(program, other), _terms(program, now), SEEN_MONEY * abs(now.cost))
        if other
        else {},
    )


def _known(program: Opened, plan: Plan, card: str) -> None:
    names = [str(name) for name in program.given.cards["accelerator"]]
    if card not in names:
        mend = nearest_mend(card, names, "Only cards that the case names are known to its run.")
        problem = Problem(
            f"run of {plan.case}", "", "card", f"no card '{card}'", f"one of: {listing(names)}", mend
        )
        raise InputError([problem])


def _freed(program: Opened, now: Relaxation, columns: np.ndarray, barred: Bars) -> float | None:
    """What the bars on its orders cost: the relaxation with rows that close them silent about this card."""
    if not len(barred.rows):
        return None
    found = relaxation(opened_up(program.matrix, columns, barred.rows))
    return None if found is None else max(0.0, now.cost - found.cost)


def _cards(program: Opened, found: Relaxation) -> dict[str, float]:
    """Cards ordered by type, over the horizon; expected, where there are several futures."""
    boxes = program.given.offers.set_index("offer")["cards_per_server"].astype(float)
    chance = program.given.nodes.set_index("node")["probability"].astype(float)
    sums: dict[str, float] = {}
    for name, table in program.built.program.decisions.items():
        if {"offer", "accelerator", "node"} <= set(table.columns) and len(table):
            each = table["offer"].map(boxes).to_numpy(float) if name == "order" else 1.0
            weight = table["node"].map(chance).to_numpy(float) * each
            cards = pd.Series(found.values[table["column"].to_numpy(np.int64)] * weight)
            for card, number in cards.groupby(table["accelerator"].to_numpy()).sum().items():
                sums[str(card)] = sums.get(str(card), 0.0) + float(number)
    return sums


def _terms(program: Opened, found: Relaxation) -> dict[str, float]:
    """Discounted money by cost term."""
    terms = {}
    for name, table in program.built.decide.costs.items():
        value = found.values[table["column"].to_numpy(np.int64)]
        terms[name] = float((table["amount"] * table["discount"] * value).sum())
    return terms


def _difference(new: dict[str, float], old: dict[str, float], least: float) -> dict[str, float]:
    change = {name: new.get(name, 0.0) - old.get(name, 0.0) for name in {*new, *old}}
    kept = {name: value for name, value in change.items() if abs(value) > least}
    return dict(sorted(kept.items(), key=lambda item: (-abs(item[1]), item[0])))


@dataclass(frozen=True)
class BestWay:
    """The order of an unused card that comes nearest to paying; of a used one, the largest planned.

    price_now, break_even : per card, before duty and tax, in the node of the order [case currency]
    years : until its own price trend reaches the break-even, None where it never does
    """

    offer: str
    site: str
    node: str
    price_now: float
    break_even: float
    trend_per_year: float
    years: float | None


def best_way(view: Why) -> BestWay | None:
    """Where and when the card comes nearest to paying."""
    if view.charges.empty or view.price is None or view.price.factor is None:
        return None
    planned = view.plan.tables["orders"].rename(columns={"ordered": "node"})
    planned = planned[planned["accelerator"] == view.card].sort_values(
        ["cards", "node"], ascending=[False, True]
    )
    keys = ["factor", "offer", "site", "node"]
    nearest = view.charges.sort_values(keys, ascending=[False, True, True, True])
    row = (planned if view.used and len(planned) else nearest).iloc[0]
    prices = view.prices.set_index(["offer", "node"])["price"].to_dict()
    price = float(prices[row["offer"], row["node"]])
    factor = float(view.price.factor)
    trends = view.plan.given["offers"].set_index("offer")["price_change_per_year"].astype(float).to_dict()
    trend = float(trends[row["offer"]])
    years = math.log(factor) / math.log(1.0 + trend) if -1.0 < trend < 0.0 and 0.0 < factor < 1.0 else None
    return BestWay(str(row["offer"]), str(row["site"]), str(row["node"]), price, price * factor, trend, years)
