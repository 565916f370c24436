"""Objectives beyond the expected cost: decisions of the tail, and what they weigh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from planner.errors import SolverError
from planner.optimization.families.risk import highest_path_cost, path_constants
from planner.optimization.given import Given
from planner.optimization.program import Program
from planner.optimization.variables import Decisions

REGRET_TIE = (
    1e-3  # weight of the expected cost beside the largest regret: decides between plans of the same regret
)
AT_BOUND = 1e-6  # relative


def with_risk(program: Program, given: Given, decide: Decisions) -> Decisions:
    """The decisions with the tail, and the excess of each path, where the objective asks for them."""
    asked = given.settings.objective
    if asked == "expected":
        return decide
    most = highest_path_cost(given)
    tail = program.decide("tail", pd.DataFrame({"measure": [asked]}), most)
    ends = pd.DataFrame(
        {"path": path_constants(given).index.to_list() if asked == "cvar" else []}, dtype=object
    )
    return replace(decide, tail=tail, excess=program.decide("excess", ends, most))


def risk_objective(
    program: Program, given: Given, decide: Decisions, expected: np.ndarray
) -> tuple[np.ndarray, float]:
    """Objective per column, and the weight the expected cost has in it [thousand of case currency].

    Parameters
    ----------
    expected : expected discounted cost per column, zero for columns of risk
    """
    asked = given.settings
    if decide.tail.empty:
        return expected, 1.0
    if asked.objective == "regret":
        weight, tail, excess = REGRET_TIE, 1.0, 0.0
    else:
        weight, tail = 1.0 - asked.risk_weight, asked.risk_weight
        excess = asked.risk_weight / (1.0 - asked.risk_quantile)
    cost = weight * expected
    cost[decide.tail["column"].to_numpy()] = tail
    chance = given.nodes.set_index("node")["probability"]
    if len(decide.excess):
        cost[decide.excess["column"].to_numpy()] = excess * decide.excess["path"].map(chance).to_numpy()
    return cost, weight


def guard_bounds(program: Program, values: np.ndarray) -> None:
    """The bounds of the tail are generous guesses; a plan that touches one would be a wrong answer.

    Raises
    ------
    SolverError
        A decision of risk is at its upper bound.
    """
    for name in ("tail", "excess"):
        table = program.decisions.get(name)
        if table is not None and (values[table["column"]] > (1.0 - AT_BOUND) * table["upper"]).any():
            raise SolverError(f"The bound of '{name}' is too low for this case; this is a bug.")
