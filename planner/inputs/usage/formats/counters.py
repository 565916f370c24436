"""Counters of engines and gateways: which one counts what. Samples: Prometheus ``query_range`` JSON, or CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.inputs.usage.formats.declare import Format

Role = Literal["input", "cached", "output", "requests", "failed", "lengths_in", "lengths_out", "ignored"]


@dataclass(frozen=True)
class Meter:
    """What a counter counts.

    Attributes
    ----------
    role : our figure
    only : label -> values that count; others do not
    rank : of two counters of one role the one of higher rank is used
    why : why it is ignored
    """

    role: Role
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rank: int = 0
    why: str = ""


def _only(label: str, *values: str) -> Mapping[str, frozenset[str]]:
    return {label: frozenset(values)}


_FINISHED = _only("finished_reason", "stop", "length", "tool_calls", "repetition")
_BROKEN = _only("finished_reason", "abort", "error")
_OVERCOUNTS = "counts waiting requests again before vLLM PR 48860; prompt_tokens_by_source is used instead"

# Names as in docs/demand.md; ':' and '.' are read as '_', and a trailing _total is left out.
METERS: Mapping[str, tuple[Meter, ...]] = {
    # vLLM
    "vllm_prompt_tokens": (Meter("input"),),
    "vllm_prompt_tokens_cached": (Meter("cached"),),
    "vllm_prompt_tokens_by_source": (
        Meter("cached", _only("source", "local_cache_hit", "external_kv_transfer"), rank=1),
    ),
    "vllm_generation_tokens": (Meter("output"),),
    "vllm_request_success": (Meter("requests", _FINISHED), Meter("failed", _BROKEN)),
    "vllm_request_prompt_tokens_bucket": (Meter("lengths_in"),),
    "vllm_request_generation_tokens_bucket": (Meter("lengths_out"),),
    "vllm_prefix_cache_hits": (Meter("ignored", why=_OVERCOUNTS),),
    "vllm_prefix_cache_queries": (Meter("ignored", why=_OVERCOUNTS),),
    # SGLang
    "sglang_prompt_tokens": (Meter("input"),),
    "sglang_cached_tokens": (Meter("cached"),),
    "sglang_generation_tokens": (Meter("output"),),
    "sglang_num_requests": (Meter("requests"),),
    "sglang_num_aborted_requests": (Meter("failed"),),
    "sglang_prompt_tokens_histogram_bucket": (Meter("lengths_in"),),
    "sglang_generation_tokens_histogram_bucket": (Meter("lengths_out"),),
    # Higress
    "route_upstream_model_consumer_metric_input_token": (Meter("input"),),
    "route_upstream_model_consumer_metric_output_token": (Meter("output"),),
    "route_upstream_model_consumer_metric_llm_duration_count": (Meter("requests"),),
    # APISIX
    "apisix_llm_prompt_tokens": (Meter("input"),),
    "apisix_llm_completion_tokens": (Meter("output"),),
    "apisix_llm_latency_count": (Meter("requests"),),
    "apisix_llm_prompt_tokens_dist_bucket": (Meter("lengths_in"),),
    "apisix_llm_completion_tokens_dist_bucket": (Meter("lengths_out"),),
    # LiteLLM
    "litellm_input_tokens_metric": (Meter("input"),),
    "litellm_input_cached_tokens_metric": (Meter("cached"),),
    "litellm_output_tokens_metric": (Meter("output"),),
    "litellm_proxy_total_requests_metric": (Meter("requests"),),
    "litellm_proxy_failed_requests_metric": (Meter("failed"),),
    # OpenTelemetry GenAI, older and newer names
    "gen_ai_client_token_usage_sum": (
        Meter("input", _only("gen_ai_token_type", "input")),
        Meter("output", _only("gen_ai_token_type", "output", "completion")),
    ),
    "gen_ai_client_token_usage_count": (Meter("requests", _only("gen_ai_token_type", "input")),),
    "gen_ai_client_inference_usage_input_tokens": (Meter("input", rank=1),),
    "gen_ai_client_inference_usage_output_tokens": (Meter("output", rank=1),),
    "gen_ai_client_inference_usage_cache_read_input_tokens": (Meter("cached", rank=1),),
    "gen_ai_client_inference_operation_input_tokens_count": (Meter("requests", rank=1),),
    "gen_ai_client_inference_operation_input_tokens_bucket": (Meter("lengths_in"),),
    "gen_ai_client_inference_operation_output_tokens_bucket": (Meter("lengths_out"),),
}

# Labels that name the language model and the sender; all others (instance, engine, pod, route...) are summed over.
MODEL_LABELS = (
    "model_name", "ai_model", "request_llm_model", "llm_model", "requested_model", "gen_ai_request_model",
    "gen_ai_response_model", "model",
)  # fmt: skip
TENANT_LABELS = ("ai_consumer", "consumer", "team_alias", "team", "end_user", "tenant")

COUNTERS = Format(
    name="counters",
    title="counters of vLLM, SGLang, Higress, APISIX, LiteLLM or OpenTelemetry GenAI",
    grain="counter",
    marks=(
        ("__name__", "metric_name", "metric", "series"),
        ("value", "values"),
        ("timestamp", "time", "Time", "values"),
    ),
    fields={},
    clock="s",
    unfold="prometheus",
    assumptions=(
        "Counters are raw (no rate() or increase()); a fall is a restart and counts from zero.",
        "Series are summed over instances and engines; an increase belongs to the time since the sample before.",
        "Histograms of lengths are marginals and say nothing on input and output together.",
    ),
    source="vLLM docs/usage/metrics.md, sglang 0.5.23 metrics_collector.py, and the gateways' own docs",
)
