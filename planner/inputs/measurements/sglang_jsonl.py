"""Results of SGLang's `bench_serving --output-file`: JSON Lines, one run per line.

Field names: python/sglang/bench_serving.py. Versions that write `mean_tpot_ms` define it as vLLM does. Older ones write
only `mean_itl_ms`, the mean gap between pieces of the stream, which is not our TPOT where a piece holds several tokens
(overlap scheduling, speculative decoding): there TPOT is worked out from end-to-end latency, TTFT and length.
`concurrency` in the file is the mean number in flight; the load that was asked for is `max_concurrency`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.inputs.measurements.parts import Reading, Run, number_of
from planner.inputs.measurements.vllm_json import add_serving_figures

MARKS = ("total_output_tokens_retokenized", "mean_e2e_latency_ms")


def add_sglang_run(record: Mapping[str, Any], place: str, reading: Reading) -> None:
    """Put the run of one line into the reading."""
    run = Run(place, {})
    add_serving_figures(record, run, reading)
    if record.get("backend") in ("sglang", "sglang-oai", "sglang-native"):
        run.values["engine"] = "sglang"
    if run.values["tpot_ms"] is None:
        _work_out_tpot(record, run, reading)
    accepted = number_of(record, "accept_length")
    if accepted is not None and accepted > 1.0:
        run.values |= {"spec": 1.0, "acceptance_length": accepted}
    server = record.get("server_info")
    if isinstance(server, Mapping):
        model, version = server.get("model_path"), server.get("version")
        run.values["model_ref"] = run.values["model"] = model if isinstance(model, str) else None
        run.values["engine_version"] = version if isinstance(version, str) else None
        run.values |= _layout(server)
    reading.runs.append(run)


def _layout(server: Mapping[str, Any]) -> dict[str, float | None]:
    """Layout of the server. With data-parallel attention the groups share the tp cards, otherwise they add to them."""
    tp, dp = number_of(server, "tp_size"), number_of(server, "dp_size")
    if server.get("enable_dp_attention") is True and tp and dp:
        tp = tp / dp
    return {"tp": tp, "dp": dp, "ep": number_of(server, "ep_size"), "pp": number_of(server, "pp_size")}


def _work_out_tpot(record: Mapping[str, Any], run: Run, reading: Reading) -> None:
    """Mean TPOT from means of end-to-end latency, TTFT and output length."""
    whole, first = number_of(record, "mean_e2e_latency_ms"), number_of(record, "mean_ttft_ms")
    made = run.values["output_tokens"]
    if whole is None or first is None or not isinstance(made, float) or made <= 1:
        return
    run.values["tpot_ms"] = (whole - first) / (made - 1.0)
    reading.assume(
        "No mean_tpot_ms in the file: TPOT is (mean end to end - mean TTFT) / (mean output tokens - 1)."
    )
