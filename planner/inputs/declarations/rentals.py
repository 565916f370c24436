"""Cards for rent: by the month for a term, or by the hour."""

from __future__ import annotations

from planner.inputs.declarations.common import ACCELERATOR, FROM_PERIOD, NOTE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

RENTALS = Table(
    "rentals",
    "cards for rent. By the month (price_per_card_month): whole servers for the term, which stand at the site and "
    "count for its power, racks, hosting and energy. By the hour (price_per_card_hour): cards for the hours of a "
    "slice, at sites without power or rack limit. A provider's own data centre is a site of yours: without limits "
    "and, where the rent includes power and space, with tariff_per_kwh and hosting_per_kw_month 0",
    ("rental",),
    (
        Column("rental", "id", "rental"),
        ACCELERATOR,
        Column("site", "id", "where the cards stand; blank: any site, by the hour any without limits", default=None,
               refers="sites"),
        Column("price_per_card_month", "number", "rent of a card with its share of the server, for a term",
               "currency per card and month", default=None, above=0, high=1e7),
        Column("price_per_card_hour", "number", "rent of a card by the hour; one of the two prices is given",
               "currency per card and hour", default=None, above=0, high=1e5),
        Column("currency", "id", "currency of the price; blank: the case currency", default=None),
        Column("term_months", "number", "length of a term, rounded up to periods; paid in each of them, used or not",
               "months", above=0, high=120, default=1.0),
        Column("lead_time_months", "number", "start of the rental to entry into service", "months", low=0, high=120,
               default=0.0),
        Column("min_cards", "whole", "what is started in a period is none or at least this, over all sites", "cards",
               low=0, high=10**8, default=0),
        Column("max_cards", "whole", "most cards rented at a time, over all sites; blank: no limit", "cards", low=0,
               high=10**8, default=None),
        FROM_PERIOD,
        TO_PERIOD,
        Column("upfront_share", "share", "part of the term's rent that is paid when it enters service", "share",
               default=0.0),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
