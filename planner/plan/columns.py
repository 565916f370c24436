"""Columns that several result tables share."""

from __future__ import annotations

from planner.tables import Column

OFFER = Column("offer", "id", "offer ordered", refers="offers")
ACCELERATOR = Column("accelerator", "id", "card", refers="accelerators")
VENDOR = Column("vendor", "text", "maker of the card")
ORIGIN = Column("origin", "choice", "origin of the card", choices=("domestic", "imported"))
SITE = Column("site", "id", "site", refers="sites")
NODE = Column("node", "id", "period it holds for; where there are scenarios, with the branch")
SLICE = Column("slice", "id", "part of the week", refers="slices")
WORKLOAD = Column("workload", "id", "workload", refers="workloads")
BUCKET = Column("bucket", "id", "routed group of request lengths")
BAND = Column("band_ms", "number", "network time of the routes, rounded up to a band", "ms")
LAYOUT = Column("layout", "id", "llm on a card: precision, parallelism, role")
REGION = Column("region", "id", "region the requests come from")
RATE = Column("requests_per_s", "number", "requests at the peak", "requests/s")
CURRENCY = "case currency"
