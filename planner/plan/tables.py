"""The result tables of a plan: every column with its unit and meaning, for docs and for checking."""

from __future__ import annotations

from planner.plan.columns import (
    ACCELERATOR,
    BAND,
    BUCKET,
    CURRENCY,
    LAYOUT,
    NODE,
    OFFER,
    ORIGIN,
    RATE,
    REGION,
    SITE,
    SLICE,
    VENDOR,
    WORKLOAD,
)
from planner.tables import Column, Table

COST_TERMS = (
    "purchase", "freight_duty", "vat", "maintenance", "hosting", "energy", "unmet", "residual", "porting",
    "measures", "risk_premium", "rental", "token_api", "token_package",
)  # fmt: skip

ORDERS = Table("orders", "what is ordered, when, for which site", ("offer", "site", "ordered"), (
    OFFER, ACCELERATOR, VENDOR, ORIGIN, SITE,
    Column("ordered", "id", "period in which the order is placed and paid; where there are scenarios, with the branch"),
    Column("in_service", "month", "first period in which its cards serve"),
    Column("servers", "whole", "servers ordered", "servers"),
    Column("cards", "whole", "servers times cards per server", "cards"),
    Column("price_per_card", "number", "price in the period of the order", f"{CURRENCY} per card"),
    Column("landed_price_per_card", "number", "price, freight, duty and tax that does not come back",
           f"{CURRENCY} per card"),
    Column("landed", "number", "landed price of the whole order, not discounted", CURRENCY),
))  # fmt: skip

FLEET = Table("fleet", "cards in service and how many are free", ("accelerator", "site", "node"), (
    ACCELERATOR, VENDOR, ORIGIN, SITE, NODE,
    Column("opening_cards", "whole", "of the fleet on hand at the start, those not yet retired", "cards"),
    Column("bought_cards", "whole", "of the plan's orders and rented terms, those in service", "cards"),
    Column("installed_cards", "whole", "in service", "cards"),
    Column("deployed_cards", "number", "of these, under running or starting replicas in the busiest slice", "cards"),
    Column("spare_cards", "number", "that must stay free for failures", "cards"),
    Column("free_cards", "number", "neither deployed nor spare", "cards"),
))  # fmt: skip

DEPLOYMENT = Table("deployment", "replicas running", ("layout", "site", "node", "slice"), (
    LAYOUT, Column("llm", "id", "language model", refers="llms"), ACCELERATOR, SITE, NODE, SLICE,
    Column("replicas", "number", "running copies; whole unless the case allows fractions", "replicas"),
    Column("cards_per_replica", "whole", "cards of one replica", "cards"),
    Column("cards", "number", "replicas times cards per replica", "cards"),
))  # fmt: skip

LOAD = Table("load", "work placed on each layout",
             ("workload", "bucket", "band_ms", "layout", "site", "node", "slice"), (
    WORKLOAD, BUCKET, BAND, LAYOUT, ACCELERATOR, SITE, NODE, SLICE, RATE,
))  # fmt: skip

ROUTING = Table("routing", "work sent from regions to sites",
                ("workload", "bucket", "region", "site", "node", "slice"), (
    WORKLOAD, BUCKET, REGION, SITE, NODE, SLICE, RATE,
    Column("share", "share", "share of what can be sent of this workload, bucket, region, period and slice", "share"),
))  # fmt: skip

DEFERRED = Table(
    "deferred", "work that may wait, from the slice in which it arrives to the one in which it is served",
    ("workload", "bucket", "region", "node", "slice", "served"), (
        WORKLOAD, BUCKET, REGION, NODE,
        Column("slice", "id", "part of the week in which it arrives", refers="slices"),
        Column("served", "id", "part of the week in which it is served", refers="slices"),
        Column("requests_per_s", "number", "served, while that slice lasts", "requests/s"),
))  # fmt: skip

UNMET = Table("unmet", "demand that is not served, and priced", ("workload", "bucket", "region", "node", "slice"), (
    WORKLOAD, BUCKET, REGION, NODE, SLICE, RATE,
    Column("share", "share", "share of the demand of this workload, bucket, region, period and slice", "share"),
    Column("mtok", "number", "logical tokens of the period that are not served", "million tokens"),
))  # fmt: skip

PORTS = Table("ports", "llms ported to other software", ("port", "node"), (
    Column("port", "id", "port"), Column("node", "id", "period in which it begins, and is paid"),
    Column("cost", "number", "paid once", CURRENCY),
))  # fmt: skip

MEASURES = Table("measures", "ways to save work that are used", ("measure", "node"), (
    Column("measure", "id", "measure"), WORKLOAD, NODE,
    Column("begun", "flag", "begins in this period"),
    Column("share", "share", "share of the workload it is used on", "share"),
))  # fmt: skip

COSTS = Table("costs", "money by term and period; rows of zero are left out", ("term", "node"), (
    Column("term", "choice", "cost term", choices=COST_TERMS),
    Column("node", "id", "period in which it falls due; residual value: the last"),
    Column("amount", "number", "as it falls due", CURRENCY),
    Column("discounted", "number", "worth at the start, by its probability where there are scenarios", CURRENCY),
))  # fmt: skip

LIMITS = Table("limits", "every limit, how far it is used, what is left", ("family", "key"), (
    Column("family", "id", "constraint family"),
    Column("key", "text", "which row of it, parts separated by commas"),
    Column("activity", "number", "what the plan does"),
    Column("limit", "number", "what is allowed"),
    Column("slack", "number", "room left"),
    Column("binding", "flag", "no room left: slack within a millionth of the limit"),
    Column("unit", "text", "unit of activity, limit and slack"),
))  # fmt: skip

PROMISES = Table("promises", "demand no card can serve within its promise", ("workload", "bucket", "band_ms"), (
    WORKLOAD, BUCKET, BAND,
    Column("promise", "text", "which promise fails", default=None),
    Column("limit", "number", "what was promised", "ms", default=None),
    Column("nearest", "number", "the nearest any card comes", "ms", default=None),
    Column("accelerator", "id", "card that comes nearest", default=None),
    Column("layout", "id", "layout that comes nearest", default=None),
    Column("reason", "text", "why it is refused", default=None),
))  # fmt: skip

RESULT_TABLES: tuple[Table, ...] = (
    ORDERS, FLEET, DEPLOYMENT, LOAD, ROUTING, DEFERRED, UNMET, PORTS, MEASURES, COSTS, LIMITS, PROMISES,
)  # fmt: skip

# Written from the others when the run is complete, so a plan under audit may not have them yet.
DERIVED_LATER = ("limits", "promises")
