"""Exports of tracing tools and usage endpoints, and bills."""

from __future__ import annotations

from planner.inputs.usage.formats.declare import Format, Keep, Test

LANGFUSE = Format(
    name="langfuse",
    title="Langfuse observations export",
    grain="request",
    marks=(("type",), ("start_time", "startTime"), ("usage_details", "usageDetails")),
    fields={
        "time": ("start_time", "startTime"),
        "end_time": ("end_time", "endTime"),
        "id": ("id",),
        "model": ("provided_model_name", "providedModelName", "model"),
        "tenant": ("user_id", "userId"),
        "session": ("session_id", "sessionId", "trace_id", "traceId"),
        "input_tokens": ("langfuse.input",),
        "cached_input_tokens": ("langfuse.cached",),
        "cache_write_tokens": ("langfuse.written",),
        "output_tokens": ("langfuse.output",),
        "reasoning_tokens": ("langfuse.reasoning",),
    },
    cached="included",
    keep=(Keep("type", frozenset({"generation"}), "no generation (type)"),),
    failed=(Test("level", frozenset({"error"})),),
    unfold="langfuse",
    needs=("usage_details", "usageDetails"),
    assumptions=(
        "usage_details: keys are taken as parts that do not overlap, input = the sum of keys with 'input', "
        "unless 'total' shows that a part stands inside another.",
    ),
    source="langfuse/langfuse-docs, blob-storage-export-fields",
)

OPENAI_USAGE = Format(
    name="openai_usage",
    title="OpenAI organisation usage (completions)",
    grain="span",
    marks=(("start_time",), ("input_tokens",), ("output_tokens",), ("num_model_requests",)),
    fields={
        "time": ("start_time",),
        "end_time": ("end_time",),
        "model": ("model",),
        "tenant": ("project_id", "user_id", "api_key_id"),
        "input_tokens": ("input_tokens",),
        "cached_input_tokens": ("input_cached_tokens",),
        "cache_write_tokens": ("input_cache_write_tokens",),
        "output_tokens": ("output_tokens",),
        "requests": ("num_model_requests",),
        "batch": ("batch",),
    },
    clock="s",
    unfold="openai",
    assumptions=(
        "input_tokens holds cached and written tokens; fields are empty unless the export grouped by them.",
    ),
    source="openai 3.54.0, usage types",
)

OTEL_SPANS = Format(
    name="otel_spans",
    title="OpenTelemetry GenAI spans",
    grain="request",
    marks=(("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),),
    fields={
        "time": ("startTimeUnixNano", "start_time_unix_nano", "start_time", "timestamp", "Timestamp"),
        "end_time": ("endTimeUnixNano", "end_time_unix_nano", "end_time"),
        "id": ("otel.id",),
        "model": ("gen_ai.request.model", "gen_ai.response.model"),
        "provider": ("gen_ai.provider.name", "gen_ai.system"),
        "session": ("gen_ai.conversation.id", "traceId", "trace_id"),
        "tenant": ("service.name",),
        "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "cached_input_tokens": ("gen_ai.usage.cache_read.input_tokens",),
        "cache_write_tokens": (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
        ),
        "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens",),
    },
    cached="check",
    keep=(
        Keep(
            "gen_ai.operation.name",
            frozenset(
                {"embeddings", "execute_tool", "invoke_agent", "create_agent", "invoke_workflow", "retrieval"}
            ),
            "no call of a language model (gen_ai.operation.name); the calls of an agent have spans of their own",
            others=True,
        ),
    ),
    failed=(Test("error.type"),),
    unfold="otlp_spans",
    assumptions=(
        "input_tokens holds cached tokens, as the convention says, unless the data contradicts it.",
    ),
    source="open-telemetry/semantic-conventions-genai, client-inference.md; older names too",
)

FOCUS = Format(
    name="focus",
    title="FOCUS billing data",
    grain="bill",
    marks=(("ChargePeriodStart",), ("ConsumedQuantity", "PricingQuantity"), ("ChargeCategory",)),
    fields={
        "time": ("ChargePeriodStart",),
        "end_time": ("ChargePeriodEnd",),
        "model": (
            ("SkuPriceDetails", "model"),
            ("SkuPriceDetails", "ModelName"),
            "x_model",
            "ResourceName",
            "ServiceName",
        ),
        "meter": ("SkuMeter", "ChargeDescription", "SkuId"),
        "region": ("RegionId",),
        "tenant": ("SubAccountId",),
        "quantity": ("ConsumedQuantity", "PricingQuantity"),
        "unit": ("ConsumedUnit", "PricingUnit"),
        "commitment": ("CommitmentDiscountStatus",),
    },
    keep=(Keep("ChargeCategory", frozenset({"usage"}), "no usage (ChargeCategory)"),),
    assumptions=(
        "A bill counts no requests: their number is the input over the mean input of the class profile.",
        "Input, cached and output tokens are told apart by SkuMeter; cached ones are added to the input.",
        "SkuId differs between input and output, so the model is taken from SkuPriceDetails, x_model or the service.",
    ),
    source="FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec 1.0-1.4, columns",
)
OBSERVABILITY = (LANGFUSE, OPENAI_USAGE, OTEL_SPANS, FOCUS)
