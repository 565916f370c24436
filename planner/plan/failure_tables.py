"""Result tables of a plan that must survive failures: what runs, and what is left undone, in each of them."""

from __future__ import annotations

from planner.plan.columns import (
    ACCELERATOR,
    BAND,
    BUCKET,
    LAYOUT,
    NODE,
    RATE,
    REGION,
    SITE,
    WORKLOAD,
)
from planner.tables import Column, Table

FAILURE = Column("failure", "id", "what has failed, in the busiest slice", refers="failures")

FAILURE_DEPLOYMENT = Table("failure_deployment", "replicas running in a failure",
                           ("layout", "site", "node", "failure"), (
    LAYOUT, Column("llm", "id", "language model", refers="llms"), ACCELERATOR, SITE, NODE, FAILURE,
    Column("replicas", "number", "running copies; whole unless the case allows fractions", "replicas"),
    Column("cards_per_replica", "whole", "cards of one replica", "cards"),
    Column("cards", "number", "replicas times cards per replica", "cards"),
))  # fmt: skip

FAILURE_LOAD = Table("failure_load", "work placed on each layout in a failure",
                     ("workload", "bucket", "band_ms", "layout", "site", "node", "failure"), (
    WORKLOAD, BUCKET, BAND, LAYOUT, ACCELERATOR, SITE, NODE, FAILURE, RATE,
))  # fmt: skip

FAILURE_ROUTING = Table("failure_routing", "work sent from regions to sites in a failure",
                        ("workload", "bucket", "region", "site", "node", "failure"), (
    WORKLOAD, BUCKET, REGION, SITE, NODE, FAILURE, RATE,
))  # fmt: skip

FAILURE_UNMET = Table("failure_unmet", "demand that is not served in a failure",
                      ("workload", "bucket", "region", "node", "failure"), (
    WORKLOAD, BUCKET, REGION, NODE, FAILURE, RATE,
))  # fmt: skip

FAILURE_TABLES: tuple[Table, ...] = (FAILURE_DEPLOYMENT, FAILURE_LOAD, FAILURE_ROUTING, FAILURE_UNMET)
