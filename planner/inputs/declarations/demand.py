"""What must be served: workloads with their promises, demand, lengths, traffic, routes."""

from __future__ import annotations

from planner.inputs.declarations.common import NOTE, SITE, SOURCE
from planner.tables import Column, Table

WORKLOAD = Column("workload", "id", "workload", refers="workloads")
REGION = Column("region", "id", "region the requests come from")

ROUTES = Table(
    "routes",
    "which site may serve which region, and how far it is; a pair that is not listed cannot be used",
    ("region", "site"),
    (
        REGION,
        SITE,
        Column(
            "network_ms",
            "number",
            "round trip between region and site",
            "ms",
            low=0,
            high=10_000,
            default=0.0,
        ),
        SOURCE,
        NOTE,
    ),
    required=True,
)

# Defaults of the columns marked "class" come from the workload's service class when it names one.
WORKLOADS = Table(
    "workloads",
    "one llm under one service promise with one shape of requests; blanks are taken from the service class",
    ("workload",),
    (
        Column("workload", "id", "workload"),
        Column("llm", "id", "language model of demand/llms or llms.yaml", refers="llms"),
        Column("service_class", "id", "class whose defaults fill the blanks: chat, agent, rag, batch...",
               default=None, refers="service_classes"),
        Column("length_profile", "id", "profile of request lengths", default=None, refers="length_profiles"),
        Column("traffic_shape", "id", "hours of the week", default=None, refers="traffic_shapes"),
        Column("max_ttft_ms", "number", "promise: time to first token, network included", "ms", above=0, high=1e8,
               default=None),
        Column("max_tpot_ms", "number", "promise: time per later token", "ms", above=0, high=1e6, default=None),
        Column("promise_quantile", "share", "share of requests that must keep the promise", "share", low=0.5,
               high=0.9999, default=0.95),
        Column("peak_quantile", "share", "quantile of the week's load the fleet is sized for", "share", default=0.99),
        Column("burst_z", "number", "variance over mean of busy slots", "ratio", low=1, high=1000, default=2.0),
        Column("cached_input_share", "share", "input tokens found in the prefix cache, where the profile has none",
               "share", default=0.0),
        Column("retry_share", "share", "requests that are sent again", "share", high=0.9, default=0.0),
        Column("failed_work_share", "share", "work a failed attempt costs", "share", default=0.5),
        Column("response_cache_share", "share", "requests answered without the llm", "share", default=0.0),
        Column("deferrable", "flag", "may wait: sized at the mean, not the peak", default=False),
        Column("deadline_hours", "number", "deferrable work is done within this time of its arrival", "h", above=0,
               high=24, default=24.0),
        Column("unmet_penalty_per_mtok", "number", "price of a million logical tokens not served",
               "case currency per million tokens", above=0, high=1e9),
        Column("precisions", "ids", "weight precisions allowed, in lower case; blank: any the card computes",
               default=()),
        SOURCE,
        NOTE,
    ),
    required=True,
    records=True,
)  # fmt: skip

DEMAND = Table(
    "demand",
    "volume per period, region and workload: give tokens, or requests, or sessions",
    ("period", "region", "workload"),
    (
        Column("period", "month", "period"),
        REGION,
        WORKLOAD,
        Column("input_mtok_per_day", "number", "basis A: logical input, cached included, mean of the period",
               "million tokens per day", low=0, high=1e12, default=None),
        Column("output_mtok_per_day", "number", "basis A: output, reasoning included", "million tokens per day",
               low=0, high=1e12, default=None),
        Column("requests_per_day", "number", "basis B", "requests per day", low=0, high=1e15, default=None),
        Column("mean_input_tokens", "number", "basis B without a length profile", "tokens per request", above=0,
               high=1e8, default=None),
        Column("mean_output_tokens", "number", "basis B without a length profile", "tokens per request", above=0,
               high=1e8, default=None),
        Column("sessions_per_day", "number", "basis C: agent sessions", "sessions per day", low=0, high=1e15,
               default=None),
        Column("steps_per_session", "number", "basis C: model calls per session", "calls", above=0, high=1e6,
               default=None),
        Column("peak_to_mean", "number", "overrides the traffic shape", "ratio", low=1, high=1000, default=None),
        SOURCE,
        NOTE,
    ),
    required=True,
)  # fmt: skip

LENGTH_PROFILES = Table(
    "length_profiles",
    "request lengths: shares of requests by bucket with the means inside each bucket",
    ("profile", "in_lo", "out_lo"),
    (
        Column("profile", "id", "profile"),
        Column("in_lo", "number", "input length above", "tokens", low=0, high=1e8),
        Column("in_hi", "number", "input length up to", "tokens", above=0, high=1e8),
        Column("out_lo", "number", "output length above", "tokens", low=0, high=1e8),
        Column("out_hi", "number", "output length up to", "tokens", above=0, high=1e8),
        Column("share", "share", "share of requests; a profile's shares add up to 1", "share"),
        Column("mean_in", "number", "mean input inside the bucket, cached included", "tokens", low=0, high=1e8),
        Column("mean_out", "number", "mean output inside the bucket", "tokens", above=0, high=1e8),
        Column("mean_cached_in", "number", "mean input found in the prefix cache", "tokens", low=0, high=1e8,
               default=0.0),
        SOURCE,
    ),
)  # fmt: skip

TRAFFIC_SHAPES = Table(
    "traffic_shapes",
    "load by hour of the week, mean 1",
    ("shape", "hour_of_week"),
    (
        Column("shape", "id", "shape"),
        Column("hour_of_week", "whole", "0 = Monday 00:00 to 167", low=0, high=167),
        Column("weight", "number", "load of the hour over the mean", "ratio", low=0, high=1000),
        Column("window_peak", "number", "busy ten minutes of the hour over the hour's mean", "ratio", low=1,
               high=1000, default=1.0),
        SOURCE,
    ),
)  # fmt: skip

SLICES = Table(
    "slices",
    "parts of the representative week that are planned apart, by hour of the reference time zone; together they cover "
    "every hour once. Without rows the whole week is one slice",
    ("slice",),
    (
        Column("slice", "id", "part of the week"),
        Column("days", "choice", "days it holds for", choices=("all", "weekday", "weekend"), default="all"),
        Column("from_hour", "whole", "first hour of the day", "h", low=0, high=23),
        Column("to_hour", "whole", "hour of the day at which it ends", "h", low=1, high=24),
        NOTE,
    ),
)  # fmt: skip

REGIONS = Table(
    "regions",
    "time zones: a traffic shape is in the local time of its region; a region without a row has the reference zone",
    ("region",),
    (
        REGION,
        Column("utc_offset_hours", "whole", "local time less UTC", "h", low=-12, high=14),
        NOTE,
    ),
)  # fmt: skip
