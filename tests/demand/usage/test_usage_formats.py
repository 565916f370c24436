"""The same requests, as every format writes them, give the same profile; what a format does not tell is not made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import usage_logs as logs

from planner.demand.profiles.grid import INPUT_EDGES_TOKENS, OUTPUT_EDGES_TOKENS
from planner.demand.profiles.sums import UsageSums
from planner.demand.profiles.usage import Usage, read_usage
from planner.inputs.usage import ReadOptions, open_usage
from planner.inputs.usage.formats import FORMATS

FOUND = logs.requests(600)


def truth(cached: bool) -> np.ndarray:
    """Requests, input, output and cached tokens by bucket, counted apart from the reader."""
    fine = [one for one in FOUND if not one.failed]
    into, out = np.array([one.input_tokens for one in fine]), np.array([one.output_tokens for one in fine])
    held = np.array([one.cached_tokens if cached else 0 for one in fine])
    edges = [np.array(INPUT_EDGES_TOKENS) + 0.5, np.array(OUTPUT_EDGES_TOKENS) + 0.5]
    parts = [
        np.histogram2d(into, out, edges, weights=part)[0] for part in (np.ones(len(fine)), into, out, held)
    ]
    return np.stack(parts)


def sums_of(path: Path, options: ReadOptions | None = None) -> UsageSums:
    sums, source = UsageSums(), open_usage(path, options)
    for piece in source.pieces():
        sums.add(piece, source)
    return sums


@pytest.mark.parametrize("how", ["csv", "jsonl", "json", "csv.gz"])
@pytest.mark.parametrize("name", logs.ROWS)
def test_every_format_gives_the_same_profile(name: str, how: str, tmp_path: Path) -> None:
    path = logs.write(tmp_path, name, FOUND, how)
    source = open_usage(path)
    assert source.format.name == name
    sums = UsageSums()
    for piece in source.pieces():
        sums.add(piece, source)
    (workload,) = sums.workloads.values()
    expected = truth(cached=name in logs.TELLS_CACHED)
    assert workload.buckets.sums.tolist() == expected.tolist()
    assert workload.failed == sum(one.failed for one in FOUND)
    assert workload.requests == len(FOUND) - workload.failed
    assert (source.account.read, source.account.used, source.account.aside) == (len(FOUND), len(FOUND), {})
    if name in logs.TELLS_SESSIONS:
        assert len(workload.sessions.table()) == len({one.session for one in FOUND if not one.failed})


@pytest.mark.parametrize("name", ["litellm_spend", "langfuse", "plain", "new_api", "azure"])
def test_parquet_is_read_alike(name: str, tmp_path: Path) -> None:
    (workload,) = sums_of(logs.write(tmp_path, name, FOUND, "parquet")).workloads.values()
    assert workload.buckets.sums.tolist() == truth(cached=name in logs.TELLS_CACHED).tolist()


def test_spans_of_a_collector_are_unfolded(tmp_path: Path) -> None:
    (workload,) = sums_of(logs.write(tmp_path, "otel_spans", FOUND, "otlp")).workloads.values()
    assert workload.buckets.sums.tolist() == truth(cached=True).tolist()


def test_arrivals_stand_where_they_were(tmp_path: Path) -> None:
    """Every clock gives the same ten-second windows, but for the start of a trace that counts from zero."""
    starts = np.sort([one.at_s for one in FOUND if not one.failed])
    expected = np.unique(np.floor(starts / 10), return_counts=True)[1].tolist()
    for name in ("litellm_spend", "new_api", "langfuse", "azure", "plain"):
        (workload,) = sums_of(logs.write(tmp_path, name, FOUND, "csv")).workloads.values()
        assert workload.starts.sparse()[1].tolist() == expected, name


def test_litellm_days(tmp_path: Path) -> None:
    rows = [
        {"date": f"2026-09-{day:02d}", "model": "qwen3-32b", "prompt_tokens": 1000 * day,
         "completion_tokens": 100 * day,
         "cache_read_input_tokens": 400 * day, "cache_creation_input_tokens": 0, "api_requests": day + 1,
         "successful_requests": day, "failed_requests": 1}
        for day in range(1, 31)
    ]  # fmt: skip
    path = tmp_path / "daily.csv"
    path.write_text(logs.csv_text(rows))
    usage = read_usage([path])
    assert usage.files[0].format == "litellm_daily"
    (one,) = usage.workloads
    days = sum(range(1, 31))
    assert one.totals == {"requests": days, "input_tokens": 1000.0 * days, "cached_input_tokens": 400.0 * days,
                          "output_tokens": 100.0 * days, "failed": 30}  # fmt: skip
    assert one.volumes["days"].tolist() == [30.0]
    assert one.volumes["requests_per_day"].tolist() == pytest.approx([days / 30])
    assert one.lengths is None
    assert one.shape is None
    assert one.retry_share == pytest.approx(30 / (days + 30))


def test_openai_pages(tmp_path: Path) -> None:
    results = [{"input_tokens": 900, "input_cached_tokens": 300, "output_tokens": 90, "num_model_requests": 9,
                "model": "qwen3-32b", "batch": batch} for batch in (False, True)]  # fmt: skip
    start = int(logs.START_S) // 3600 * 3600
    buckets = [{"object": "bucket", "start_time": start + 3600 * at, "end_time": start + 3600 * (at + 1),
                "results": results} for at in range(48)]  # fmt: skip
    path = tmp_path / "usage.json"
    path.write_text(json.dumps({"object": "page", "data": buckets, "has_more": False}))
    usage = read_usage([path])
    assert usage.files[0].format == "openai_usage"
    assert [one.workload for one in usage.workloads] == ["qwen3-32b", "qwen3-32b-batch"]
    assert [one.batch for one in usage.workloads] == [False, True]
    for one in usage.workloads:
        assert one.totals["requests"] == 9 * 48
        assert one.cached_share == pytest.approx(1 / 3)
        assert one.shape is not None
        assert one.shape["weight"].tolist() == pytest.approx([1.0] * 168)


def test_a_table_of_volumes(tmp_path: Path) -> None:
    rows = [{"date": f"2026-09-{day:02d}", "workload": "chat", "requests": 10, "input_tokens": 5000,
             "output_tokens": 400, "cached_input_tokens": 0} for day in range(1, 15)]  # fmt: skip
    path = tmp_path / "volumes.csv"
    path.write_text(logs.csv_text(rows))
    usage = read_usage([path])
    assert usage.files[0].format == "plain_spans"
    assert usage.workloads[0].totals["requests"] == 140


def test_columns_of_another_name_are_given(tmp_path: Path) -> None:
    rows = [
        {"when": logs.iso(one.at_s), "tokens_in": one.input_tokens, "tokens_out": one.output_tokens}
        for one in FOUND
    ]
    path = tmp_path / "own.csv"
    path.write_text(logs.csv_text(rows))
    fields = {"time": "when", "input_tokens": "tokens_in", "output_tokens": "tokens_out"}
    (workload,) = sums_of(path, ReadOptions(fields=fields)).workloads.values()
    assert workload.requests == len(FOUND)
    assert workload.starts.sparse()[1].sum() == len(FOUND)


def test_the_same_file_twice_counts_once(tmp_path: Path) -> None:
    path = logs.write(tmp_path, "litellm_spend", FOUND, "csv")
    usage: Usage = read_usage([path, path])
    assert usage.account.read == 2 * len(FOUND)
    assert usage.account.used == len(FOUND)
    assert usage.account.aside == {"an id that came before": len(FOUND)}


def test_a_mooncake_trace_as_csv_keeps_its_blocks(tmp_path: Path) -> None:
    rows = [
        {"timestamp": 1000 * at, "input_length": 1024, "output_length": 5, "hash_ids": [0, at]}
        for at in range(200)
    ]
    path = tmp_path / "trace.csv"
    path.write_text(logs.csv_text(rows))
    (workload,) = sums_of(path).workloads.values()
    assert workload.totals[2] == 512.0 * 199  # all but the first find block 0, and never their own second one


def test_every_format_is_told_apart_from_the_others() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        assert one.source, one.name
        assert one.marks, one.name
