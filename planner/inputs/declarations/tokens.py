"""Tokens for sale: served by somebody else's cards, at list price or from a prepaid package."""

from __future__ import annotations

from planner.inputs.declarations.common import FROM_PERIOD, NOTE, SOURCE, TO_PERIOD
from planner.tables import Column, Table

TOKEN_OFFERS = Table(
    "token_offers",
    "tokens of an API. Whoever lists an offer for a workload says that the API keeps that workload's promise: nothing "
    "here checks it. Where a residency rule restricts a workload in a region, an offer serves it only if it names the "
    "region",
    ("offer",),
    (
        Column("offer", "id", "token offer"),
        Column("llm", "id", "language model it serves", refers="llms"),
        Column("workloads", "ids", "workloads it serves; blank: all of the llm", default=()),
        Column("regions", "ids", "regions it serves; blank: all without a residency rule", default=()),
        Column("input_price_per_mtok", "number", "price of input", "currency per million tokens", low=0, high=1e6),
        Column("cached_price_per_mtok", "number", "price of input read from the cache; blank: as other input",
               "currency per million tokens", low=0, high=1e6, default=None),
        Column("output_price_per_mtok", "number", "price of output", "currency per million tokens", low=0, high=1e6),
        Column("currency", "id", "currency of the prices; blank: the case currency", default=None),
        Column("deferrable_factor", "number", "batch price over list price, for workloads that may wait", low=0,
               high=10, default=1.0),
        Column("max_requests_per_s", "number", "most requests at the peak, over all workloads; blank: no limit",
               "requests per s", low=0, high=1e9, default=None),
        Column("max_mtok_per_day", "number", "most tokens a day, over all workloads; blank: no limit",
               "million tokens per day", low=0, high=1e12, default=None),
        Column("origin", "choice", "where the service comes from, for shares by origin",
               choices=("domestic", "imported")),
        FROM_PERIOD,
        TO_PERIOD,
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

TOKEN_FACTORS = Table(
    "token_factors",
    "price of a token offer in a slice over its list price, for peak and off-peak prices",
    ("offer", "slice"),
    (
        Column("offer", "id", "token offer", refers="token_offers"),
        Column("slice", "id", "slice", refers="slices"),
        Column("factor", "number", "price over list price", low=0, high=100),
        SOURCE,
    ),
)

PACKAGES = Table(
    "packages",
    "prepaid tokens of a token offer: paid with the purchase, drawn until they expire; input, cached input and output "
    "count alike",
    ("package",),
    (
        Column("package", "id", "package"),
        Column("token_offer", "id", "token offer whose tokens it holds", refers="token_offers"),
        Column("price", "number", "price of a package", "currency", low=0, high=1e10),
        Column("currency", "id", "currency of the price; blank: the case currency", default=None),
        Column("mtok", "number", "tokens in it", "million tokens", above=0, high=1e12),
        Column("valid_months", "number", "time until it expires, from the start of the period of the purchase; in "
               "whole periods, at least one", "months", above=0, high=600),
        Column("max_mtok_per_day", "number", "most tokens a day from each valid package; blank: no limit",
               "million tokens per day", above=0, high=1e12, default=None),
        Column("max_packages", "whole", "most packages bought in a period; blank: no limit", "packages", low=0,
               high=10**6, default=None),
        FROM_PERIOD,
        TO_PERIOD,
        SOURCE,
        NOTE,
    ),
)  # fmt: skip
