"""What the heuristics know of a program: which columns are one choice, when they act, which are replicas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program
from planner.optimization.variables import Decisions

IntArray = npt.NDArray[np.int64]
NONE = -1


@dataclass(frozen=True, eq=False)
class Structure:
    """Facts about columns and rows.

    Attributes
    ----------
    choice : per column; columns of one choice (a layout at a site with its load, an offer at a site) share a
        number, -1: none
    moment : per column; number of the node in which it acts, for decisions that bind no other node (replicas,
        load, flow, unmet); -1 for orders and the fleet
    replicas : column numbers of the replicas running
    capacity_rows : row numbers of `serving_capacity`
    """

    choice: IntArray
    moment: IntArray
    replicas: IntArray
    capacity_rows: IntArray


def structure_of(program: Program, given: Given, decide: Decisions) -> Structure:
    """Choices and moments of a program's columns, and where its replicas meet its load."""
    choice = np.full(program.columns, NONE, dtype=np.int64)
    places = decide.deploy[["layout", "site"]].drop_duplicates(ignore_index=True)
    places["choice"] = np.arange(len(places))
    for table in (decide.deploy, decide.starting, decide.load):
        choice[table["column"]] = table.pipe(matched, places, on=["layout", "site"], how="left")["choice"]
    markets = decide.order[["offer", "site"]].drop_duplicates(ignore_index=True)
    markets["choice"] = len(places) + np.arange(len(markets))
    choice[decide.order["column"]] = decide.order.pipe(matched, markets, on=["offer", "site"], how="left")[
        "choice"
    ]
    rents = decide.rent[["rental", "site"]].drop_duplicates(ignore_index=True)
    rents["choice"] = len(places) + len(markets) + np.arange(len(rents))
    choice[decide.rent["column"]] = decide.rent.pipe(matched, rents, on=["rental", "site"], how="left")[
        "choice"
    ]

    moment = np.full(program.columns, NONE, dtype=np.int64)
    number = pd.Series(range(len(given.nodes)), index=given.nodes["node"])
    inner = (
        decide.deploy,
        decide.starting,
        decide.load,
        decide.flow,
        decide.moved,
        decide.unmet,
        decide.in_use,
        decide.hourly,
        decide.bought,
        decide.drawn,
        decide.used,
    )
    for table in inner:
        moment[table["column"]] = table["node"].map(number)
    capacity = program.families["serving_capacity"].keys["row"].to_numpy(np.int64)
    return Structure(choice, moment, decide.deploy["column"].to_numpy(np.int64), capacity)
