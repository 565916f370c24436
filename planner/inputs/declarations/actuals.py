"""What really happened: deliveries, prices paid, tokens served."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, SITE, SOURCE
from planner.tables import Column, Table

_OFFER = Column("offer", "id", "offer of the run", refers="offers")
_MONTH = Column("month", "month", "calendar month, also in a quarterly case")

DELIVERIES = Table(
    "deliveries",
    "cards put into use, and orders that were cancelled",
    ("delivery",),
    (
        Column("delivery", "id", "name of the delivery"),
        _OFFER,
        SITE,
        _MONTH,
        Column("cards", "whole", "cards", "cards", low=0, high=10**8),
        Column("status", "choice", "delivered: in use from this month; cancelled: they will not come",
               choices=("delivered", "cancelled"), default="delivered"),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

PAID_PRICES = Table(
    "paid_prices",
    "prices paid per card, before freight, duty and tax; they hold from their month on",
    ("offer", "month"),
    (
        _OFFER,
        _MONTH,
        Column("price_per_card", "number", "price in the offer's currency", "currency per card", above=0, high=1e8),
        Column("fx_rate", "number", "case currency per unit of the offer's; blank: the rate of the plan", "ratio",
               above=0, high=1e6, default=None),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

SERVED = Table(
    "served",
    "tokens served",
    ("workload", "month"),
    (
        Column("workload", "id", "workload of the run", refers="workloads"),
        _MONTH,
        Column("input_mtok", "number", "input, cached input included", "million tokens", low=0, high=1e12),
        Column("output_mtok", "number", "output", "million tokens", low=0, high=1e12),
        SOURCE,
        NOTE,
    ),
)

ACTUALS_TABLES: tuple[Table, ...] = (DELIVERIES, PAID_PRICES, SERVED)
