"""``case.yaml`` and the sites."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, SOURCE
from planner.tables import Column, Table

SETTINGS = Table(
    "case",
    "what is planned: horizon, money and how the program is solved",
    ("name",),
    (
        Column("schema", "whole", "version of this file format", low=1, high=1, default=1),
        Column("name", "id", "name of the case"),
        Column("currency", "id", "currency of every amount that names no other", default="CNY"),
        Column("start", "month", "first period"),
        Column("periods", "whole", "number of periods", "periods", low=1, high=240),
        Column("period_months", "whole", "length of a period: 1 month or 3", "months", low=1, high=3, default=1),
        Column("utc_offset_hours", "whole", "reference time zone of slices and tariffs: its time less UTC", "h",
               low=-12, high=14, default=8),
        Column("discount_rate_per_year", "share", "cost of capital", "share per year", default=0.08),
        Column("routing_buckets", "whole", "most groups of request lengths that are routed apart, per workload",
               low=1, high=60, default=3),
        Column("network_band_ms", "number", "network times are rounded up to a multiple of this", "ms",
               above=0, high=10_000, default=50.0),
        Column("replicas", "choice", "whether replicas are whole numbers", choices=("whole", "fractional"),
               default="whole"),
        Column("engine", "id", "serving engine whose measured effects apply", default="vllm"),
        Column("serving_estimate", "choice", "size replicas on the median prediction, or on the slow end of its 80 % "
               "interval", choices=("median", "pessimistic"), default="median"),
        Column("pool_replicas", "whole", "replicas behind one router, which wait less than one alone", "replicas",
               low=1, high=10_000, default=1),
        Column("pools", "choice", "prefill and decode in pools of their own, beside whole replicas: not at all, or on "
               "cards that may hand KV caches to each other: the same card, cards of one maker, or any two",
               choices=("none", "same_card", "same_vendor", "any"), default="none"),
        Column("speculative_tokens", "whole", "tokens a draft model proposes per step; 0: no speculative decoding",
               "tokens", low=0, high=16, default=0),
        Column("speculative_acceptance", "share", "share of proposed tokens that are accepted, as measured", "share",
               default=0.0),
        Column("headroom_share", "share", "part of each replica's admissible load kept free", "share",
               high=0.95, default=0.0),
        Column("switch_minutes", "number", "a replica that starts in a slice is lost to work for this long, while "
               "weights are read, graphs captured and the router told (assumed)", "minutes", low=0, high=600,
               default=10.0),
        Column("porting_team", "number", "people who port llms to other software; blank: as many as needed",
               "persons", low=0, high=1e6, default=None),
        Column("idle_power_share", "share", "power of an idle card over its full power (assumed)", "share",
               default=0.3),
        Column("objective", "choice", "where there are scenarios: expected cost; expected cost and the mean of the "
               "worst futures (cvar); or the largest regret against knowing the future",
               choices=("expected", "cvar", "regret"),
               default="expected"),
        Column("risk_weight", "share", "objective cvar: weight of the worst futures against the mean", "share",
               default=0.5),
        Column("risk_quantile", "share", "objective cvar: the worst futures are those beyond this quantile of cost",
               "share", high=0.999, default=0.9),
        Column("gap", "share", "the solver stops at this distance from the proven optimum", "share",
               default=0.005),
        Column("time_limit_s", "number", "the solver stops after this time", "s", above=0, high=1e6, default=60.0),
        Column("node_limit", "whole", "the solver stops after this many branch-and-bound nodes; blank: no limit",
               low=0, high=10**9, default=None),
        Column("seed", "whole", "seed of the solver", low=0, high=2**31 - 1, default=0),
        NOTE,
    ),
    required=True,
    records=True,
)  # fmt: skip

SITES = Table(
    "sites",
    "where cards can stand",
    ("site",),
    (
        Column("site", "id", "site"),
        Column("power_kw", "number", "power at the meter, PUE included; blank: no limit", "kW", above=0, high=1e7,
               default=None),
        Column("racks", "number", "racks for accelerator servers; blank: no limit", "racks", above=0, high=1e6,
               default=None),
        Column("rack_kw", "number", "IT power one rack can hold", "kW", above=0, high=2000, default=40.0),
        Column("pue", "number", "power at the meter over IT power", "ratio", low=1, high=3, default=1.3),
        Column("tariff_per_kwh", "number", "price of energy, unless tariffs says otherwise", "case currency per kWh",
               low=0, high=1000, default=0.0),
        Column("hosting_per_kw_month", "number", "space, cooling and staff per kW of IT power in service",
               "case currency per kW and month", low=0, high=1e6, default=0.0),
        Column("spare_servers", "whole", "servers of each card type in use that stay free for failures", "servers",
               low=0, high=1000, default=0),
        Column("spare_share", "share", "share of cards in service that stays free for failures", "share", high=0.9,
               default=0.0),
        Column("kv_gb_per_s", "number", "KV caches that may travel between replicas of the site at once; blank: no "
               "limit", "GB/s", above=0, high=1e9, default=None),
        SOURCE,
        NOTE,
    ),
    required=True,
    records=True,
)  # fmt: skip
