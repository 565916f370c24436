"""Logs of gateways. Names: schemas of the tools' own repositories, as listed in docs/demand.md."""

from __future__ import annotations

from planner.inputs.usage.formats.declare import Format, Keep, Test
from planner.units import MS_PER_S, SECONDS_PER_DAY

_USAGE = (("metadata", "usage_object"), ("metadata", "additional_usage_values"))
_OTHER_CALLS = ("embedding", "image_generation", "transcription", "speech", "rerank", "moderation")
_NO_TEXT = frozenset(prefix + call for call in _OTHER_CALLS for prefix in ("", "a"))

LITELLM_SPEND = Format(
    name="litellm_spend",
    title="LiteLLM spend logs (LiteLLM_SpendLogs)",
    grain="request",
    marks=(("startTime",), ("prompt_tokens",), ("completion_tokens",), ("call_type", "request_id", "spend")),
    fields={
        "time": ("startTime",),
        "end_time": ("endTime",),
        "duration_ms": ("request_duration_ms",),
        "id": ("request_id",),
        "model": ("model_group", "model"),
        "provider": ("custom_llm_provider",),
        "tenant": ("team_id", "organization_id", "end_user"),
        "session": ("session_id",),
        "input_tokens": ("prompt_tokens",),
        "cached_input_tokens": (
            *((*top, "prompt_tokens_details", "cached_tokens") for top in _USAGE),
            *((*top, "cache_read_input_tokens") for top in _USAGE),
        ),
        "cache_write_tokens": tuple((*top, "cache_creation_input_tokens") for top in _USAGE),
        "output_tokens": ("completion_tokens",),
        "reasoning_tokens": tuple((*top, "completion_tokens_details", "reasoning_tokens") for top in _USAGE),
        "total_tokens": ("total_tokens",),
    },
    keep=(Keep("call_type", _NO_TEXT, "no text generation (call_type)", others=True),),
    failed=(Test("status", frozenset({"failure"})),),
    answered_if=Test("cache_hit", frozenset({"true"})),
    assumptions=(
        "prompt_tokens holds cached tokens and cache writes, also for Anthropic (LiteLLM adds them).",
        "cached tokens stand in metadata.usage_object; cache_hit is the response cache.",
    ),
    source="litellm 1.109.1, schema.prisma",
)

LITELLM_DAILY = Format(
    name="litellm_daily",
    title="LiteLLM daily tables (LiteLLM_Daily...Spend)",
    grain="span",
    marks=(("date",), ("prompt_tokens",), ("completion_tokens",), ("api_requests",)),
    fields={
        "time": ("date",),
        "id": ("id",),
        "model": ("model_group", "model"),
        "tenant": ("team_id", "organization_id", "user_id", "end_user_id", "tag"),
        "input_tokens": ("prompt_tokens",),
        "cached_input_tokens": ("cache_read_input_tokens",),
        "cache_write_tokens": ("cache_creation_input_tokens",),
        "output_tokens": ("completion_tokens",),
        "requests": ("successful_requests", "api_requests"),
        "failed_requests": ("failed_requests",),
    },
    span_s=SECONDS_PER_DAY,
    assumptions=("prompt_tokens holds cached tokens and cache writes, as in the spend logs.",),
    source="litellm 1.109.1, schema.prisma",
)

ONE_API = Format(
    name="one_api",
    title="One-API logs",
    grain="request",
    marks=(("created_at",), ("type",), ("model_name",), ("prompt_tokens",), ("quota",)),
    fields={
        "time": ("created_at",),
        "duration_ms": ("elapsed_time", "request_time"),
        "id": ("request_id", "id"),
        "model": ("model_name",),
        "tenant": ("username", "user_id"),
        "input_tokens": ("prompt_tokens",),
        "output_tokens": ("completion_tokens",),
    },
    cached="none",
    clock="s",
    keep=(Keep("type", frozenset({"2"}), "no consumption (type is not 2)"),),
    assumptions=(
        "created_at is the second in which the request ended and was logged; taken as its start.",
        "request_time (elapsed_time in forks) is in milliseconds.",
    ),
    source="songquanpeng/one-api, model/log.go",
)

