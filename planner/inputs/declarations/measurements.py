"""Columns of a table of serving measurements: one row is one run of a benchmark at one load.

TTFT is the time from sending a request to its first output token; TPOT is (end to end - TTFT) / (output tokens - 1) of
a request, as vLLM's benchmark defines it. Time between tokens as a stream shows them (vLLM's and SGLang's ITL) is
another figure: engines send several tokens in one piece, so it is never read as TPOT.
"""

from __future__ import annotations

from planner.inputs.declarations.catalogue import PRECISIONS
from planner.inputs.declarations.common import NOTE
from planner.tables import Column, Table

MODES = ("agg", "disagg", "mlperf-offline", "mlperf-server", "mlperf-interactive", "static", "phase-decode",
         "phase-prefill")  # fmt: skip
LOAD_TYPES = ("closed_loop", "open_poisson", "offline", "burst", "single", "static-batch", "saturated-phase")
MOST_CARDS = 1e6
MOST_MS = 1e9  # 11 days
MOST_TOKENS = 1e8


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, default=None)


def _choice(name: str, meaning: str, choices: tuple[str, ...]) -> Column:
    return Column(name, "choice", meaning, default=None, choices=choices)


def _number(name: str, meaning: str, unit: str, high: float, low: float = 0) -> Column:
    return Column(name, "number", meaning, unit, low=low, high=high, default=None)


def _times(what: str, meaning: str) -> tuple[Column, ...]:
    mean = _number(f"{what}_ms", f"{meaning}, mean (or what `stat` says)", "ms", MOST_MS)
    rest = (
        _number(f"{what}_p{p}_ms", f"{meaning}, {p}th percentile", "ms", MOST_MS) for p in (50, 90, 95, 99)
    )
    return (mean, *rest)


MEASUREMENTS = Table(
    "measurements",
    "serving measurements, one row per benchmark run",
    ("row_id",),
    (
        _text("row_id", "name of the row"),
        _text("source", "who measured"),
        _text("source_ref", "where it is published"),
        _text("licence", "licence of the figures"),
        _text("measured", "date of the run"),
        _text("model", "language model"),
        _text("model_ref", "its name in the source"),
        _number("params_total_b", "weights", "billion", 1e5),
        _number("params_active_b", "weights a token visits", "billion", 1e5),
        _text("accelerator", "card"),
        _number("n_cards", "cards of the system", "cards", MOST_CARDS),
        _choice("mode", "agg: prefill and decode on the same cards; disagg: apart; others as named", MODES),
        _number("tp", "tensor parallel", "cards", MOST_CARDS),
        _number("pp", "pipeline parallel", "stages", MOST_CARDS),
        _number("ep", "experts spread over this many of the same cards", "cards", MOST_CARDS),
        _number("dp", "data parallel (attention)", "groups", MOST_CARDS),
        *(
            _number(f"{role}_{what}", f"{what} of the {name} pool", "", MOST_CARDS)
            for role, name in (("p", "prefill"), ("d", "decode"))
            for what in ("workers", "tp", "dp")
        ),
        _choice("precision", "number format of the weights", PRECISIONS),
        _text("engine", "serving engine"),
        _text("engine_version", "its version"),
        _number("spec", "1 with speculative decoding, 0 without", "", 1),
        _number("acceptance_length", "tokens per step with speculative decoding", "tokens", 1e3, 1),
        _number("max_num_seqs", "most requests the engine runs at once", "requests", 1e7, 1),
        _choice("quality", "A: all stated; B: some assumed; C: context only", ("A", "B", "C")),
        _text("division", "MLPerf division"),
        _choice("load_type", "how requests arrive", LOAD_TYPES),
        _number("input_tokens", "mean prompt", "tokens", MOST_TOKENS),
        _number("output_tokens", "mean answer", "tokens", MOST_TOKENS),
        _number("input_nominal", "prompt as named", "tokens", MOST_TOKENS),
        _number("output_nominal", "answer as named", "tokens", MOST_TOKENS),
        _text("len_basis", "how the lengths are known"),
        _number("concurrency", "requests in flight (closed loop)", "requests", 1e8),
        _number("request_rate", "arrivals (open loop)", "requests/s", 1e8),
        _number("burstiness", "shape of the gaps between arrivals; 1 is Poisson", "", 1e6),
        _number("n_requests", "requests of the run", "requests", 1e10),
        _number("req_s", "requests finished", "requests/s", 1e8),
        _number("output_tok_s", "tokens made", "tokens/s", 1e10),
        _number("total_tok_s", "tokens read and made", "tokens/s", 1e10),
        _number("per_card_tok_s", "tokens made per card", "tokens/s", 1e10),
        _text("tput_basis", "how the throughput is known"),
        *_times("ttft", "time to the first token"),
        *_times("tpot", "time per output token after the first"),
        _number("e2e_ms", "request from end to end, mean", "ms", MOST_MS),
        _text("stat", "what ttft_ms and tpot_ms are: mean or p50"),
        _number("slo_ttft_ms", "limit of TTFT that the run kept", "ms", MOST_MS),
        _number("slo_tpot_ms", "limit of TPOT that the run kept", "ms", MOST_MS),
        _number("layout_corrected", "1 where the layout was corrected", "", 1),
        Column("prefix_hit", "share", "share of prompt tokens found in the prefix cache", default=None),
        NOTE,
    ),
)
NEEDED = ("model", "accelerator", "n_cards", "precision", "input_tokens", "output_tokens", "load_type")
