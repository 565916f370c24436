"""What the heuristics know of a program: columns of one choice, replicas, and the rows that hold replicas to cards."""

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
    """Facts about columns and rows.

    Attributes
    ----------
    choice : per column; columns of one choice (a layout at a site with its load, an offer at a site) share a
        number, -1: none
    replicas : column numbers of the replicas running
    replica_rows : for each of those, the row of `card_use` that holds it to the cards in service
    replica_cards : for each of those, cards per replica
    """

    choice: IntArray
    replicas: IntArray
    replica_rows: IntArray
    replica_cards: npt.NDArray[np.float64]


def structure_of(program: Program, given: Given, decide: Decisions) -> Structure:
    """Choices of a program's columns, and how its replicas meet its cards."""
    choice = np.full(program.columns, NONE, dtype=np.int64)
    places = decide.deploy[["layout", "site"]].drop_duplicates(ignore_index=True)
    places["choice"] = np.arange(len(places))
    for table in (decide.deploy, decide.load):
        choice[table["column"]] = table.merge(places, on=["layout", "site"], how="left")["choice"]
    markets = decide.order[["offer", "site"]].drop_duplicates(ignore_index=True)
    markets["choice"] = len(places) + np.arange(len(markets))
    choice[decide.order["column"]] = decide.order.merge(markets, on=["offer", "site"], how="left")["choice"]

    rows = program.families["card_use"].keys
    held = decide.deploy.merge(rows, on=["accelerator", "site", "node"], how="left")
    held = held.merge(given.layouts[["layout", "cards_per_replica"]], on="layout", how="left")
    return Structure(
        choice,
        held["column"].to_numpy(np.int64),
        held["row"].to_numpy(np.int64),
        held["cards_per_replica"].to_numpy(np.float64),
    )
