"""The same program at other prices of a card, at other rates of it, or without it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import SolverError
from planner.explain.opened import Opened, Tables, opened
from planner.optimization.matrix import FloatArray, IntArray, Matrix

PRICE_COLUMNS = ("price_per_", "rent_per_")  # how columns of offers begin that hold money


def offers_of(tables: Tables, card: str) -> list[str]:
    """Offers that sell a card."""
    offers = tables["offers"]
    return [str(offer) for offer in offers.loc[offers["accelerator"] == card, "offer"]]


def at_price(tables: Tables, card: str, factor: float) -> Tables:
    """Given tables with every price of the card's offers times a factor."""
    own = set(offers_of(tables, card))
    changed = {}
    for name, table in tables.items():
        columns = [column for column in table.columns if str(column).startswith(PRICE_COLUMNS)]
        if "offer" not in table.columns or not columns or table.empty:
            continue
        factors = table["offer"].isin(own).map({True: factor, False: 1.0}).astype(float)
        changed[name] = table.assign(**{column: table[column].astype(float) * factors for column in columns})
    return {**tables, **changed}


def at_efficiency(tables: Tables, card: str, factor: float) -> Tables:
    """Given tables with every rate of the card's layouts times a factor."""
    layouts = tables["layouts"]
    own = layouts.loc[layouts["accelerator"] == card, "layout"]
    rates = tables["rates"]
    factors = rates["layout"].isin(set(own)).map({True: factor, False: 1.0}).astype(float)
    return {**tables, "rates": rates.assign(requests_per_s=rates["requests_per_s"] * factors)}


def ways_to_get(program: Opened, card: str) -> pd.DataFrame:
    """Decisions that bring cards of a type: decision, offer, site, node, column (keys a decision lacks are blank)."""
    parts = []
    for name, table in program.built.program.decisions.items():
        if {"offer", "accelerator"} <= set(table.columns):
            own = table[table["accelerator"] == card]
            parts.append(
                own.assign(decision=name).reindex(columns=["decision", "offer", "site", "node", "column"])
            )
    empty = pd.DataFrame(
        {"decision": [], "offer": [], "site": [], "node": [], "column": np.array([], dtype=int)}
    )
    return pd.concat(parts, ignore_index=True) if parts else empty


def without(matrix: Matrix, columns: IntArray) -> Matrix:
    """The program with these columns at zero."""
    upper = matrix.upper.copy()
    upper[columns] = 0.0
    return replace(matrix, upper=upper)


@dataclass(frozen=True, eq=False)
class Varied:
    """A program as a function of one factor: cost and entries are linear in it.

    Attributes
    ----------
    base : at a factor of 1, the program as it is
    slope : cost of one unit of each column per unit of the factor [thousand of case currency]
    entries : the same for the coefficients
    """

    base: Matrix
    slope: FloatArray
    entries: FloatArray

    def at(self, factor: float) -> Matrix:
        """The program at this factor."""
        values = self.base.entry_values + (factor - 1.0) * self.entries
        kept = values != 0
        return replace(
            self.base,
            cost=self.base.cost + (factor - 1.0) * self.slope,
            entry_rows=self.base.entry_rows[kept],
            entry_columns=self.base.entry_columns[kept],
            entry_values=values[kept],
        )


def priced(program: Opened, card: str) -> Varied:
    """The program as a function of the factor on a card's price: what it costs, and what budgets and shares count.

    Raises
    ------
    SolverError
        See `_between`.
    """
    return _between(program, at_price(program.tables, card, 2.0), f"Twice the price of {card}")


def slowed(program: Opened, card: str) -> Varied:
    """The program as a function of how many times slower a card is: work of a request, and energy, are one over rate.

    Raises
    ------
    SolverError
        See `_between`.
    """
    return _between(program, at_efficiency(program.tables, card, 0.5), f"Half the rates of {card}")


def _between(program: Opened, double: Tables, what: str) -> Varied:
    """The program through two points: as it is, and at a factor of two.

    Raises
    ------
    SolverError
        The two builds differ in more than numbers: a fault of ours.
    """
    base, other = program.matrix, opened(double).matrix
    same = base.columns == other.columns and np.array_equal(base.entry_columns, other.entry_columns)
    if not same or not np.array_equal(base.entry_rows, other.entry_rows):
        raise SolverError(f"{what} makes another program; where it breaks even is not known.")
    return Varied(base, other.cost - base.cost, other.entry_values - base.entry_values)
