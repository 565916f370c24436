"""Results of `vllm bench serve --save-result` (one JSON object) or `--append-result` (one per line).

Field names: vllm/benchmarks/serve.py, version 0.11. `mean_tpot_ms` is the mean over requests of
(latency - TTFT) / (output tokens - 1): our TPOT. `mean_itl_ms` is the mean gap between pieces of the stream and is not
read. Facts given with `--metadata KEY=VALUE` stand in the object under their keys and are read where a column of that
name exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.inputs.cells import parser_of
from planner.inputs.declarations.measurements import MEASUREMENTS
from planner.inputs.measurements.parts import PERCENTILES, Reading, Run, load_of, number_of, ratio
from planner.inputs.problems import Fault

MARKS = ("request_throughput", "mean_ttft_ms", "total_output_tokens")
_OWN = frozenset(("request_rate", "burstiness", "max_concurrency"))


def add_vllm_run(record: Mapping[str, Any], place: str, reading: Reading) -> None:
    """Put the run of one JSON object into the reading."""
    run = Run(place, _metadata(record))
    add_serving_figures(record, run, reading)
    run.values["model_ref"] = record.get("model_id") if isinstance(record.get("model_id"), str) else None
    run.values.setdefault("model", run.values["model_ref"])
    run.values["burstiness"] = number_of(record, "burstiness")
    run.values.setdefault("measured", _day(record.get("date")))
    backend = record.get("backend") or record.get("endpoint_type")
    if backend == "vllm":
        run.values.setdefault("engine", "vllm")
    accepted = number_of(record, "spec_decode_acceptance_length")
    if accepted is not None:
        run.values |= {"spec": 1.0, "acceptance_length": accepted}
    reading.runs.append(run)


def add_serving_figures(record: Mapping[str, Any], run: Run, reading: Reading) -> None:
    """Figures that vLLM's and SGLang's benchmarks write under the same names."""
    done = number_of(record, "completed")
    failed = number_of(record, "failed") or 0.0
    if done is not None and failed > MOST_FAILED_SHARE * (done + failed):
        run.faults.append(f"{failed:g} of {done + failed:g} requests failed")
    rate = number_of(record, "request_rate")  # "inf" is text in the file, and no limit
    kind, concurrency = load_of(number_of(record, "max_concurrency"), rate, done, reading)
    run.values |= {
        "load_type": kind,
        "concurrency": concurrency,
        "request_rate": rate,
        "n_requests": done,
        "input_tokens": ratio(number_of(record, "total_input_tokens"), done),
        "output_tokens": ratio(number_of(record, "total_output_tokens"), done),
        "len_basis": "measured mean",
        "req_s": number_of(record, "request_throughput"),
        "output_tok_s": number_of(record, "output_throughput"),
        "total_tok_s": number_of(record, "total_token_throughput"),
        "tput_basis": "measured",
        "stat": "mean",
    }
    for what in ("ttft", "tpot"):
        run.values[f"{what}_ms"] = number_of(record, f"mean_{what}_ms")
        for percentile in PERCENTILES:
            run.values[f"{what}_{percentile}_ms"] = number_of(record, f"{percentile}_{what}_ms")
        if run.values[f"{what}_p50_ms"] is None:
            run.values[f"{what}_p50_ms"] = number_of(record, f"median_{what}_ms")
    for name in ("mean_e2el_ms", "mean_e2e_latency_ms"):
        run.values["e2e_ms"] = run.values.get("e2e_ms") or number_of(record, name)


MOST_FAILED_SHARE = 0.01  # assumed: beyond 1 % the load is not what the run says


def _metadata(record: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of ours that the user wrote into the object as metadata."""
    found: dict[str, Any] = {}
    for column in MEASUREMENTS.columns:
        raw = record.get(column.name)
        if column.name not in _OWN and isinstance(raw, str | int | float) and not isinstance(raw, bool):
            value = parser_of(column, 1)(raw)
            if not isinstance(value, Fault):
                found[column.name] = value
    return found


def _day(text: object) -> str | None:
    """``20261123-101500`` as a day."""
    if isinstance(text, str) and text[:8].isdecimal() and len(text) >= 8:
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return None
