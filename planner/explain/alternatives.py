"""Other plans that cost about as much: each is the best in something else, audited like any plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import InputError, Problem, SolverError
from planner.explain.finished import Finished, cheapest_with, decided, finished, start_from
from planner.explain.goals import Goal, Wanted, goals, wanted
from planner.explain.opened import Opened, opened
from planner.optimization.matrix import FloatArray, plan_cost
from planner.optimization.solve import SolveOptions, solve_matrix
from planner.optimization.strategy import solve_program
from planner.optimization.structure import NONE
from planner.plan import Plan

GAP = 0.005  # of the goal; assumed: finer than the cards of a server
ROUNDING = 1e-7  # share of the cost left to the solver's tolerance on the cost row


@dataclass(frozen=True, eq=False)
class Alternative:
    """One other plan.

    Attributes
    ----------
    goal : what it is the best in
    before, after : measure of the goal in the run's plan and here
    plan : its tables and cost
    proven : nothing is better in the goal within the cost, to half a per cent
    """

    goal: Goal
    before: float
    after: float
    plan: Finished
    proven: bool


@dataclass(frozen=True, eq=False)
class Alternatives:
    """Other plans within a share of the cost; what was not found in time is left out by name."""

    run: Plan
    within: float
    found: tuple[Alternative, ...]
    missing: tuple[str, ...]


def alternatives(
    plan: Plan,
    within: float,
    *,
    against: Plan | None = None,
    names: Sequence[str] = (),
    time_limit_s: float | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> Alternatives:
    """Plans of at most ``(1 + within)`` times the cost, each the best in one goal.

    Parameters
    ----------
    within : [share]
    against : the plan to stay near to, for least change
    names : of goals; none: all
    time_limit_s : of each solve; None: the case's own

    Raises
    ------
    SolverError, AuditError
        The run's own plan cannot be found again, or an alternative breaks a rule.
    """
    program, say = opened(plan.given), on_stage or (lambda _: None)
    settings = plan.given["settings"].iloc[0]
    options = SolveOptions(
        gap=GAP,
        time_limit_s=float(settings["time_limit_s"]) if time_limit_s is None else time_limit_s,
        seed=int(settings["seed"]),
    )
    say("Finding the run's own plan again")
    start = start_from(program, plan, options)
    if start is None:
        raise SolverError("The run's own plan was not found again in time; give it more (--time-limit).")
    chosen = goals(program, None if against is None else _orders_of(program, against))
    found, missing = [], []
    for goal in chosen:
        if names and goal.name not in names:
            continue
        say(f"Looking for {goal.name}")
        other = _alternative(program, goal, plan, within, start, options)
        if other is None:
            missing.append(goal.name)
        else:
            found.append(other)
    return Alternatives(plan, within, tuple(found), tuple(missing))


def _alternative(
    program: Opened, goal: Goal, plan: Plan, within: float, start: FloatArray, options: SolveOptions
) -> Alternative | None:
    most = plan.cost + within * abs(plan.cost)
    task = wanted(program.built.matrix, goal, most - ROUNDING * abs(plan.cost), plan.cost, start)
    proven, better = _searched(program, task, options)
    found = start if better is None else better[: program.matrix.columns]
    values = cheapest_with(program, found, options)
    if values is None:
        return None
    return Alternative(goal, goal.measure(start), goal.measure(values), finished(program, values), proven)


def _searched(program: Opened, task: Wanted, options: SolveOptions) -> tuple[bool, FloatArray | None]:
    """Whether the best is proven, and the better of what the strategy of plans finds and the start.

    The strategy solves the relaxation and then only what that uses, which finds plans of large cases in seconds; what
    it leaves of the time goes to the whole program from the better of the two.
    """
    matrix, inner = task.matrix, program.built.structure
    helpers = np.full(matrix.columns - len(inner.choice), NONE, dtype=np.int64)
    structure = replace(
        inner, choice=np.concatenate([inner.choice, helpers]), moment=np.concatenate([inner.moment, helpers])
    )
    began = time.monotonic()
    first = solve_program(matrix, structure, options)
    plans = [values for values in (first.outcome.values, task.start) if values is not None]
    best = min(plans, key=lambda values: plan_cost(matrix, values)) if plans else None
    if first.outcome.status == "optimal":
        return True, first.outcome.values
    left = max(1.0, options.time_limit_s - (time.monotonic() - began))
    outcome = solve_matrix(matrix, replace(options, time_limit_s=left), hint=best)
    found = best if outcome.values is None else outcome.values
    whole = None if found is None else np.where(matrix.integer, np.round(found), found)
    return outcome.status == "optimal", whole


def _orders_of(program: Opened, other: Plan) -> dict[int, float]:
    """Orders of another plan as columns of this program.

    Raises
    ------
    InputError
        It orders what this case does not offer in that node.
    """
    known = decided(program, other)
    order = program.built.decide.order
    column = set(order["column"].astype(int))
    orders = {at: value for at, value in known.items() if at in column}
    asked = int(other.tables["orders"]["servers"].sum())
    if round(sum(orders.values())) != asked:
        problem = Problem(
            f"run of {other.case}", "", "orders", "orders that this case does not offer",
            "a plan of the same offers, sites and periods",
        )  # fmt: skip
        raise InputError([problem])
    return orders


def figures(run: Plan, tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """What a person compares plans by: makers, imported cards, cards, capital, mean date of the money."""
    orders = tables["orders"]
    position = {
        str(node): float(at)
        for at, node in zip(run.given["periods"]["index"], run.given["periods"]["node"], strict=True)
    }
    months = float(run.given["settings"]["period_months"].iloc[0])
    money = float(orders["landed"].sum())
    when = (orders["ordered"].map(position).astype(float) * months * orders["landed"]).sum()
    return {
        "makers": float(orders["vendor"].nunique()),
        "imported_cards": float(orders.loc[orders["origin"] != "domestic", "cards"].sum()),
        "cards": float(orders["cards"].sum()),
        "capital": money,
        "mean_month_of_order": float(when) / money if money else 0.0,
    }


def changed_orders(run: Plan, tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Cards by type ordered more (+) or less (-) than in the run, over the horizon; the largest first."""
    new = tables["orders"].groupby("accelerator")["cards"].sum()
    old = run.tables["orders"].groupby("accelerator")["cards"].sum()
    change = new.subtract(old, fill_value=0.0)
    change = change[change != 0]
    cards = {str(card): float(number) for card, number in change.items()}
    return dict(sorted(cards.items(), key=lambda item: (-abs(item[1]), item[0])))


def moved_servers(run: Plan, tables: dict[str, pd.DataFrame]) -> float:
    """Servers ordered otherwise than in the run, by offer, site and period: those more and those less."""
    key = ["offer", "site", "ordered"]
    new, old = (table.groupby(key)["servers"].sum() for table in (tables["orders"], run.tables["orders"]))
    return float(new.subtract(old, fill_value=0.0).abs().sum())
