"""Exports of AIPerf (`profile_export_aiperf`) and GenAI-Perf (`profile_export_genai_perf`), JSON or CSV.

Field names: AIPerf's JSON export schema and metrics reference; GenAI-Perf's exporters. Both define inter-token latency
as (request latency - TTFT) / (output tokens - 1) of a request, unlike vLLM's ITL: it is our TPOT. Lengths are
`input_sequence_length` and `output_sequence_length`; concurrency stands in `input_config` of the JSON, nowhere in the
CSV.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from planner.inputs.measurements.parts import (
    MS_OF_UNIT,
    PERCENTILES,
    Reading,
    Run,
    load_of,
    named,
    not_this_format,
    number_of,
)

MARK = "time_to_first_token"
Metrics = Mapping[str, Mapping[str, Any]]  # name of the metric -> unit, avg, p50...
_NAMED = re.compile(r"(?P<name>.*?)\s*(?:\((?P<unit>[^()]*)\))?")


def add_perf_json(record: Mapping[str, Any], place: str, reading: Reading) -> None:
    """Put the run of one JSON export into the reading."""
    metrics = {
        name: value if isinstance(value, Mapping) else {"avg": value} for name, value in record.items()
    }
    config = record.get("input_config")
    config = config if isinstance(config, Mapping) else {}
    concurrency = _first_number(named(config, "concurrency"))
    rate = _first_number(named(config, "request_rate"))
    run = _run_of(metrics, place, concurrency, rate, reading)
    for key in ("model_names", "model", "models"):
        for value in named(config, key):
            name = value[0] if isinstance(value, list) and value else value
            if isinstance(name, str):
                run.values.setdefault("model", name)
                run.values.setdefault("model_ref", name)
    if isinstance(record.get("start_time"), str):
        run.values["measured"] = str(record["start_time"])[:10]
    reading.runs.append(run)


def read_perf_csv(text: str, path: str) -> Reading:
    """The run of one CSV export: a table of metrics with their statistics, and one of single values.

    Raises
    ------
    InputError : no row for the time to the first token
    """
    reading = Reading("AIPerf or GenAI-Perf CSV")
    metrics: dict[str, dict[str, Any]] = {}
    header: list[str] = []
    for cells in csv.reader(StringIO(text, newline="")):
        if not cells or not cells[0]:
            continue
        if cells[0] == "Metric":
            header = cells[1:]
        elif header and len(cells) == len(header) + 1:
            matched = _NAMED.fullmatch(cells[0])
            if matched:
                name = re.sub(r"\W+", "_", matched["name"].strip().lower())
                stats = {key: _plain_number(cell) for key, cell in zip(header, cells[1:], strict=True)}
                stats["avg"] = stats.get("avg", stats.get("Value"))
                metrics[name] = {"unit": matched["unit"] or "", **stats}
        else:
            header = []
    if MARK not in metrics:
        mend = "Export it again with streaming on, or use the JSON export."
        raise not_this_format(
            path, "", "a row 'Time to First Token (ms)' under a header 'Metric,avg,...'", mend
        )
    reading.runs.append(_run_of(metrics, "the run", None, None, reading))
    reading.assume("A CSV export does not state its load: give concurrency or request_rate.")
    return reading


def _run_of(
    metrics: Metrics, place: str, concurrency: float | None, rate: float | None, reading: Reading
) -> Run:
    requests = _stat(metrics, "request_count", "avg")
    kind, concurrency = load_of(concurrency, rate, requests, reading) if concurrency or rate else (None, None)
    run = Run(
        place,
        {
            "load_type": kind,
            "concurrency": concurrency,
            "request_rate": rate,
            "n_requests": requests,
            "input_tokens": _stat(metrics, "input_sequence_length", "avg"),
            "output_tokens": _stat(metrics, "output_sequence_length", "avg"),
            "len_basis": "measured mean",
            "req_s": _stat(metrics, "request_throughput", "avg"),
            "output_tok_s": _stat(metrics, "output_token_throughput", "avg"),
            "tput_basis": "measured",
            "stat": "mean",
            "e2e_ms": _ms(metrics, "request_latency", "avg", []),
        },
    )
    for what, metric in (("ttft", MARK), ("tpot", "inter_token_latency")):
        run.values[f"{what}_ms"] = _ms(metrics, metric, "avg", run.faults)
        for percentile in PERCENTILES:
            run.values[f"{what}_{percentile}_ms"] = _ms(metrics, metric, percentile, [])
    errors = _stat(metrics, "error_request_count", "avg") or 0.0
    if requests is not None and errors > 0.01 * (requests + errors):  # assumed, as for vLLM's files
        run.faults.append(f"{errors:g} of {requests + errors:g} requests failed")
    return run


def _stat(metrics: Metrics, name: str, stat: str) -> float | None:
    return number_of(metrics.get(name, {}), stat)


def _ms(metrics: Metrics, name: str, stat: str, faults: list[str]) -> float | None:
    value = _stat(metrics, name, stat)
    unit = str(metrics.get(name, {}).get("unit", "ms")).lower() or "ms"
    if value is None:
        return None
    if unit not in MS_OF_UNIT:
        faults.append(f"{name}: unit '{unit}'; expected one of {', '.join(MS_OF_UNIT)}")
        return None
    return value * MS_OF_UNIT[unit]


def _plain_number(cell: str) -> float | None:
    """A number, with or without separators of thousands."""
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return None


def _first_number(values: Iterable[Any]) -> float | None:
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None
