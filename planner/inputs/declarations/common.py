"""Columns that many tables share."""

from __future__ import annotations

from planner.tables import Column

SOURCE = Column("source", "text", "where the figures of this row come from, or the word assumed", default="")
NOTE = Column("note", "text", "anything a reader should know", default="")
FROM_PERIOD = Column("from_period", "month", "first period it holds; blank: from the start", default=None)
TO_PERIOD = Column("to_period", "month", "last period it holds; blank: to the end", default=None)
SITE = Column("site", "id", "site", refers="sites")
ACCELERATOR = Column(
    "accelerator", "id", "card of the catalogue or of accelerators.yaml", refers="accelerators"
)

# A selector names offers by any of their attributes; a blank selects all, several together select their overlap.
OFFER_SELECTORS = (
    Column("offer", "id", "only this offer; blank: any", default=None, refers="offers"),
    Column("accelerator", "id", "only this card; blank: any", default=None, refers="accelerators"),
    Column("vendor", "text", "only cards of this maker; blank: any", default=None),
    Column("origin", "choice", "only cards of this origin; blank: any", default=None,
           choices=("domestic", "imported")),
)  # fmt: skip
