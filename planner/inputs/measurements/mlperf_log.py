"""Result logs of MLPerf Inference: `mlperf_log_summary.txt`, or `mlperf_log_detail.txt` with its `:::MLLOG` lines.

Names: loadgen/results.cc and loadgen/test_settings_internal.cc of mlcommons/inference. Loadgen's time per output token
is (latency - first token) / (tokens - 1) of a sample: our TPOT. A log states neither model, card, number of cards nor
prompt length: those are facts to give. The answer's mean length is tokens per second over samples per second.
"""

from __future__ import annotations

import json
import re

from planner.inputs.measurements.parts import PERCENTILES, Reading, Run, not_this_format, ratio

MLLOG = ":::MLLOG"
SUMMARY = "MLPerf Results Summary"
_MS_PER_NS = 1e-6
_PAIR = re.compile(r"\s*(.+?)\s*:\s*(.+?)\s*")
_MODES = {"Offline": ("mlperf-offline", "offline"), "Server": ("mlperf-server", "open_poisson"),
          "Interactive": ("mlperf-interactive", "open_poisson"), "SingleStream": ("agg", "single")}  # fmt: skip
# column -> its name in the summary, and in the detail; times in ns
_SAMPLES = (
    "Completed samples per second", "Samples per second", "result_completed_samples_per_sec",
    "result_samples_per_second",
)  # fmt: skip
_TOKENS = (
    "Completed tokens per second", "Tokens per second", "result_completed_tokens_per_second",
    "result_tokens_per_second",
)  # fmt: skip
_OFFERED = ("Scheduled samples per second", "result_scheduled_samples_per_sec")
_TTFT = ("Mean First Token latency (ns)", "result_first_token_mean_latency_ns")
_TPOT = (
    "Mean Time per Output Token (ns)",
    "Mean Time to Output Token (ns)",
    "result_time_to_output_token_mean",
)
_LIMITS = {
    "ttft": ("ttft_latency (ns)",),
    "tpot": ("tpot_latency (ns)",),
}  # the detail log is not known to give them


def read_mlperf(text: str, path: str) -> Reading:
    """The one run of a log; a run that loadgen calls invalid goes to quarantine.

    Raises
    ------
    InputError : the log has no result
    """
    found = _detail(text) if MLLOG in text else _summary(text)
    scenario = (
        found.get("Scenario") or found.get("effective_scenario") or found.get("requested_scenario") or ""
    )
    if scenario not in _MODES or not any(name in found for name in _SAMPLES):
        expected = f"a result of scenario {', '.join(_MODES)}"
        raise not_this_format(
            path, "", expected, "Give the log of a performance run.", f"scenario '{scenario}'"
        )
    mode, load = _MODES[scenario]
    samples, tokens = _first(found, _SAMPLES), _first(found, _TOKENS)
    values = {
        "mode": mode,
        "load_type": load,
        "concurrency": 1.0 if load == "single" else None,
        "request_rate": _first(found, _OFFERED) if load == "open_poisson" else None,
        "req_s": samples,
        "output_tok_s": tokens,
        "output_tokens": ratio(tokens, samples),
        "len_basis": "input as given; output measured",
        "tput_basis": "measured",
        "stat": "mean",
        "ttft_ms": _ms(found, _TTFT),
        "tpot_ms": _ms(found, _TPOT),
    }
    for percentile in PERCENTILES:
        rank = f"{percentile[1:]}.00"
        ttft = (
            f"{rank} percentile first token latency (ns)",
            f"result_first_token_{rank}_percentile_latency_ns",
        )
        tpot = (
            f"{rank} percentile time to output token (ns)",
            f"result_time_per_output_token_{rank}_percentile_ns",
        )
        values[f"ttft_{percentile}_ms"] = _ms(found, ttft)
        values[f"tpot_{percentile}_ms"] = _ms(found, tpot)
    for what, names in _LIMITS.items():
        limit = _ms(found, names)
        values[f"slo_{what}_ms"] = limit if load == "open_poisson" and limit else None
    run = Run("the run", {name: value for name, value in values.items() if value is not None})
    verdict = found.get("Result is") or found.get("result_validity")
    if verdict != "VALID":
        run.faults.append(f"loadgen calls the run {verdict or 'unfinished'}")
    test = found.get("Mode") or found.get("effective_test_mode") or "PerformanceOnly"
    if test != "PerformanceOnly":
        run.faults.append(f"mode {test}, not a performance run")
    reading = Reading("MLPerf log", [run])
    if "output_tokens" not in run.values:
        reading.assume("The log counts no tokens: give output_tokens.")
    return reading


def _summary(text: str) -> dict[str, str]:
    """Pairs of a summary; the first of a name holds."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        pair = _PAIR.fullmatch(line)
        if pair:
            found.setdefault(pair[1], pair[2])
    return found


def _detail(text: str) -> dict[str, str]:
    """Keys and values of the ``:::MLLOG`` lines; lines cut short are passed over."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        _, mark, body = line.partition(MLLOG)
        if not mark:
            continue
        try:
            entry = json.loads(body)
        except json.JSONDecodeError:
            continue  # a log that was cut; what is missing shows as a missing result
        if isinstance(entry, dict) and "key" in entry:
            found[str(entry["key"])] = str(entry.get("value"))
    return found


def _first(found: dict[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        try:
            return float(found[name])
        except (KeyError, ValueError):
            continue
    return None


def _ms(found: dict[str, str], names: tuple[str, ...]) -> float | None:
    value = _first(found, names)
    return None if value is None else value * _MS_PER_NS
