"""Exchange rates, tariffs and budgets."""

from __future__ import annotations

from planner.inputs.declarations.common import FROM_PERIOD, NOTE, SITE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

FX = Table(
    "fx",
    "exchange rates; every foreign currency needs one for each period, or one for *",
    ("currency", "period"),
    (
        Column("currency", "id", "foreign currency"),
        Column("period", "month", "period, or * for all that have no row of their own", wildcard=True),
        Column("rate", "number", "case currency per unit of foreign currency", "ratio", above=0, high=1e6),
        SOURCE,
    ),
)

TARIFFS = Table(
    "tariffs",
    "price of energy by site, period, origin of the card and slice, instead of the site's tariff",
    ("site", "period", "origin", "slice"),
    (
        SITE,
        Column("period", "month", "period, or * for all that have no row of their own", wildcard=True),
        Column("origin", "choice", "cards it holds for: domestic, imported or *", default="*",
               choices=("domestic", "imported", "*")),
        Column("slice", "id", "part of the week, or * for all that have no row of their own", default="*",
               refers="slices", wildcard=True),
        Column("tariff_per_kwh", "number", "price of energy", "case currency per kWh", low=0, high=1000),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

BUDGETS = Table(
    "budgets",
    "most money in a span of periods, not discounted",
    ("budget",),
    (
        Column("budget", "id", "name of the budget"),
        Column("kind", "choice", "capex: purchases landed; opex: energy, hosting and maintenance",
               choices=("capex", "opex")),
        FROM_PERIOD,
        TO_PERIOD,
        Column("amount", "number", "most money", "case currency", low=0, high=1e14),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
