"""Futures one by one: what the best plan would cost if each were known to come."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.demand.tree import path_tables
from planner.errors import NoPlanError
from planner.optimization.build import build
from planner.optimization.gather import gather
from planner.optimization.paths import paths_of
from planner.optimization.scale import MONEY
from planner.optimization.selectors import branched
from planner.optimization.solve import SolveOptions
from planner.optimization.strategy import solve_program


def best_of_paths(given: Mapping[str, pd.DataFrame], options: SolveOptions) -> pd.DataFrame:
    """The best plan of every path alone (wait and see): path (its last node), cost, bound [case currency].

    Raises
    ------
    NoPlanError
        A path alone has no plan, or none was found in time.
    """
    rows = []
    for path in paths_of(given["periods"]):
        built = build(gather(path_tables(given, path[-1])))
        solved = solve_program(built.matrix, built.structure, options)
        if solved.outcome.values is None:
            raise NoPlanError(f"No plan was found for the future {path[-1]} alone: {solved.outcome.stop_reason}.")
        rows.append((path[-1], solved.outcome.cost * MONEY, solved.bound * MONEY))
    return pd.DataFrame(rows, columns=["path", "cost", "bound"])


def with_best(given: dict[str, pd.DataFrame], options: SolveOptions) -> dict[str, pd.DataFrame]:
    """The given tables with the best of each path, where the objective is the largest regret."""
    asked = str(given["settings"]["objective"].iloc[0])
    if asked != "regret" or not branched(given["periods"]):
        return given
    return given | {"best": best_of_paths(given, options)[["path", "cost"]]}
