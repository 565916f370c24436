"""Result tables of rent and of tokens bought; a run has them where its case has such offers."""

from __future__ import annotations

from planner.plan.columns import (
    ACCELERATOR,
    BUCKET,
    NODE,
    ORIGIN,
    RATE,
    REGION,
    SITE,
    SLICE,
    VENDOR,
    WORKLOAD,
)
from planner.tables import Column, Table

RENTAL = Column("rental", "id", "rental", refers="rentals")

RENTALS = Table("rentals", "terms of rented servers", ("rental", "site", "ordered"), (
    RENTAL, ACCELERATOR, VENDOR, ORIGIN, SITE,
    Column("ordered", "id", "period in which it is decided; where there are scenarios, with the branch"),
    Column("in_service", "month", "first period in which its cards serve, and for which rent is paid"),
    Column("servers", "whole", "servers rented", "servers"),
    Column("cards", "whole", "servers times cards per server", "cards"),
))  # fmt: skip

HOURLY = Table("hourly", "cards rented by the hour, for all hours of a slice", ("rental", "site", "node", "slice"), (
    RENTAL, ACCELERATOR, VENDOR, ORIGIN, SITE, NODE, SLICE,
    Column("cards", "number", "cards; whole unless the case allows fractions", "cards"),
))  # fmt: skip

MTOK = Column("mtok", "number", "tokens of the period", "million tokens")
TOKEN_OFFER = Column("token_offer", "id", "token offer", refers="token_offers")
PACKAGE = Column("package", "id", "package", refers="packages")

BOUGHT = Table("bought", "work served by an API at list price",
               ("token_offer", "workload", "bucket", "region", "node", "slice"), (
    TOKEN_OFFER, WORKLOAD, BUCKET, REGION, NODE, SLICE, RATE, MTOK,
))  # fmt: skip

DRAWN = Table("drawn", "work served from prepaid packages",
              ("package", "workload", "bucket", "region", "node", "slice"), (
    PACKAGE, WORKLOAD, BUCKET, REGION, NODE, SLICE, RATE, MTOK,
))  # fmt: skip

PACKAGES = Table("packages_bought", "prepaid packages bought", ("package", "node"), (
    PACKAGE, NODE,
    Column("packages", "whole", "packages bought and paid in this period", "packages"),
    MTOK,
))  # fmt: skip

OFFER_TABLES: tuple[Table, ...] = (RENTALS, HOURLY, BOUGHT, DRAWN, PACKAGES)
