"""Every format gives the one run of the samples; what cannot be right is quarantined with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.errors import InputError, UnreachableError
from planner.inputs.declarations.measurements import MEASUREMENTS
from planner.inputs.measurements import read_measurements
from planner.inputs.measurements.checks import faults_of

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "serving_measurements.csv"
FACTS: dict[str, Any] = {
    "llm": "Qwen3-32B",
    "accelerator": "H100",
    "tp": 2,
    "n_cards": 2,
    "precision": "bf16",
}
RUN = {"input_tokens": 1000.0, "output_tokens": 101.0, "req_s": 8.5, "output_tok_s": 858.5, "ttft_ms": 250.0,
       "tpot_ms": 20.0, "ttft_p99_ms": 600.0}  # fmt: skip
CLOSED = {"load_type": "closed_loop", "concurrency": 20.0}
OPEN = {"load_type": "open_poisson", "request_rate": 8.6, "mode": "mlperf-server"}


@pytest.mark.parametrize(
    ("name", "more", "facts"),
    [
        ("vllm.json", {**CLOSED, "tpot_p99_ms": 24.0, "engine": "vllm", "engine_version": "0.11.0"}, {}),
        ("sglang.jsonl", {**CLOSED, "engine": "sglang", "engine_version": "0.5.9", "tp": 2.0, "dp": 4.0},
         {"n_cards": 8}),
        ("aiperf.json", {**CLOSED, "tpot_p95_ms": 22.4, "ttft_p50_ms": 240.0, "measured": "2026-11-20"}, {}),
        ("genai_perf.json", {**CLOSED, "tpot_p95_ms": 22.4, "e2e_ms": 2250.0}, {}),
        ("aiperf.csv", {**CLOSED, "tpot_p95_ms": 22.4, "n_requests": 200.0}, {"concurrency": 20}),
        ("genai_perf.csv", {**CLOSED, "tpot_p90_ms": 21.5, "e2e_ms": 2250.0}, {"concurrency": 20}),
        ("mlperf_server", {**OPEN, "tpot_p95_ms": 22.4, "slo_ttft_ms": 2000.0, "slo_tpot_ms": 200.0},
         {"input_tokens": 1000}),
        ("mlperf_log_detail.txt", {**OPEN, "tpot_p99_ms": 24.0}, {"input_tokens": 1000}),
    ],
)  # fmt: skip
def test_each_format_gives_the_run(name: str, more: dict[str, Any], facts: dict[str, Any]) -> None:
    found = read_measurements(SAMPLES / name, {**FACTS, **facts})
    assert list(found.rows.columns) == ["place", *MEASUREMENTS.names]
    assert found.quarantined.empty, list(found.quarantined["reason"])
    assert found.lacking == ()
    row = found.rows.iloc[0]
    for column, value in {**RUN, **more, "model": "Qwen3-32B", "accelerator": "H100"}.items():
        assert row[column] == (pytest.approx(value) if isinstance(value, float) else value), column


def test_an_absent_text_is_none_and_an_absent_number_nan() -> None:
    row = read_measurements(SAMPLES / "vllm.json", FACTS).rows.iloc[0]
    assert row["licence"] is None
    assert row["slo_ttft_ms"] != row["slo_ttft_ms"]


def test_the_gap_between_pieces_of_a_stream_is_not_taken_for_tpot() -> None:
    found = read_measurements(SAMPLES / "sglang.jsonl", {**FACTS, "n_cards": 8})
    assert found.rows["tpot_ms"].tolist() == [20.0, 15.0]  # the first worked out, with 31 ms between pieces
    assert any("TPOT is (mean end to end - mean TTFT)" in text for text in found.assumptions)
    second = found.rows.iloc[1]
    assert (second["load_type"], second["request_rate"], second["spec"]) == ("open_poisson", 6.0, 1.0)
    assert second["acceptance_length"] == 2.4


def test_a_model_that_is_named_by_its_path_takes_the_fact() -> None:
    found = read_measurements(SAMPLES / "vllm.json", FACTS)
    assert found.rows.iloc[0]["model_ref"] == "/models/Qwen3-32B"
    assert any("/models/Qwen3-32B" in text for text in found.assumptions)


def test_a_table_keeps_what_is_right_and_says_what_is_wrong_with_the_rest() -> None:
    found = read_measurements(SAMPLES / "table.csv")
    assert found.rows["row_id"].tolist() == ["a"]
    reasons = dict(zip(found.quarantined["row"], found.quarantined["reason"], strict=True))
    assert list(reasons) == ["line 4", "line 5", "line 6", "line 7"]
    assert "1.913 in flight, but concurrency is 20" in reasons["line 4"]  # 0.85/s x 2.25 s
    assert "tp 8 x dp 1 x pp 1 = 8 cards, more than n_cards 2" in reasons["line 5"]
    assert "are these seconds?" in reasons["line 6"]
    assert "precision: 'bf17'; expected one of" in reasons["line 7"]
    assert "not known: precision, output_tokens" in reasons["line 7"]


def test_columns_that_are_lacking_are_named(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("model,accelerator,load_type,concurrency,tpot,input_tokens,output_tokens,tpot_ms\n"
                    "Qwen3-32B,H100,closed_loop,1,9,10,10,9\n")  # fmt: skip
    found = read_measurements(path)
    assert found.lacking == ("n_cards", "precision")
    assert "not known: n_cards, precision" in found.quarantined["reason"][0]
    assert any("Column 'tpot' is not known" in text for text in found.assumptions)
    assert len(read_measurements(path, {"cards": 1, "precision": "fp8"}).rows) == 1


def test_a_burst_is_no_closed_loop(tmp_path: Path) -> None:
    record = json.loads((SAMPLES / "vllm.json").read_text()) | {"max_concurrency": None}
    path = tmp_path / "burst.json"
    path.write_text(json.dumps(record))
    row = read_measurements(path, FACTS).rows.iloc[0]
    assert (row["load_type"], row["concurrency"]) == ("burst", 200.0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"failed": 40}, "40 of 240 requests failed"),
        ({"mean_tpot_ms": -1.0}, "must be above 0: tpot_ms -1"),
        ({"p99_ttft_ms": 100.0}, "ttft_p50_ms 240 is above ttft_p99_ms 100"),
        ({"output_throughput": 8585.0}, "858.5 tokens/s, but output_tok_s is 8585"),
        ({"max_concurrency": 60}, "in flight, but concurrency is 60"),
        ({"total_input_tokens": None}, "not known: input_tokens"),
    ],
)
def test_a_run_that_cannot_be_right_is_quarantined(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(json.loads((SAMPLES / "vllm.json").read_text()) | change))
    found = read_measurements(path, FACTS)
    assert found.rows.empty
    assert reason in found.quarantined["reason"][0]


def test_expert_parallel_cards_are_not_counted_twice() -> None:
    layout = {"mode": "agg", "n_cards": 8, "tp": 8, "dp": 1, "pp": 1, "ep": 8, "model": "m", "accelerator": "a",
              "precision": "fp8", "input_tokens": 9, "output_tokens": 9, "load_type": "offline",
              "req_s": 1}  # fmt: skip
    assert faults_of(layout) == []
    assert "ep 8 runs on the same cards" in faults_of(layout | {"tp": 64})[0]


def test_an_invalid_mlperf_run_is_quarantined(tmp_path: Path) -> None:
    text = (SAMPLES / "mlperf_server" / "mlperf_log_summary.txt").read_text()
    (tmp_path / "mlperf_log_summary.txt").write_text(text.replace("Result is : VALID", "Result is : INVALID"))
    found = read_measurements(tmp_path, {**FACTS, "input_tokens": 1000})
    assert "loadgen calls the run INVALID" in found.quarantined["reason"][0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '{"a": 1}', "an object with a"),
        ("a.jsonl", '{"backend": "sglang", "mean_e2e_latency_ms": 1}\n{"back', "line 2: broken JSON"),
        ("a.json", "[3]", "a int; expected a JSON object"),
        ("a.csv", "a,b\n1,2\n", "columns a, b"),
        ("a.csv", "model;accelerator\n", "cells separated by semicolons"),
        ("a.csv", "model,accelerator\nx\n", "1 comma too few"),
        ("a.csv", "", "is empty"),
        ("a.csv", "Metric,avg\nRequest Latency (ms),4\n", "Time to First Token"),
        ("a.txt", "MLPerf Results Summary\nScenario : Train\n", "scenario 'Train'"),
        ("a.parquet", "PAR1", "expected a CSV in the columns"),
    ],
)
def test_a_bad_file_is_an_input_error(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_measurements(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_wrong_fact_is_an_input_error_and_no_file_is_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown fact 'ncards'.*Nearest: 'n_cards'"):
        read_measurements(SAMPLES / "vllm.json", {"ncards": 2})
    with pytest.raises(InputError, match="field precision: 'fp9'"):
        read_measurements(SAMPLES / "vllm.json", {"precision": "fp9"})
    with pytest.raises(UnreachableError, match="no such file"):
        read_measurements(tmp_path / "none.json")


@pytest.mark.skipif(not SHARED.exists(), reason="the measurements are not beside the repository")
def test_the_training_measurements_pass_but_for_a_few() -> None:
    found = read_measurements(SHARED)
    assert len(found.rows) >= 4850
    assert len(found.quarantined) <= 15
    assert (found.rows["quality"] != "C").sum() >= 4735


def test_the_page_is_what_the_declarations_say() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "measurements.md").read_text(encoding="utf-8")
    for column in MEASUREMENTS.columns:
        assert f"| `{column.name}` |" in page, "run scripts/build_docs.py"
