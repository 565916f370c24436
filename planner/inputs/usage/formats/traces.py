"""Published traces and the plain table of requests."""

from __future__ import annotations

from planner.inputs.usage.formats.declare import Format, Test

MOONCAKE_BLOCK_TOKENS = 512  # README of the Mooncake traces
BAILIAN_BLOCK_TOKENS = 16  # README of qwen-bailian-usagetraces-anon
RATE_SPAN_S = 600.0  # ServeGen: ten-minute windows

AZURE = Format(
    name="azure",
    title="Azure LLM inference trace",
    grain="request",
    marks=(("TIMESTAMP",), ("ContextTokens",), ("GeneratedTokens",)),
    fields={
        "time": ("TIMESTAMP",),
        "input_tokens": ("ContextTokens",),
        "output_tokens": ("GeneratedTokens",),
    },
    cached="none",
    source="Azure/AzurePublicDataset",
)

BURSTGPT = Format(
    name="burstgpt",
    title="BurstGPT trace",
    grain="request",
    marks=(("Timestamp",), ("Request tokens",), ("Response tokens",)),
    fields={
        "time": ("Timestamp",),
        "model": ("Model",),
        "workload": ("Log Type",),
        "session": ("Session ID",),
        "duration_ms": ("Elapsed time",),
        "input_tokens": ("Request tokens",),
        "output_tokens": ("Response tokens",),
        "total_tokens": ("Total tokens",),
    },
    cached="none",
    clock="elapsed_s",
    scale={"duration_ms": 1e3},
    source="HPMLL/BurstGPT, README",
)

BAILIAN = Format(
    name="bailian",
    title="Qwen-Bailian usage trace",
    grain="request",
    marks=(("chat_id",), ("timestamp",), ("input_length",), ("output_length",), ("turn",)),
    fields={
        "time": ("timestamp",),
        "workload": ("type",),
        "input_tokens": ("input_length",),
        "output_tokens": ("output_length",),
        "blocks": ("hash_ids",),
    },
    cached="none",
    clock="elapsed_s",
    block_tokens=BAILIAN_BLOCK_TOKENS,
    source="alibaba-edu/qwen-bailian-usagetraces-anon, README",
)

MOONCAKE = Format(
    name="mooncake",
    title="Mooncake trace",
    grain="request",
    marks=(("timestamp",), ("input_length",), ("output_length",)),
    fields={
        "time": ("timestamp",),
        "input_tokens": ("input_length",),
        "output_tokens": ("output_length",),
        "blocks": ("hash_ids",),
    },
    cached="none",
    clock="elapsed_ms",
    block_tokens=MOONCAKE_BLOCK_TOKENS,
    source="kvcache-ai/Mooncake, FAST25-release",
)

RATES = Format(
    name="rates",
    title="Table of request rates (ServeGen, ten-minute windows)",
    grain="span",
    marks=(("t_s", "timestamp", "time"), ("rate_rps",)),
    fields={
        "time": ("t_s", "timestamp", "time"),
        "end_time": ("end_s",),
        "model": ("model",),
        "workload": ("workload",),
        "rate_per_s": ("rate_rps",),
        "hole": ("is_gap",),
    },
    cached="none",
    clock="elapsed_s",
    span_s=RATE_SPAN_S,
    assumptions=("Rates hold for ten minutes each; windows marked is_gap are holes of the recording.",),
    source="alibaba/ServeGen, derived rates",
)

PLAIN = Format(
    name="plain",
    title="plain table of requests",
    grain="request",
    marks=(
        ("input_tokens", "num_prefill_tokens", "prompt_tokens"),
        ("output_tokens", "num_decode_tokens", "completion_tokens"),
    ),
    fields={
        "time": ("time", "timestamp", "ts", "arrival_s", "arrival_time", "time_s", "t_s"),
        "end_time": ("end_time",),
        "duration_ms": ("duration_ms",),
        "id": ("id", "request_id"),
        "model": ("model",),
        "workload": ("workload",),
        "region": ("region",),
        "tenant": ("tenant",),
        "session": ("session", "session_id"),
        "input_tokens": ("input_tokens", "num_prefill_tokens", "prompt_tokens"),
        "cached_input_tokens": ("cached_input_tokens", "cached_tokens"),
        "cache_write_tokens": ("cache_write_tokens",),
        "output_tokens": ("output_tokens", "num_decode_tokens", "completion_tokens"),
        "reasoning_tokens": ("reasoning_tokens",),
        "total_tokens": ("total_tokens",),
        "retries": ("retries",),
    },
    failed=(Test("status", frozenset({"failed", "failure", "error", "timeout", "cancelled"})),),
    assumptions=("input_tokens holds the cached tokens (--cached excluded says otherwise).",),
    source="docs/demand.md",
)
PLAIN_SPANS = Format(
    name="plain_spans",
    title="plain table of volumes",
    grain="span",
    marks=(
        ("time", "timestamp", "ts", "date", "start_time", "period"),
        ("requests",),
        ("input_tokens",),
        ("output_tokens",),
    ),
    fields={
        **PLAIN.fields,
        "time": ("time", "timestamp", "ts", "date", "start_time", "period"),
        "requests": ("requests",),
        "failed_requests": ("failed_requests",),
        "batch": ("batch",),
        "hole": ("hole",),
    },
    assumptions=("A row without end_time holds for the time to the next one of its kind.",),
    source="docs/demand.md",
)
TRACES = (AZURE, BURSTGPT, BAILIAN, MOONCAKE, RATES, PLAIN_SPANS, PLAIN)
