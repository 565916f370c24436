"""Admissible load by hand, and the properties every capacity must have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving_world import IDEAL, NO_PROMISE, card, catalogue_llm, llm, requests

from planner.inputs import Card, Llm
from planner.serving.admissible import Admissible, Promise, Requests, admissible
from planner.serving.efficiency import Efficiency
from planner.serving.hardware import hardware_of
from planner.serving.layouts import Layout
from planner.serving.step_figures import step_figures

TOLERANCE = 1e-4  # of a rate: the bisection ends within 1e-6 of a load
LLMS = [llm(), catalogue_llm("qwen3-30b-a3b"), catalogue_llm("deepseek-v3"), catalogue_llm("gpt-oss-20b")]


def of(
    on: Card, asked: Requests, promise: Promise, efficiency: Efficiency = IDEAL, model: Llm | None = None, pp: int = 1,
    bands_ms: tuple[float, ...] = (0.0,),
) -> Admissible:  # fmt: skip
    layout = Layout(model or llm(), hardware_of(on), "bf16", 1, pp)
    return admissible(step_figures([layout], efficiency), asked, promise, bands_ms, efficiency)


def rate(*arguments: object, **named: object) -> float:
    return float(of(*arguments, **named).requests_per_s[0, 0, 0])  # type: ignore[arg-type]


MEMORY_BOUND = card(bf16_tflops=1e9)  # 1 GB/s, and no limit of flops: prompts cost nothing


def test_memory_bounds_a_batch_job() -> None:
    # Room for exactly four requests of 100 in and 0.55 x 100 out at 4,000 bytes per token, beside weights of 18e6
    # bytes. A step reads 16e6 bytes of weights and 4 x 150 tokens x 4,000 bytes of cache: 16 + 2.4 = 18.4 ms; each of
    # the four makes its 100 tokens in 1.84 s: 4 / 1.84 requests per second.
    memory = (18e6 + 4 * 155 * 4000) / 2**30
    found = of(card(bf16_tflops=1e9, memory_gib=memory), requests((100, 0, 100)), NO_PROMISE)
    assert found.requests_per_s.item() == pytest.approx(4 / 1.84, rel=1e-6)
    assert found.running_requests.item() == pytest.approx(4)
    assert found.tpot_ms.item() == pytest.approx(18.4, rel=1e-6)


def test_time_per_token_bounds_the_batch() -> None:
    # 16 ms + 0.6 ms per request <= 22 ms: ten at once, 10 / (100 x 22 ms) requests per second.
    promise = replace(NO_PROMISE, max_tpot_ms=22.0)
    found = of(MEMORY_BOUND, requests((100, 0, 100)), promise)
    assert found.requests_per_s.item() == pytest.approx(10 / 2.2, rel=1e-4)
    assert found.tpot_ms.item() == pytest.approx(22.0, rel=1e-5)


def test_prompts_hold_up_the_others() -> None:
    # Bandwidth without limit: a step of b takes b x 16 ms, a prompt of 10 tokens 160 ms (attention apart, 10 x 5 x
    # 4,000 flop = 0.2 ms). With two running: step 32 ms; while one makes 100 tokens the other lets one prompt in:
    # 32 + 160.2 / 100 = 33.602 ms per token, and a request holds its place 100 x 33.602 + 160.2 ms.
    two = replace(IDEAL, most_running_requests=2.0)
    found = of(card(memory_bandwidth_gb_per_s=1e9), requests((10, 0, 100)), NO_PROMISE, two)
    assert found.tpot_ms.item() == pytest.approx(33.602, rel=1e-6)
    assert found.requests_per_s.item() == pytest.approx(2 / (3.3602 + 0.1602), rel=1e-6)


def test_two_stages_serve_two_halves_at_once() -> None:
    # Four requests run in two parts of two; a part's token passes all weights, 16 ms, and its own cache of 2 x 150 x
    # 4,000 bytes = 1.2 ms: 17.2 ms per token for all four. The network takes no time.
    four = replace(IDEAL, most_running_requests=4.0, outside_link_gb_per_s=1e12)
    found = of(MEMORY_BOUND, requests((100, 0, 100)), NO_PROMISE, four, pp=2)
    assert found.requests_per_s.item() == pytest.approx(4 / 1.72, rel=1e-6)


def test_cached_prompt_saves_compute_not_memory() -> None:
    compute_bound = card(memory_bandwidth_gb_per_s=1e9)
    plain, cached = requests((1000, 0, 100)), requests((1000, 900, 100))
    assert rate(compute_bound, cached, NO_PROMISE) > 2 * rate(compute_bound, plain, NO_PROMISE)
    # Where memory alone counts, the cache changes nothing.
    assert rate(MEMORY_BOUND, cached, NO_PROMISE) == pytest.approx(
        rate(MEMORY_BOUND, plain, NO_PROMISE), rel=1e-6
    )


def test_time_to_first_token_of_an_idle_replica_decides_whether_there_is_any() -> None:
    # Half a step, the prompt's 100 x 16 ms + 100 x 50 x 4,000 flop = 1.62 s, and the step that carries it. Bandwidth
    # without limit: a step of one takes 16 ms. 0.008 + 1.62 + 0.016 = 1.644 s.
    on, asked = card(memory_bandwidth_gb_per_s=1e9), requests((100, 0, 10))
    missed = of(on, asked, replace(NO_PROMISE, max_ttft_ms=1640.0))
    assert missed.requests_per_s.item() == 0.0
    assert missed.ttft_ms.item() == pytest.approx(1644.0, rel=1e-3)
    kept = of(on, asked, replace(NO_PROMISE, max_ttft_ms=1650.0))
    assert kept.requests_per_s.item() > 0.0
    assert kept.ttft_ms.item() <= 1650.0


def test_network_time_comes_off_the_promise() -> None:
    on, asked = card(memory_bandwidth_gb_per_s=1e9), requests((100, 0, 10))
    promise = replace(NO_PROMISE, max_ttft_ms=4000.0)
    banded = of(on, asked, promise, bands_ms=(0.0, 500.0, 2500.0)).requests_per_s[0, 0]
    direct = [rate(on, asked, replace(promise, max_ttft_ms=limit)) for limit in (4000.0, 3500.0, 1500.0)]
    assert banded.tolist() == pytest.approx(direct)
    assert direct[2] == 0.0


def test_no_room_for_one_request() -> None:
    # 18e6 bytes of weights and 155 tokens of cache, where the whole request has 200.
    memory = (18e6 + 155 * 4000) / 2**30
    found = of(card(bf16_tflops=1e9, memory_gib=memory), requests((100, 0, 100)), NO_PROMISE)
    assert found.weights_fit.tolist() == [True]
    assert found.one_fits.tolist() == [[False]]
    assert found.requests_per_s.item() == 0.0


@st.composite
def situations(draw: st.DrawFn) -> tuple[Llm, dict[str, float], Requests, Promise]:
    model = draw(st.sampled_from(LLMS))
    figures = {
        "memory_gib": draw(st.floats(64, 2000)),
        "memory_bandwidth_gb_per_s": draw(st.floats(300, 10_000)),
        "bf16_tflops": draw(st.floats(50, 3000)),
    }
    length = draw(st.floats(16, 60_000))
    asked = requests((length, length * draw(st.floats(0, 0.95)), draw(st.floats(2, 5000))))
    promise = Promise(
        max_ttft_ms=draw(st.floats(100, 60_000)),
        max_tpot_ms=draw(st.floats(5, 500)),
        quantile=draw(st.floats(0.5, 0.999)),
        burst_z=draw(st.floats(1, 8)),
    )
    return model, figures, asked, promise


MORE = st.floats(1.01, 4.0)
LOOSER = ["max_ttft_ms", "max_tpot_ms", "memory_gib", "memory_bandwidth_gb_per_s", "bf16_tflops"]


@settings(max_examples=60, deadline=None)
@given(situations(), MORE, st.sampled_from(LOOSER))
def test_looser_promise_or_more_hardware_never_lowers_capacity(
    situation: tuple[Llm, dict[str, float], Requests, Promise], more: float, what: str
) -> None:
    model, figures, asked, promise = situation
    before = rate(card(**figures), asked, promise, Efficiency(), model)
    if what in figures:
        figures = figures | {what: figures[what] * more}
    else:
        promise = replace(promise, **{what: getattr(promise, what) * more})
    after = rate(card(**figures), asked, promise, Efficiency(), model)
    assert after >= before * (1 - TOLERANCE)


@settings(max_examples=40, deadline=None)
@given(situations(), MORE, st.sampled_from(["burst_z", "quantile", "input", "output"]))
def test_harder_requests_never_raise_capacity(
    situation: tuple[Llm, dict[str, float], Requests, Promise], more: float, what: str
) -> None:
    model, figures, asked, promise = situation
    if what == "output":  # longer answers ease the time per token: prompts that hold them up become rarer
        promise = replace(promise, max_tpot_ms=np.inf)
    before = rate(card(**figures), asked, promise, Efficiency(), model)
    if what == "burst_z":
        promise = replace(promise, burst_z=promise.burst_z * more)
    elif what == "quantile":
        promise = replace(promise, quantile=1 - (1 - promise.quantile) / more)
    elif what == "input":
        asked = replace(asked, input_tokens=asked.input_tokens * more)
    else:
        asked = replace(asked, output_tokens=asked.output_tokens * more)
    after = rate(card(**figures), asked, promise, Efficiency(), model)
    assert after <= before * (1 + TOLERANCE)


@settings(max_examples=40, deadline=None)
@given(situations())
def test_what_is_admitted_keeps_its_promise(
    situation: tuple[Llm, dict[str, float], Requests, Promise],
) -> None:
    model, figures, asked, promise = situation
    found = of(card(**figures), asked, promise, Efficiency(), model)
    assert np.isfinite(found.requests_per_s).all()
    if found.requests_per_s.item() > 0:
        assert found.ttft_ms.item() <= promise.max_ttft_ms * (1 + 1e-9)
        assert found.tpot_ms.item() <= promise.max_tpot_ms * (1 + 1e-9)
        assert found.running_requests.item() <= Efficiency().most_running_requests
    else:
        missed = found.ttft_ms.item() > promise.max_ttft_ms or found.tpot_ms.item() > promise.max_tpot_ms
        assert missed or not found.one_fits.item()
