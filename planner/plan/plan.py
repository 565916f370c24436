"""A plan: what was found, how far it is from proven, and every table it rests on."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, eq=False)
class Plan:
    """The answer to a case. Status, cost, bound and gap are separate facts.

    Attributes
    ----------
    case : name of the case
    currency : of every amount
    status : ``optimal`` (proven within the gap asked for), ``feasible`` (a plan, stopped before the proof) or
        ``interrupted`` (the best plan when the user stopped)
    cost : all terms, discounted to the start, re-evaluated from the tables [currency]
    bound : no plan costs less [currency]
    certified_bound : floor from the relaxation's duals, evaluated outside the solver [currency]
    claimed_bound : floor the solver claims after branching, None if it claimed none [currency]
    gap_asked : relative gap at which the solver may stop [share]
    stop_reason : why the search ended
    facts : solver and its version, versions of the packages, seed, hashes of the inputs
    warnings : what the reader should know first
    tables : result tables by name, see ``planner.plan.tables``, and ``provenance`` and ``defaults``
    given : the tables it was made from
    seconds : wall time of the search; not written, so that the same plan gives the same files [s]
    certificate : the program with the relaxation's prices, see ``planner.plan.certificate.stored``; empty where none
        was made
    """

    case: str
    currency: str
    status: str
    cost: float
    bound: float
    certified_bound: float
    claimed_bound: float | None
    gap_asked: float
    stop_reason: str
    facts: Mapping[str, object]
    warnings: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    given: Mapping[str, pd.DataFrame]
    seconds: float = 0.0
    certificate: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Distance from the proven floor over the cost [share]; 0 for a plan that costs nothing."""
        return (self.cost - self.bound) / abs(self.cost) if self.cost else 0.0

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the search."""
        return self.status == "interrupted"

    def table(self, name: str) -> pd.DataFrame:
        """A copy of one result table.

        Raises
        ------
        KeyError
            There is no such table; the message lists those there are.
        """
        if name not in self.tables:
            raise KeyError(f"no table '{name}'; there are {', '.join(sorted(self.tables))}")
        return self.tables[name].copy()

    def _repr_html_(self) -> str:
        line = (
            f"{self.case}: {self.status}, cost {self.cost:,.0f} {self.currency}, gap {100 * self.gap:.2f} %"
        )
        orders = (
            self.tables["orders"]
            .groupby(["origin", "accelerator"], as_index=False)[["servers", "cards"]]
            .sum()
        )
        return f"<p>{html.escape(line)}</p>{orders.to_html(index=False)}"
