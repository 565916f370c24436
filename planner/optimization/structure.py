"""What the heuristics know of a program's columns: which belong to one choice, and when a choice must be whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.optimization.given import Given
from planner.optimization.program import Program
from planner.optimization.variables import Decisions

IntArray = npt.NDArray[np.int64]
NONE = -1


@dataclass(frozen=True, eq=False)
class Structure:
    """One number per column.

    Attributes
    ----------
    choice : columns of one choice (a layout at a site with its load; an offer at a site) share a number; -1: none
    moment : number of the node in which a whole-number decision takes effect; -1 for the others
    moments : number of nodes
    """

    choice: IntArray
    moment: IntArray
    moments: int


def structure_of(program: Program, given: Given, decide: Decisions) -> Structure:
    """Choices and moments of a program's columns."""
    choice = np.full(program.columns, NONE, dtype=np.int64)
    moment = np.full(program.columns, NONE, dtype=np.int64)
    number = given.nodes.set_index("node")["index"]

    places = decide.deploy[["layout", "site"]].drop_duplicates(ignore_index=True)
    places["choice"] = np.arange(len(places))
    for table in (decide.deploy, decide.load):
        choice[table["column"]] = table.merge(places, on=["layout", "site"], how="left")["choice"]
    markets = decide.order[["offer", "site"]].drop_duplicates(ignore_index=True)
    markets["choice"] = len(places) + np.arange(len(markets))
    choice[decide.order["column"]] = decide.order.merge(markets, on=["offer", "site"], how="left")["choice"]

    for table in (decide.deploy, decide.in_use):
        moment[table["column"]] = table["node"].map(number)
    delivered = given.deliveries.rename(columns={"ordered": "node"})[["offer", "node", "in_service_index"]]
    for table in (decide.order, decide.placed):
        moment[table["column"]] = table.merge(delivered, on=["offer", "node"], how="left")["in_service_index"]
    return Structure(choice, moment, len(given.nodes))
