"""What can be had: offers, prices, quotas, permits, the cards on hand, and measured serving rates."""

from __future__ import annotations

from planner.inputs.declarations.common import (
    ACCELERATOR,
    FROM_PERIOD,
    NOTE,
    OFFER_SELECTORS,
    SITE,
    SOURCE,
    TO_PERIOD,
)
from planner.tables import Column, Table

OFFERS = Table(
    "offers",
    "ways to buy cards",
    ("offer",),
    (
        Column("offer", "id", "offer"),
        ACCELERATOR,
        Column("price_per_card", "number", "price of a card with its share of the server, before duty and tax",
               "currency per card", above=0, high=1e8),
        Column("currency", "id", "currency of the price; blank: the case currency", default=None),
        Column("price_change_per_year", "number", "yearly change of the price, -0.1 is ten per cent down",
               "share per year", low=-0.9, high=10, default=0.0),
        Column("lead_time_months", "number", "order to entry into service", "months", low=0, high=120, default=0.0),
        Column("cards_per_server", "whole", "smallest box sold; blank: the card's own figure", "cards", low=1,
               high=10_000, default=None),
        Column("min_order_servers", "whole", "an order in a period is none or at least this", "servers", low=1,
               high=100_000, default=1),
        Column("freight_share", "share", "freight and insurance over the price", "share", default=0.0),
        Column("duty_share", "number", "import duty over price and freight", "share", low=0, high=10, default=0.0),
        Column("vat_share", "share", "value-added tax over price, freight and duty", "share", default=0.0),
        Column("vat_recoverable", "flag", "value-added tax comes back, so it is no cost", default=True),
        Column("maintenance_share_per_year", "share", "maintenance over the landed price", "share per year",
               default=0.0),
        Column("life_months", "number", "service life; cards leave service after it", "months", above=0, high=600,
               default=60.0),
        Column("residual_share", "share", "part of the straight-line book value that counts at the end of the horizon",
               "share", default=1.0),
        SOURCE,
        NOTE,
    ),
    required=True,
)  # fmt: skip

PRICES = Table(
    "prices",
    "price of an offer in a period, instead of its own price and yearly change",
    ("offer", "period"),
    (
        Column("offer", "id", "offer", refers="offers"),
        Column("period", "month", "period of the order"),
        Column(
            "price_per_card",
            "number",
            "price in the offer's currency",
            "currency per card",
            above=0,
            high=1e8,
        ),
        SOURCE,
    ),
)

SUPPLY = Table(
    "supply",
    "most cards that can be ordered in a span of periods, over the offers selected and all sites",
    ("limit",),
    (
        Column("limit", "id", "name of the limit"),
        *OFFER_SELECTORS,
        FROM_PERIOD,
        TO_PERIOD,
        Column("max_cards", "whole", "most cards ordered in the span", "cards", low=0, high=10**8),
        SOURCE,
        NOTE,
    ),
)

PERMITS = Table(
    "permits",
    "spans in which an order is allowed; an offer that a row selects can be ordered only inside such spans",
    ("permit",),
    (Column("permit", "id", "name of the permit"), *OFFER_SELECTORS, FROM_PERIOD, TO_PERIOD, SOURCE, NOTE),
)

FLEET = Table(
    "fleet",
    "cards on hand at the start",
    ("batch",),
    (
        Column("batch", "id", "name of this batch of cards"),
        ACCELERATOR,
        SITE,
        Column("cards", "whole", "cards in service at the start", "cards", low=0, high=10**8),
        Column("retires", "month", "first period without them; blank: not within the horizon", default=None),
        Column("maintenance_per_card_month", "number", "maintenance", "case currency per card and month", low=0,
               high=1e7, default=0.0),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

SERVING = Table(
    "serving",
    "measured or published rates; where given for a workload and card they replace the serving model",
    ("workload", "bucket", "accelerator", "layout", "role"),
    (
        Column("workload", "id", "workload", refers="workloads", wildcard=True),
        Column("bucket", "id", "length bucket as `capplan serving` prints it, or *", default="*", wildcard=True),
        ACCELERATOR,
        Column("layout", "id", "name of the layout", default="given"),
        Column("role", "choice", "whole replicas, or ones that only prefill or only decode (read where the case has "
               "pools)", choices=("whole", "prefill", "decode"), default="whole"),
        Column("cards_per_replica", "whole", "cards of one replica", "cards", low=1, high=10_000, default=1),
        Column("requests_per_s", "number", "most requests of this kind one replica takes within the promise; 0: none",
               "requests per s and replica", low=0, high=1e9),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
