"""What must hold of a run for it to be believed; each check says what is wrong and which figures disagree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from planner.inputs.declarations.measurements import NEEDED
from planner.tables import Value
from planner.units import MS_PER_S

Values = Mapping[str, Value]

# Mean number in flight, by throughput and latency, over the concurrency that was asked for. It falls short while the
# run ramps up and drains; above 1 it cannot be, but for rounding and the client's own time. Both assumed; the 11 runs
# of the training measurements that state all three lie at 0.90-0.99.
LITTLE_LOW, LITTLE_HIGH = 0.70, 1.10
THROUGHPUT_TOLERANCE_SHARE = (
    0.10  # assumed: req/s x tokens against tokens/s, which tools count over different spans
)
ORDER_TOLERANCE_SHARE = 0.005  # assumed: rounding of percentiles
LEAST_TPOT_MS = (
    0.2  # assumed: 5,000 tokens/s of one stream, above anything published; less looks like seconds
)
LEAST_TTFT_MS = 1.0  # assumed: below it no network and tokeniser answers; looks like seconds
_POSITIVE = ("n_cards", "tp", "pp", "dp", "input_tokens", "output_tokens", "concurrency", "request_rate", "req_s",
             "output_tok_s", "total_tok_s", "ttft_ms", "tpot_ms", "e2e_ms")  # fmt: skip
_WITH_PHASE = ("phase-prefill", "phase-decode")


def faults_of(values: Values) -> list[str]:
    """Every reason why a run cannot be used; empty when there is none."""
    return [text for check in CHECKS if (text := check(values))]


def number(values: Values, name: str) -> float | None:
    """The figure as a number, None when absent."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else None


def _known(values: Values) -> str:
    """What a prediction needs is there."""
    missing = [name for name in NEEDED if values.get(name) is None]
    if values.get("mode") == "disagg" and "n_cards" in missing and number(values, "d_workers") is None:
        missing.remove("n_cards")  # pools stated by their layout alone
    kind = values.get("load_type")
    if kind == "closed_loop" and values.get("concurrency") is None:
        missing.append("concurrency")
    if kind == "open_poisson" and number(values, "request_rate") is None and number(values, "req_s") is None:
        missing.append("request_rate")
    measured = ("ttft_ms", "tpot_ms", "output_tok_s", "total_tok_s", "req_s", "per_card_tok_s")
    if all(values.get(name) is None for name in measured):
        missing.append("any of " + ", ".join(measured))
    return f"not known: {', '.join(missing)}; give them as facts or columns" if missing else ""


def _positive(values: Values) -> str:
    wrong = [f"{name} {number(values, name):g}" for name in _POSITIVE if (number(values, name) or 1.0) <= 0.0]
    wrong += [f"{name} 0" for name in _POSITIVE if number(values, name) == 0.0]
    return f"must be above 0: {', '.join(wrong)}" if wrong else ""


def _units(values: Values) -> str:
    """Seconds given as milliseconds."""
    tpot, ttft = number(values, "tpot_ms"), number(values, "ttft_ms")
    if tpot is not None and 0 < tpot < LEAST_TPOT_MS:
        return f"tpot_ms {tpot:g} is below {LEAST_TPOT_MS:g}: are these seconds?"
    if ttft is not None and 0 < ttft < LEAST_TTFT_MS:
        return f"ttft_ms {ttft:g} is below {LEAST_TTFT_MS:g}: are these seconds?"
    return ""


def _ordered(values: Values) -> str:
    """Percentiles rise."""
    for what in ("ttft", "tpot"):
        known = [
            (p, value) for p in (50, 90, 95, 99) if (value := number(values, f"{what}_p{p}_ms")) is not None
        ]
        for (low, below), (high, above) in pairwise(known):
            if below > above * (1.0 + ORDER_TOLERANCE_SHARE):
                return f"{what}_p{low}_ms {below:g} is above {what}_p{high}_ms {above:g}"
    return ""


def _layout(values: Values) -> str:
    """The cards of one replica are there; expert parallelism spreads over the same cards and adds none."""
    if values.get("mode") == "disagg" or values.get("mode") in _WITH_PHASE:
        return ""
    cards = number(values, "n_cards")
    tp, dp, pp = (number(values, name) or 1.0 for name in ("tp", "dp", "pp"))
    ep = number(values, "ep") or 1.0
    if cards is None or tp * dp * pp <= cards:
        return ""
    text = f"tp {tp:g} x dp {dp:g} x pp {pp:g} = {tp * dp * pp:g} cards, more than n_cards {cards:g}"
    return text + (f"; ep {ep:g} runs on the same cards, do not multiply it into tp or dp" if ep > 1 else "")


def _little(values: Values) -> str:
    """Little's law: requests in flight = rate x time in the system."""
    concurrency, made = number(values, "concurrency"), number(values, "output_tokens")
    ttft, tpot = number(values, "ttft_ms"), number(values, "tpot_ms")
    if concurrency is None or made is None or ttft is None or tpot is None or concurrency <= 0:
        return ""
    rate = _rate(values, made)
    if rate is None or values.get("load_type") != "closed_loop":
        return ""
    in_flight = rate * (ttft + (made - 1.0) * tpot) / MS_PER_S
    if LITTLE_LOW <= in_flight / concurrency <= LITTLE_HIGH:
        return ""
    return (
        f"{rate:.4g} requests/s x (ttft {ttft:g} ms + {made - 1:.4g} x tpot {tpot:g} ms) = {in_flight:.4g} in flight, "
        f"but concurrency is {concurrency:g} (allowed {LITTLE_LOW:g} to {LITTLE_HIGH:g} of it): a run that was never "
        "steady, or a wrong figure"
    )


def _rate(values: Values, made: float) -> float | None:
    """Requests per second, stated or by tokens."""
    rate, tokens = number(values, "req_s"), number(values, "output_tok_s")
    if rate is not None:
        return rate
    return tokens / made if tokens is not None and made > 0 else None


def _throughput(values: Values) -> str:
    """Requests per second and tokens per second agree."""
    rate, tokens, made = (number(values, name) for name in ("req_s", "output_tok_s", "output_tokens"))
    if rate is None or tokens is None or made is None or tokens <= 0:
        return ""
    if abs(rate * made / tokens - 1.0) <= THROUGHPUT_TOLERANCE_SHARE:
        return ""
    return f"req_s {rate:g} x output_tokens {made:g} = {rate * made:.4g} tokens/s, but output_tok_s is {tokens:g}"


def _speculation(values: Values) -> str:
    accepted, spec = number(values, "acceptance_length"), number(values, "spec")
    if accepted is not None and spec == 0.0 and accepted > 1.0:
        return f"acceptance_length {accepted:g} with spec 0; expected spec 1"
    return ""


CHECKS: tuple[Callable[[Values], str], ...] = (
    _known, _positive, _units, _ordered, _layout, _throughput, _little, _speculation,
)  # fmt: skip
