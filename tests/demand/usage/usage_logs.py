"""The same requests as every format writes them: independent of the readers, from the formats' own documents."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

START_S = 1_790_000_000.0  # 2026-09-21, a Monday, 13:33 UTC


@dataclass(frozen=True)
class Request:
    """One request as we know it to be."""

    at_s: float
    input_tokens: int  # cached included
    cached_tokens: int
    output_tokens: int
    failed: bool
    session: str
    duration_ms: int


def requests(count: int, seed: int = 0, *, cached: bool = True) -> list[Request]:
    """Random requests over 30 hours; one in twenty fails."""
    rng = np.random.default_rng(seed)
    times = START_S + np.sort(rng.uniform(0, 30 * 3600, count))
    found = []
    for at in np.round(times).tolist():
        into = int(np.clip(rng.lognormal(6.5, 1.5), 1, 200_000))
        share = rng.uniform(0, 1) if cached and rng.uniform() < 0.5 else 0.0
        out = int(np.clip(rng.lognormal(4.5, 1.2), 1, 20_000))
        failed = bool(rng.uniform() < 0.05)
        found.append(
            Request(at, into, int(share * into), out, failed, f"s{rng.integers(count // 4 + 1)}", 20 * out)
        )
    return found


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _litellm(one: Request, at: int) -> dict[str, Any]:
    usage = {"prompt_tokens_details": {"cached_tokens": one.cached_tokens}}
    return {
        "request_id": f"r{at}", "call_type": "acompletion", "startTime": iso(one.at_s),
        "endTime": iso(one.at_s + one.duration_ms / 1000), "model": "qwen3-32b", "model_group": "qwen3-32b",
        "prompt_tokens": 0 if one.failed else one.input_tokens,
        "completion_tokens": 0 if one.failed else one.output_tokens,
        "total_tokens": 0 if one.failed else one.input_tokens + one.output_tokens, "cache_hit": "False",
        "session_id": one.session, "status": "failure" if one.failed else "success",
        "metadata": {"usage_object": {} if one.failed else usage},
    }  # fmt: skip


def _one_api(one: Request, at: int) -> dict[str, Any]:
    return {
        "id": at + 1, "created_at": int(one.at_s), "type": 2, "model_name": "qwen3-32b", "quota": 10, "username": "u",
        "prompt_tokens": one.input_tokens, "completion_tokens": 0 if one.failed else one.output_tokens,
        "elapsed_time": one.duration_ms,
    }  # fmt: skip


def _new_api(one: Request, at: int) -> dict[str, Any]:
    claude = at % 3 == 0
    prompt = one.input_tokens - (one.cached_tokens if claude else 0)
    other = {"cache_tokens": one.cached_tokens, "claude": claude} if not one.failed else {}
    return {
        "id": at + 1, "created_at": int(one.at_s), "type": 5 if one.failed else 2, "quota": 1,
        "model_name": "qwen3-32b",
        "prompt_tokens": 0 if one.failed else prompt, "completion_tokens": 0 if one.failed else one.output_tokens,
        "use_time": one.duration_ms / 1000, "is_stream": True, "other": json.dumps(other),
    }  # fmt: skip


def _portkey(one: Request, at: int) -> dict[str, Any]:
    return {
        "id": f"p{at}", "created_at": iso(one.at_s), "ai_org": "openai", "ai_model": "qwen3-32b",
        "req_units": one.input_tokens, "res_units": 0 if one.failed else one.output_tokens, "cost": 1,
        "total_units": one.input_tokens + (0 if one.failed else one.output_tokens), "response_time": one.duration_ms,
        "response_status_code": 500 if one.failed else 200, "is_success": 0 if one.failed else 1,
        "cache_status": "MISS", "trace_id": one.session, "retry_success_count": 0,
    }  # fmt: skip


def _higress(one: Request, at: int) -> dict[str, Any]:
    log = {"model": "qwen3-32b", "input_token": str(one.input_tokens),
           "output_token": "0" if one.failed else str(one.output_tokens),
           "llm_service_duration": str(one.duration_ms), "session_id": one.session}  # fmt: skip
    return {"ai_log": json.dumps(log), "start_time": iso(one.at_s), "request_id": f"h{at}",
            "response_code": 500 if one.failed else 200}  # fmt: skip


def _apisix(one: Request, at: int) -> dict[str, Any]:
    return {
        "request_id": f"a{at}", "time_iso8601": iso(one.at_s), "request_type": "ai_stream", "status": 200,
        "request_llm_model": "qwen3-32b", "llm_prompt_tokens": str(one.input_tokens),
        "llm_completion_tokens": 0 if one.failed else one.output_tokens,
    }  # fmt: skip


def _langfuse(one: Request, at: int) -> dict[str, Any]:
    usage = {"input": one.input_tokens - one.cached_tokens, "input_cached_tokens": one.cached_tokens,
             "output": one.output_tokens}  # fmt: skip
    return {
        "id": f"o{at}", "type": "GENERATION", "start_time": iso(one.at_s).replace("T", " ").rstrip("Z"),
        "end_time": iso(one.at_s + one.duration_ms / 1000).replace("T", " ").rstrip("Z"),
        "provided_model_name": "qwen3-32b", "usage_details": {} if one.failed else usage, "session_id": one.session,
        "level": "ERROR" if one.failed else "DEFAULT",
    }  # fmt: skip


def _span_fields(one: Request, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "x", "gen_ai.request.model": "qwen3-32b",
        "gen_ai.usage.input_tokens": one.input_tokens, "gen_ai.usage.output_tokens": one.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": one.cached_tokens, "gen_ai.conversation.id": one.session,
    }  # fmt: skip
    return {**found, "error.type": "timeout"} if one.failed else found


def _otlp(rows: Sequence[Request]) -> dict[str, Any]:
    spans = []
    for at, one in enumerate(rows):
        attributes = [
            {
                "key": key,
                "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
            }
            for key, value in _span_fields(one, at).items()
        ]
        spans.append({"traceId": one.session, "spanId": f"{at:016x}", "attributes": attributes,
                      "startTimeUnixNano": str(int(one.at_s * 1e9)),
                      "endTimeUnixNano": str(int(one.at_s * 1e9) + one.duration_ms * 1_000_000)})  # fmt: skip
    return {
        "resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {}, "spans": spans}]}]
    }


def _plain(one: Request, at: int) -> dict[str, Any]:
    return {
        "time": iso(one.at_s), "model": "qwen3-32b", "session": one.session, "input_tokens": one.input_tokens,
        "cached_input_tokens": one.cached_tokens, "output_tokens": 0 if one.failed else one.output_tokens,
        "status": "failed" if one.failed else "ok", "duration_ms": one.duration_ms, "id": f"x{at}",
    }  # fmt: skip


def _azure(one: Request, at: int) -> dict[str, Any]:
    return {"TIMESTAMP": iso(one.at_s).replace("T", " ").rstrip("Z"), "ContextTokens": one.input_tokens,
            "GeneratedTokens": 0 if one.failed else one.output_tokens}  # fmt: skip


def _burstgpt(one: Request, at: int) -> dict[str, Any]:
    out = 0 if one.failed else one.output_tokens
    return {"Timestamp": one.at_s - START_S, "Session ID": one.session, "Elapsed time": one.duration_ms / 1000,
            "Model": "GPT-4", "Request tokens": one.input_tokens, "Response tokens": out,
            "Total tokens": one.input_tokens + out, "Log Type": "Conversation log"}  # fmt: skip


def _mooncake(one: Request, at: int) -> dict[str, Any]:
    return {"timestamp": int((one.at_s - START_S) * 1000), "input_length": one.input_tokens,
            "output_length": 0 if one.failed else one.output_tokens, "hash_ids": []}  # fmt: skip


ROWS: dict[str, Callable[[Request, int], dict[str, Any]]] = {
    "litellm_spend": _litellm, "one_api": _one_api, "new_api": _new_api, "portkey": _portkey, "higress": _higress,
    "apisix": _apisix, "langfuse": _langfuse, "otel_spans": _span_fields, "plain": _plain, "azure": _azure,
    "burstgpt": _burstgpt, "mooncake": _mooncake,
}  # fmt: skip
TELLS_CACHED = {"litellm_spend", "new_api", "langfuse", "otel_spans", "plain"}
TELLS_SESSIONS = {"litellm_spend", "portkey", "higress", "langfuse", "otel_spans", "plain", "burstgpt"}
TELLS_TIMES = set(ROWS) - {"otel_spans"}


def rows_of(name: str, found: Sequence[Request]) -> list[dict[str, Any]]:
    return [ROWS[name](one, at) for at, one in enumerate(found)]


def csv_text(rows: Sequence[dict[str, Any]]) -> str:
    """CSV as databases export it: nested cells as JSON text."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()})
    return out.getvalue()


def write(path: Path, name: str, found: Sequence[Request], how: str) -> Path:
    """A file of a format: how is csv, jsonl, json, parquet, otlp, or one of them with .gz."""
    rows = rows_of(name, found)
    kind = how.removesuffix(".gz")
    path = path / f"{name}.{how}"
    if kind == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = list(dict.fromkeys(name for row in rows for name in row))
        flat = [
            {k: json.dumps(row[k]) if isinstance(row.get(k), dict | list) else row.get(k) for k in names}
            for row in rows
        ]
        pq.write_table(pa.Table.from_pylist(flat), path)
        return path
    if kind == "csv":
        text = csv_text(rows)
    elif kind == "jsonl":
        text = "".join(json.dumps(row) + "\n" for row in rows)
    elif kind == "otlp":
        text = json.dumps(_otlp(found))
    else:
        text = json.dumps(rows, indent=1)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if how.endswith(".gz") else data)
    return path
