"""What binds in a run, and what one more would be worth: the answer of a plain ``capplan explain RUN``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.explain.again import Again, values_of_one_more
from planner.explain.binding import MOMENTS, Limit, binding_limits, prices_of_one_more
from planner.explain.meanings import meaning
from planner.explain.opened import Opened, Relaxation, opened, relaxed
from planner.optimization.scale import MONEY
from planner.plan import Plan

ONE_PER_CENT = 0.01
SEEN_CARDS = 1e-6  # fewer cards in service than this are none


@dataclass(frozen=True)
class Demand:
    """What one per cent more of a workload would cost, in all regions and periods [case currency, discounted]."""

    workload: str
    cost: float


@dataclass(frozen=True)
class OnHand:
    """What one more card on hand from the start would save over the horizon [case currency, discounted]."""

    accelerator: str
    site: str
    saving: float


@dataclass(frozen=True, eq=False)
class Overview:
    """What binds in a run.

    Attributes
    ----------
    plan : the run
    order : node labels in order
    relaxed_cost : of the relaxation, where the prices come from [case currency]
    limits : with a price, most worth first
    room : per limit, what the plan leaves of it (least over its periods), None where the run does not say
    unpriced : limits that the plan uses up and that have no price, in words
    again : limits solved again
    demand, on_hand : prices of demand, and of cards handed over
    """

    plan: Plan
    order: tuple[str, ...]
    relaxed_cost: float
    limits: tuple[Limit, ...]
    room: tuple[float | None, ...]
    unpriced: tuple[str, ...]
    again: tuple[Again, ...]
    demand: tuple[Demand, ...]
    on_hand: tuple[OnHand, ...]


def overview(plan: Plan, again: int = 0) -> Overview:
    """What binds in a run, from its given tables alone.

    Parameters
    ----------
    again : so many limits, from the one of most worth on, are solved again with one more and one less

    Raises
    ------
    SolverError, InfeasibleError
        The relaxation has no answer; for a run that `capplan solve` wrote this is a fault of ours.
    """
    program = opened(plan.given)
    found = relaxed(program)
    limits = binding_limits(program, prices_of_one_more(program, found))
    slack = _slack(plan)
    return Overview(
        plan=plan,
        order=tuple(program.nodes),
        relaxed_cost=found.cost,
        limits=tuple(limits),
        room=tuple(_room(program, limit, slack) for limit in limits),
        unpriced=_unpriced(program, plan, limits),
        again=tuple(values_of_one_more(program, found, limits[:again])),
        demand=_demand(program, found),
        on_hand=_on_hand(program, found),
    )


def _slack(plan: Plan) -> Mapping[tuple[str, str], float]:
    limits = plan.tables["limits"]
    return {
        (str(family), str(key)): float(slack)
        for family, key, slack in limits[["family", "key", "slack"]].to_numpy()
    }


def _room(program: Opened, limit: Limit, slack: Mapping[tuple[str, str], float]) -> float | None:
    """What the plan leaves, least over the rows of a limit; shares are kept as a measure and have no plain figure."""
    if limit.what.kind == "share":
        return None
    keys = (_key(program.built.program.row_name(int(row))) for row in limit.rows)
    left = [slack[limit.family, key] * limit.what.per_unit for key in keys if (limit.family, key) in slack]
    return max(0.0, min(left)) if left else None


def _key(row_name: str) -> str:
    return row_name.partition("[")[2].removesuffix("]")


def _unpriced(program: Opened, plan: Plan, limits: list[Limit]) -> tuple[str, ...]:
    """Limits the plan uses up although the relaxation puts no price on them."""
    priced = {(limit.family, limit.name) for limit in limits}
    binding = plan.tables["limits"]
    used = {
        (str(family), str(key))
        for family, key in binding.loc[binding["binding"], ["family", "key"]].to_numpy()
    }
    names: dict[str, None] = {}
    for family, rows in program.built.program.families.items():
        what = meaning(family)
        if what.kind not in ("limit", "share") or not any(name == family for name, _ in used):
            continue
        own = [key for key in rows.key if key not in MOMENTS]
        for line in rows.keys.to_dict("records"):
            text = ",".join(str(line[key]) for key in rows.key)
            name = what.name({key: line[key] for key in own})
            if (family, text) in used and (family, name) not in priced:
                names[name] = None
    return tuple(sorted(names))


def _demand(program: Opened, found: Relaxation) -> tuple[Demand, ...]:
    """Cost of one per cent more of each workload: sum of price times right side."""
    cost: dict[str, float] = {}
    for family, rows in program.built.program.families.items():
        if meaning(family).kind != "demand" or "workload" not in rows.keys or not len(rows.keys):
            continue
        number = rows.keys["row"].to_numpy(np.int64)
        side = np.where(np.isfinite(rows.lower), rows.lower, rows.upper)
        amounts = found.duals[number] * side * ONE_PER_CENT * MONEY
        for workload, amount in zip(rows.keys["workload"], amounts, strict=True):
            cost[str(workload)] = cost.get(str(workload), 0.0) + float(amount)
    return tuple(
        Demand(name, amount) for name, amount in sorted(cost.items(), key=lambda item: (-item[1], item[0]))
    )


def _on_hand(program: Opened, found: Relaxation) -> tuple[OnHand, ...]:
    """Saving by one more card, handed over in the first node, where the relaxation has cards of the kind."""
    rows = program.built.program.families.get("installed_cards")
    if rows is None or not len(rows.keys):
        return ()
    installed = program.built.decide.installed
    cards = installed.assign(cards=found.values[installed["column"].to_numpy()])
    table = rows.keys.merge(
        cards[["accelerator", "site", "node", "cards"]], on=["accelerator", "site", "node"]
    )
    table["saving"] = -found.duals[table["row"].to_numpy(np.int64)] * MONEY
    table = table[(table["node"] == program.nodes[0]) & (table["cards"] > SEEN_CARDS)]
    table = table.sort_values(["saving", "accelerator", "site"], ascending=[False, True, True])
    return tuple(
        OnHand(str(card), str(site), float(saving))
        for card, site, saving in table[["accelerator", "site", "saving"]].to_numpy()
    )


def limits_table(view: Overview) -> pd.DataFrame:
    """Limits as a table: family, limit, periods, size, unit, price, step, worth, left in the plan."""
    rows = [
        (
            limit.family,
            limit.name,
            " ".join(limit.nodes),
            limit.size,
            limit.what.unit,
            limit.price,
            limit.step,
            limit.worth,
            room,
        )
        for limit, room in zip(view.limits, view.room, strict=True)
    ]
    names = [
        "family",
        "limit",
        "periods",
        "size",
        "unit",
        "price_per_unit",
        "step",
        "worth_of_step",
        "left_in_plan",
    ]
    return pd.DataFrame(rows, columns=names)
