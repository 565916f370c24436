"""Admissible load by hand, and the properties every capacity must have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving_world import BARE, IDEAL, NO_PROMISE, SHIPPED, card, catalogue_llm, layout, llm, requests, work

from planner.inputs import Card, Llm
from planner.serving.admissible import Admissible, Promise, admissible
from planner.serving.effects import Subject
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.open_loop import Arrivals, Replicas
from planner.serving.requests import Requests, most_resident

TOLERANCE = 1e-3  # of a rate: the bisection ends within 1e-4 of a load
# With experts, prompts come through a little sooner when more requests decode and have read them already, so the time
# to first token dips before it rises and the search may end on either side of the dip.
MIXTURE_TOLERANCE = 0.02
LLMS = [llm(), catalogue_llm("qwen3-30b-a3b"), catalogue_llm("deepseek-v3"), catalogue_llm("gpt-oss-20b")]
CALIBRATED = SHIPPED.efficiency([Subject("paper-card")]).column()
# The batch of a replica in a pool this large does not vary, and nobody waits: what is left is arithmetic for paper.
STEADY = Arrivals(burst_z=1.0, prompt_spread=0.0, pool=1e12)
CALM = replace(NO_PROMISE, quantile=0.5, arrivals=STEADY)


def of(
    on: Card, asked: Requests, promise: Promise, efficiency: Efficiency = IDEAL, model: Llm | None = None,
    engine: Engine = BARE, stages: int = 1, bands_ms: tuple[float, ...] = (0.0,),
) -> Admissible:  # fmt: skip
    return admissible(
        work(layout(on, model, stages=stages), engine), efficiency, engine, asked, promise, bands_ms
    )


def rate(*arguments: object, **named: object) -> float:
    return float(of(*arguments, **named).requests_per_s[0, 0, 0])  # type: ignore[arg-type]


READS_ONLY = card(bf16_tflops=1e9)  # 1 GB/s, and no limit of flops: prompts cost nothing
FLOPS_ONLY = card(memory_bandwidth_gb_per_s=1e9)


def test_memory_bounds_a_batch_job() -> None:
    # Room for exactly four requests half way through, 150 tokens at 4,000 bytes, beside weights of 18e6 bytes. A
    # step reads 16e6 bytes of weights and 4 x 150 tokens x 4,000 bytes of cache: 16 + 2.4 = 18.4 ms; each of the
    # four makes its 100 tokens in 1.84 s: 4 / 1.84 requests per second.
    memory = (18e6 + 4 * 150 * 4000) / 2**30
    found = of(card(bf16_tflops=1e9, memory_gib=memory), requests((100, 0, 100)), CALM)
    assert found.requests_per_s.item() == pytest.approx(4 / 1.84, rel=1e-3)
    assert found.running_requests.item() == pytest.approx(4, rel=1e-3)
    assert found.tpot_ms.item() == pytest.approx(18.4, rel=1e-3)


def test_time_per_token_bounds_the_batch() -> None:
    # 16 ms + 0.6 ms per request <= 22 ms: ten at once, 10 / (100 x 22 ms) requests per second.
    found = of(READS_ONLY, requests((100, 0, 100)), replace(CALM, max_tpot_ms=22.0))
    assert found.requests_per_s.item() == pytest.approx(10 / 2.2, rel=1e-3)
    assert found.tpot_ms.item() == pytest.approx(22.0, rel=1e-3)


def test_bad_luck_leaves_less_of_the_same_promise() -> None:
    # One replica, Poisson, 95 %: of R running a request finds R + 1, and 1.6449 deviations more of 0.6 ms each.
    # With R 5: hold(n) = 100 (16 + 0.6 n) ms: 1.9 and at 5.25 1.915 s, elasticity ln(1.915 / 1.9) / ln 1.05 =
    # 0.16118; a = 1 - 0.16118 x 5/6 = 0.86568; variance 5 / a = 5.7758, of which 2 (a - 1 + e^-a) / a^2 = 0.76450
    # is kept: 19.6 + 1.6449 x 0.6 x sqrt(4.4156) = 21.674 ms.
    promise = Promise(np.inf, 21.674, 0.95, Arrivals(burst_z=1.0, prompt_spread=0.0))
    found = of(READS_ONLY, requests((100, 0, 100)), promise)
    assert found.running_requests.item() == pytest.approx(5.0, rel=1e-3)
    assert found.requests_per_s.item() == pytest.approx(5 / 1.96, rel=1e-3)


def test_prompts_hold_up_the_others() -> None:
    # Bandwidth without limit: a step of b takes b x 16 ms, a prompt of 10 tokens 160 ms (and attention, 10 x 5 x
    # 4,000 flop = 0.2 ms). With two running: step 32 ms; while one makes 100 tokens the other lets one prompt in:
    # 32 + 160.2 / 100 = 33.602 ms per token, and a request holds its place 100 x 33.602 + 160.2 ms.
    two = replace(BARE, running_requests_small=2.0)
    found = of(FLOPS_ONLY, requests((10, 0, 100)), CALM, engine=two)
    assert found.tpot_ms.item() == pytest.approx(33.602, rel=1e-3)
    assert found.requests_per_s.item() == pytest.approx(2 / (3.3602 + 0.1602), rel=1e-3)


def test_prompts_never_take_more_than_their_share_of_the_time() -> None:
    # A prompt of 1,000 tokens, one token out: the prompt takes 16 s and 1,000 x 500 x 4,000 flop = 2 s, and 1,000
    # / 8,192 of a step. More of them than 95 % of the time allows are not admissible, without any promise.
    found = of(FLOPS_ONLY, requests((1000, 0, 1)), CALM)
    running = found.running_requests.item()
    per_prompt = 18.0 + 1000 / 8192 * 0.016 * max(running, 1.0)
    assert found.requests_per_s.item() <= 0.95 / per_prompt * 1.001
    assert running < 256


def test_two_stages_serve_two_halves_at_once() -> None:
    # Four requests run in two parts of two; a part's token passes all weights, 16 ms, and its own cache of 2 x 150 x
    # 4,000 bytes = 1.2 ms: 17.2 ms per token for all four. The network takes no time.
    four = replace(BARE, running_requests_small=4.0, outside_link_gb_per_s=1e12)
    found = of(READS_ONLY, requests((100, 0, 100)), CALM, engine=four, stages=2)
    assert found.requests_per_s.item() == pytest.approx(4 / 1.72, rel=1e-3)


def test_cached_prompt_saves_compute_not_memory() -> None:
    plain, cached = requests((1000, 0, 100)), requests((1000, 900, 100))
    assert rate(FLOPS_ONLY, cached, NO_PROMISE) > 2 * rate(FLOPS_ONLY, plain, NO_PROMISE)
    # Where memory alone counts, the cache changes nothing.
    assert rate(READS_ONLY, cached, NO_PROMISE) == pytest.approx(
        rate(READS_ONLY, plain, NO_PROMISE), rel=1e-3
    )


def test_time_to_first_token_of_an_idle_replica_decides_whether_there_is_any() -> None:
    # Half a step, the prompt's 100 x 16 ms + 100 x 50 x 4,000 flop = 1.62 s, and the step that carries it. Bandwidth
    # without limit: a step of one takes 16 ms. 0.008 + 1.62 + 0.016 = 1.644 s.
    asked = requests((100, 0, 10))
    missed = of(FLOPS_ONLY, asked, replace(CALM, max_ttft_ms=1640.0))
    assert missed.requests_per_s.item() == 0.0
    assert missed.ttft_ms.item() == pytest.approx(1644.0, rel=1e-3)
    kept = of(FLOPS_ONLY, asked, replace(CALM, max_ttft_ms=1650.0))
    assert kept.requests_per_s.item() > 0.0
    assert kept.ttft_ms.item() <= 1650.0


def test_network_time_comes_off_the_promise() -> None:
    asked = requests((100, 0, 10))
    promise = replace(NO_PROMISE, max_ttft_ms=8000.0)
    banded = of(FLOPS_ONLY, asked, promise, bands_ms=(0.0, 2000.0, 6500.0)).requests_per_s[0, 0]
    direct = [rate(FLOPS_ONLY, asked, replace(promise, max_ttft_ms=ms)) for ms in (8000.0, 6000.0, 1500.0)]
    assert banded.tolist() == pytest.approx(direct)
    assert direct[0] > direct[1] > direct[2] == 0.0


def test_no_room_for_one_request() -> None:
    # 18e6 bytes of weights and 155 tokens of cache, where the whole request has 200.
    memory = (18e6 + 155 * 4000) / 2**30
    found = of(card(bf16_tflops=1e9, memory_gib=memory), requests((100, 0, 100)), NO_PROMISE)
    assert found.weights_fit.tolist() == [True]
    assert found.one_fits.tolist() == [[False]]
    assert found.requests_per_s.item() == 0.0


Situation = tuple[Llm, dict[str, float], Requests, Promise]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
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
        arrivals=Arrivals(burst_z=draw(st.floats(1, 8)), pool=draw(st.floats(1, 50))),
    )
    return model, figures, asked, promise


def rate_in(situation: Situation) -> float:
    model, figures, asked, promise = situation
    return rate(card(**figures), asked, promise, CALIBRATED, model)


MORE = st.floats(1.01, 4.0)
LOOSER = ["max_ttft_ms", "max_tpot_ms"]
BETTER = ["memory_gib", "memory_bandwidth_gb_per_s", "bf16_tflops"]


@settings(max_examples=60, deadline=None)
@given(situations(), MORE, st.sampled_from(LOOSER))
def test_a_looser_promise_never_lowers_capacity(situation: Situation, more: float, what: str) -> None:
    model, figures, asked, promise = situation
    looser = replace(promise, **{what: getattr(promise, what) * more})
    assert rate_in((model, figures, asked, looser)) >= rate_in(situation) * (1 - MIXTURE_TOLERANCE)


@settings(max_examples=60, deadline=None)
@given(situations(), MORE, st.sampled_from(BETTER))
def test_more_hardware_never_lowers_capacity(situation: Situation, more: float, what: str) -> None:
    model, figures, asked, promise = situation
    better = figures | {what: figures[what] * more}
    assert rate_in((model, better, asked, promise)) >= rate_in(situation) * (1 - MIXTURE_TOLERANCE)


@settings(max_examples=60, deadline=None)
@given(situations(), MORE, st.sampled_from(["burst_z", "pool"]))
def test_calmer_arrivals_never_lower_capacity(situation: Situation, more: float, what: str) -> None:
    model, figures, asked, promise = situation
    calm = promise.arrivals
    calmer = (
        replace(calm, pool=calm.pool * more) if what == "pool" else replace(calm, burst_z=calm.burst_z / more)
    )
    after = rate_in((model, figures, asked, replace(promise, arrivals=calmer)))
    assert after >= rate_in(situation) * (1 - MIXTURE_TOLERANCE)


@settings(max_examples=40, deadline=None)
@given(situations(), MORE, st.sampled_from(["quantile", "input", "output"]))
def test_harder_requests_never_raise_capacity(situation: Situation, more: float, what: str) -> None:
    model, figures, asked, promise = situation
    if what == "output":  # longer answers ease the time per token: prompts that hold them up become rarer
        promise = replace(promise, max_tpot_ms=np.inf)
    before = rate_in((model, figures, asked, promise))
    if what == "quantile":
        promise = replace(promise, quantile=1 - (1 - promise.quantile) / more)
    elif what == "input":
        asked = replace(asked, input_tokens=asked.input_tokens * more)
    else:
        asked = replace(asked, output_tokens=asked.output_tokens * more)
    slack = MIXTURE_TOLERANCE if what == "output" else TOLERANCE
    assert rate_in((model, figures, asked, promise)) <= before * (1 + slack)


@settings(max_examples=60, deadline=None)
@given(situations())
def test_both_percentiles_hold_at_the_answer_and_one_does_not_beyond_it(situation: Situation) -> None:
    model, figures, asked, promise = situation
    on = card(**figures)
    found = of(on, asked, promise, CALIBRATED, model)
    assert np.isfinite(found.requests_per_s).all()
    if found.requests_per_s.item() == 0.0:
        missed = found.ttft_ms.item() > promise.max_ttft_ms or found.tpot_ms.item() > promise.max_tpot_ms
        assert missed or not found.one_fits.item()
        return
    assert found.ttft_ms.item() <= promise.max_ttft_ms * (1 + 1e-9)
    assert found.tpot_ms.item() <= promise.max_tpot_ms * (1 + 1e-9)
    # 2 % more: a promise is broken, prompts take more than their share, or there is no place.
    does = work(layout(on, model), BARE)
    places = most_resident(does, asked)
    replicas = Replicas(does, CALIBRATED, BARE, asked, promise.arrivals, places)
    running = found.running_requests * 1.02
    state = replicas.at(running[..., 0])
    broken = (
        1e3 * replicas.tpot_at(state, promise.quantile).item() > promise.max_tpot_ms
        or 1e3 * replicas.ttft_at(state, running[..., 0], promise.quantile).item() > promise.max_ttft_ms
    )
    full = replicas.busy(state).item() > BARE.prefill_busy_share or running.item() > places.item()
    assert broken or full
