"""Rules somebody set: shares by origin and by maker, where data may be served, what is wanted or not."""

from __future__ import annotations

from planner.inputs.declarations.common import FROM_PERIOD, NOTE, OFFER_SELECTORS, SITE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

MEASURE = Column(
    "measure",
    "choice",
    "cards: in service; compute: their 16-bit TFLOPS; spend: landed purchases; tokens: served",
    choices=("cards", "compute", "spend", "tokens"),
)

DOMESTIC_SHARE = Table(
    "domestic_share",
    "least share of domestic cards, over the whole span for spend, in every period of it otherwise",
    ("policy",),
    (
        Column("policy", "id", "name of the policy"),
        MEASURE,
        FROM_PERIOD,
        TO_PERIOD,
        Column("min_share", "share", "least share", "share"),
        SOURCE,
        NOTE,
    ),
)

VENDOR_SHARE = Table(
    "vendor_share",
    "most that one maker may have, over the whole span for spend, in every period of it otherwise",
    ("policy",),
    (
        Column("policy", "id", "name of the policy"),
        Column("vendor", "text", "maker, or * for each of them", wildcard=True),
        MEASURE,
        FROM_PERIOD,
        TO_PERIOD,
        Column("max_share", "share", "most share", "share"),
        SOURCE,
        NOTE,
    ),
)

RESIDENCY = Table(
    "residency",
    "where requests may be served: a workload and region that a row names may use only the sites so named",
    ("workload", "region", "site"),
    (
        Column("workload", "id", "workload, or *", refers="workloads", wildcard=True),
        Column("region", "id", "region, or *", wildcard=True),
        SITE,
        SOURCE,
        NOTE,
    ),
)

SELECTIONS = Table(
    "selections",
    "what is wanted or not: exclude forbids orders (or, with a workload, serving it there); include asks for cards",
    ("selection",),
    (
        Column("selection", "id", "name of the rule"),
        Column("rule", "choice", "exclude or include", choices=("exclude", "include")),
        *OFFER_SELECTORS,
        Column("site", "id", "only this site; blank: any", default=None, refers="sites"),
        Column("workload", "id", "exclude only: this workload is not served there", default=None,
               refers="workloads"),
        Column("min_cards", "whole", "include only: least cards ordered over the horizon", "cards", low=1,
               high=10**8, default=None),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
