"""Counters and bills: increases, restarts, sums over instances, units; what they cannot tell is not made up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import usage_logs as logs

from planner.demand.profiles.usage import read_usage
from planner.inputs.usage import open_usage
from planner.inputs.usage.bills import UNUSED
from planner.inputs.usage.counters import RESTARTS, TWICE, UNKNOWN

START = int(logs.START_S)
STEP = 60


def series(name: str, labels: dict[str, str], values: Sequence[Any], first: int = START) -> dict[str, Any]:
    samples = [[first + STEP * at, str(value)] for at, value in enumerate(values)]
    return {"metric": {"__name__": name, **labels}, "values": samples}


def answer(path: Path, found: Sequence[dict[str, Any]]) -> Path:
    data = {"status": "success", "data": {"resultType": "matrix", "result": list(found)}}
    path.write_text(json.dumps(data))
    return path


def vllm(engine: str, steps: int = 100) -> list[dict[str, Any]]:
    labels = {"model_name": "qwen3-32b", "engine": engine, "instance": f"10.0.0.{engine}:8000"}
    rise = {"vllm:prompt_tokens_total": 600, "vllm:generation_tokens_total": 60}
    found = [series(name, labels, [each * at for at in range(steps)]) for name, each in rise.items()]
    for source, each in (("local_compute", 400), ("local_cache_hit", 150), ("external_kv_transfer", 50)):
        by_source = labels | {"source": source}
        found.append(
            series("vllm:prompt_tokens_by_source_total", by_source, [each * at for at in range(steps)])
        )
    for reason, each in (("stop", 3), ("length", 1), ("abort", 1)):
        finished = labels | {"finished_reason": reason}
        found.append(series("vllm:request_success_total", finished, [each * at for at in range(steps)]))
    return found


def test_engines_are_summed_and_sources_are_the_cached_ones(tmp_path: Path) -> None:
    usage = read_usage([answer(tmp_path / "vllm.json", vllm("0") + vllm("1"))])
    (one,) = usage.workloads
    assert one.workload == "qwen3-32b"
    assert one.totals == {"requests": 2 * 4 * 99, "input_tokens": 2 * 600 * 99, "cached_input_tokens": 2 * 200 * 99,
                          "output_tokens": 2 * 60 * 99, "failed": 2 * 99}  # fmt: skip
    assert one.lengths is None
    assert any("aggregates" in note for note in one.notes)
    (file,) = usage.files
    # local_compute is no cache hit: two engines' series are set aside
    assert file.account.aside == {"vllm_prompt_tokens_by_source: series of labels that do not count": 200}


def test_a_restart_counts_from_zero(tmp_path: Path) -> None:
    labels = {"model_name": "m"}
    found = [
        series("sglang:prompt_tokens_total", labels, [1000, 1500, 200, 300]),  # 500, restart: 200, 100
        series("sglang:generation_tokens_total", labels, [0, 1, 2, 3]),
        series("sglang:num_requests_total", labels, [5, 6, 7, 8]),
    ]
    usage = read_usage([answer(tmp_path / "a.json", found)])
    (one,) = usage.workloads
    assert one.totals["input_tokens"] == 800
    assert one.totals["requests"] == 3
    assert usage.account.notes[RESTARTS] == 1


def test_strange_samples_are_counted(tmp_path: Path) -> None:
    twice = series("vllm:generation_tokens_total", {}, [0, 10, 20])
    twice["values"].append(list(twice["values"][-1]))
    found = [
        twice,
        series("vllm:prompt_tokens_total", {}, [0, "NaN", 20]),
        series("go_goroutines", {}, [1, 2]),
    ]
    source = open_usage(answer(tmp_path / "a.json", found))
    (piece,) = source.pieces()
    assert piece.frame["output_tokens"].sum() == 20
    assert piece.frame["input_tokens"].sum() == 20
    assert source.account.aside == {TWICE: 1, UNKNOWN: 2, "a sample without time or number": 1}
    assert source.account.read == 9


def _csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    path.write_text(out.getvalue())
    return path


def test_csv_of_samples_and_csv_of_series_say_the_same(tmp_path: Path) -> None:
    long = [[START + 60 * at, name, "m", each * at] for at in range(50)
            for name, each in (("vllm:prompt_tokens_total", 7), ("vllm:generation_tokens_total", 3))]  # fmt: skip
    wide = [[logs.iso(START + 60 * at), 7 * at, 3 * at] for at in range(50)]
    names = ['vllm:prompt_tokens_total{model_name="m"}', 'vllm:generation_tokens_total{model_name="m"}']
    first = read_usage([_csv(tmp_path / "long.csv", ["timestamp", "metric", "model_name", "value"], long)])
    second = read_usage([_csv(tmp_path / "wide.csv", ["Time", *names], wide)])
    for usage in (first, second):
        assert usage.files[0].format == "counters"
        assert usage.workloads[0].workload == "m"
        assert usage.workloads[0].totals["input_tokens"] == 7 * 49
        assert usage.workloads[0].totals["output_tokens"] == 3 * 49


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (("route_upstream_model_consumer_metric_input_token", "route_upstream_model_consumer_metric_output_token",
          "route_upstream_model_consumer_metric_llm_duration_count"), "ai_model"),
        (("apisix_llm_prompt_tokens", "apisix_llm_completion_tokens", "apisix_llm_latency_count"), "llm_model"),
        (("litellm_input_tokens_metric_total", "litellm_output_tokens_metric_total",
          "litellm_proxy_total_requests_metric_total"), "model"),
        (("gen_ai.client.inference.usage.input_tokens", "gen_ai.client.inference.usage.output_tokens",
          "gen_ai.client.inference.operation.input_tokens_count"), "gen_ai.request.model"),
    ],
)  # fmt: skip
def test_gateways_count_alike(names: tuple[str, ...], label: str, tmp_path: Path) -> None:
    found = [
        series(name, {label: "m"}, [each * at for at in range(20)])
        for name, each in zip(names, (7, 3, 1), strict=True)
    ]
    (one,) = read_usage([answer(tmp_path / "a.json", found)]).workloads
    assert one.totals["input_tokens"] == 7 * 19
    assert one.totals["output_tokens"] == 3 * 19
    assert one.totals["requests"] == 19


def test_metrics_of_a_collector(tmp_path: Path) -> None:
    def points(kind: str, each: int) -> list[dict[str, Any]]:
        attributes = [{"key": "gen_ai.token.type", "value": {"stringValue": kind}},
                      {"key": "gen_ai.request.model", "value": {"stringValue": "m"}}]  # fmt: skip
        return [{"attributes": attributes, "timeUnixNano": str((START + 60 * at) * 10**9), "sum": each * at,
                 "count": at}
                for at in range(10)]  # fmt: skip

    metric = {"name": "gen_ai.client.token.usage",
              "histogram": {"aggregationTemporality": 2,
                            "dataPoints": points("input", 70) + points("output", 9)}}  # fmt: skip
    record = {"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"metrics": [metric]}]}]}
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps(record) + "\n")
    (one,) = read_usage([path]).workloads
    assert one.totals["input_tokens"] == 70 * 9
    assert one.totals["output_tokens"] == 9 * 9
    assert one.totals["requests"] == 9


def test_a_day_of_counters_has_a_shape(tmp_path: Path) -> None:
    """Twice the rate from noon on: weights 2/3 and 4/3."""
    midnight = START // 86400 * 86400
    values, total = [], 0
    for at in range(2 * 24 * 60 + 1):
        values.append(total)
        total += 2 if (at // 60) % 24 >= 12 else 1
    found = [series("sglang:num_requests_total", {"model_name": "m"}, values, midnight)]
    (one,) = read_usage([answer(tmp_path / "a.json", found)]).workloads
    assert one.shape is not None
    weights = one.shape["weight"].tolist()
    assert weights[:24] == pytest.approx([2 / 3] * 12 + [4 / 3] * 12, rel=1e-6)


def _line(meter: str, quantity: float, unit: str, **more: str) -> dict[str, Any]:
    return {
        "ChargePeriodStart": "2026-09-01T00:00:00Z", "ChargePeriodEnd": "2026-10-01T00:00:00Z",
        "ChargeCategory": "Usage",
        "ServiceName": "qwen3-32b", "SkuMeter": meter, "ConsumedQuantity": quantity, "ConsumedUnit": unit,
        "CommitmentDiscountStatus": "", **more,
    }  # fmt: skip


def test_a_bill_gives_volumes_and_no_requests(tmp_path: Path) -> None:
    rows = [
        _line("Input tokens", 200, "MTok"),
        _line("Cached input tokens", 100_000, "1K tokens"),
        _line("Output tokens", 30, "1M tokens"),
        _line("Output tokens", 5, "MTok", CommitmentDiscountStatus="Unused"),
        _line("Images", 5, "images"),
        _line("Output tokens", 5, "Hours"),
        _line("Input tokens", 5, "MTok", ChargeCategory="Tax"),
    ]
    path = tmp_path / "bill.csv"
    path.write_text(logs.csv_text(rows))
    usage = read_usage([path])
    assert usage.files[0].format == "focus"
    (one,) = usage.workloads
    assert one.totals["input_tokens"] == 300e6
    assert one.totals["cached_input_tokens"] == 100e6
    assert one.totals["output_tokens"] == 30e6
    assert not one.requests_known
    assert one.volumes["input_mtok_per_day"].tolist() == [10.0]
    assert usage.account.aside == {
        UNUSED: 1,
        "a meter that is neither input, cached nor output tokens": 1,
        "a unit that is no number of tokens": 1,
        "no usage (ChargeCategory)": 1,
    }  # fmt: skip