NEW_API = Format(
    name="new_api",
    title="New-API logs",
    grain="request",
    marks=(*ONE_API.marks, ("use_time", "other", "is_stream")),
    fields={
        **ONE_API.fields,
        "duration_ms": ("use_time",),
        "tenant": ("group", "username", "user_id"),
        "cached_input_tokens": (("other", "cache_tokens"),),
        "cache_write_tokens": (("other", "cache_creation_tokens"),),
    },
    cached="included",
    clock="s",
    scale={"duration_ms": MS_PER_S},
    keep=(Keep("type", frozenset({"2", "5"}), "neither consumption nor error (type is not 2 or 5)"),),
    failed=(Test("type", frozenset({"5"})),),
    excluded_if=Test(("other", "claude"), frozenset({"true"})),
    assumptions=(
        "created_at is the second in which the request ended and was logged; taken as its start.",
        "prompt_tokens holds the cached tokens, except where other.claude is true: there they are added.",
    ),
    source="QuantumNous/new-api, model/log.go and service/log_info_generate.go",
)

PORTKEY = Format(
    name="portkey",
    title="Portkey log export",
    grain="request",
    marks=(("created_at",), ("req_units",), ("res_units",)),
    fields={
        "time": ("created_at",),
        "duration_ms": ("response_time",),
        "id": ("id", "request_id"),
        "model": ("ai_model",),
        "provider": ("ai_org",),
        "tenant": (("metadata", "_user"),),
        "session": ("trace_id",),
        "input_tokens": ("req_units",),
        "output_tokens": ("res_units",),
        "total_tokens": ("total_units",),
        "retries": ("retry_success_count",),
    },
    cached="none",
    failed=(
        Test("is_success", frozenset({"0", "false", "no"})),
        Test("response_status_code", at_least=400.0),
    ),
    answered_if=Test(
        "cache_status", frozenset({"hit", "semantic hit", "simple hit", "semantic_hit", "simple_hit"})
    ),
    assumptions=(
        "The export has no cached input tokens: none are taken.",
        "response_time is in milliseconds.",
    ),
    source="Portkey-AI/docs-core, logs-export",
)

HIGRESS = Format(
    name="higress",
    title="Higress access log (ai-statistics)",
    grain="request",
    marks=(("ai_log",),),
    fields={
        "time": ("start_time", "time_iso8601", "time", "timestamp", "@timestamp"),
        "duration_ms": (("ai_log", "llm_service_duration"),),
        "id": ("request_id", "x_request_id", "trace_id"),
        "model": (("ai_log", "model"),),
        "tenant": (("ai_log", "consumer"), ("ai_log", "ai_consumer")),
        "session": (("ai_log", "session_id"), ("ai_log", "chat_id")),
        "input_tokens": (("ai_log", "input_token"),),
        "output_tokens": (("ai_log", "output_token"),),
        "total_tokens": (("ai_log", "total_token"),),
    },
    cached="none",
    failed=(Test("response_code", at_least=400.0),),
    assumptions=(
        "The log has no cached input tokens: none are taken.",
        "llm_service_duration is in milliseconds.",
    ),
    source="alibaba/higress, ai-statistics README",
)

APISIX = Format(
    name="apisix",
    title="APISIX access log (ai-proxy)",
    grain="request",
    marks=(("llm_prompt_tokens",), ("llm_completion_tokens",)),
    fields={
        "time": ("time_iso8601", "start_time", "timestamp", "@timestamp", "time_local", "time", "msec"),
        "id": ("request_id",),
        "model": ("request_llm_model", "llm_model"),
        "tenant": ("consumer_name", "consumer"),
        "input_tokens": ("llm_prompt_tokens",),
        "output_tokens": ("llm_completion_tokens",),
    },
    cached="none",
    keep=(
        Keep(
            "request_type", frozenset({"ai_chat", "ai_stream"}), "no call of a language model (request_type)"
        ),
    ),
    failed=(Test("status", at_least=400.0),),
    assumptions=(
        "The log has no cached input tokens: none are taken.",
        "The operator chooses the log's fields: name others with --field, such as time=ts.",
    ),
    source="apache/apisix 3.18-3.20, ai-proxy docs",
)
GATEWAYS = (LITELLM_SPEND, LITELLM_DAILY, NEW_API, ONE_API, PORTKEY, HIGRESS, APISIX)
