"""The closed loop by hand, and what holds for any layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving_world import (
    BARE,
    IDEAL,
    PAPER_EXPERTS,
    SHIPPED,
    card,
    catalogue_llm,
    layout,
    llm,
    requests,
    work,
)

from planner.serving.closed_loop import burst, closed_loop, saturated
from planner.serving.effects import Subject
from planner.serving.engine import Engine
from planner.serving.layout import Layout

# The layouts that random cases are drawn from: dense, with experts, in groups, in stages, latent attention, sliding.
LAYOUTS = [
    layout,
    lambda on: layout(on, llm(architecture=PAPER_EXPERTS), side=2, attention_groups=2, expert_parallel=True),
    lambda on: layout(on, side=2, stages=2),
    lambda on: layout(on, catalogue_llm("deepseek-v3"), "bf16", 8),
    lambda on: layout(on, catalogue_llm("gpt-oss-20b"), "bf16", 1),
]
CALIBRATED = SHIPPED.efficiency([Subject("paper-card")]).column()
AMPLE_GIB = 1e5
LITTLE = 1e-6  # relative: the law is exact but for rounding


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    on = card(
        memory_gib=AMPLE_GIB, memory_bandwidth_gb_per_s=draw(st.floats(300, 10_000)),
        bf16_tflops=draw(st.floats(50, 3000)), interconnect_gb_per_s=draw(st.floats(50, 2000)),
        scale_up_domain_cards=8,
    )  # fmt: skip
    return draw(st.sampled_from(LAYOUTS))(on)


lengths = st.tuples(st.floats(16, 30_000), st.just(0.0), st.floats(2, 3000))


@settings(max_examples=40, deadline=None)
@given(layouts(), lengths, st.floats(1, 3000))
def test_little_s_law_holds(of: Layout, length: tuple[float, float, float], clients: float) -> None:
    # Also when the cap of the engine makes clients wait for a place.
    engine = replace(Engine(), running_requests_large=200.0)
    found = closed_loop(work(of, engine), CALIBRATED, requests(length), np.array([clients]), engine)
    cycle = found.ttft_s + (length[2] - 1) * found.tpot_s
    assert (found.requests_per_s * cycle).item() == pytest.approx(clients, rel=LITTLE)


# Beyond 256 clients, or with a handful of tokens out, the model loses some per cent again: one prompt per step,
# which no longer hides behind the read of the weights.
longer = st.tuples(st.floats(16, 30_000), st.just(0.0), st.floats(64, 3000))


@settings(max_examples=40, deadline=None)
@given(layouts(), longer)
def test_more_clients_never_lower_throughput_and_never_speed_up_a_token(
    of: Layout, length: tuple[float, float, float]
) -> None:
    clients = np.array([1.0, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256])
    found = closed_loop(work(of), CALIBRATED, requests(length), clients, BARE)
    assert (np.diff(found.requests_per_s[0]) >= -2e-3 * found.requests_per_s[0, 1:]).all()
    assert (np.diff(found.tpot_s[0]) >= -1e-6 * found.tpot_s[0, 1:]).all()


def test_one_client_alone_by_hand() -> None:
    # No limit of bandwidth: a step of one takes 16 ms, ten prompt tokens 160 ms and their attention, 10 x 5 x
    # 4,000 flop, 0.2 ms; the step that carries them 176.2 ms. First token: 50 ms, half a step, twice that step:
    # 0.05 + 0.008 + 0.3524 = 0.4104 s. Then 99 tokens of 16 ms; nobody else's prompt holds them up.
    eff = replace(IDEAL, first_token_s=0.05, prompt_factor=2.0, clumping=0.3)
    of = work(layout(card(memory_bandwidth_gb_per_s=1e9)))
    found = closed_loop(of, eff, requests((10, 0, 100)), np.array([1.0]), BARE)
    assert found.ttft_s.item() == pytest.approx(0.4104)
    assert found.tpot_s.item() == pytest.approx(0.016)
    assert found.requests_per_s.item() == pytest.approx(1 / (0.4104 + 99 * 0.016))


def test_one_client_alone_with_a_long_prompt_and_a_short_answer() -> None:
    # 1,000 tokens: 16 s, attention 1,000 x 500 x 4,000 flop = 2 s; ten tokens out. Decoding is 0.8 % of the cycle.
    of = work(layout(card(memory_bandwidth_gb_per_s=1e9)))
    found = closed_loop(of, IDEAL, requests((1000, 0, 10)), np.array([1.0]), BARE)
    assert found.ttft_s.item() == pytest.approx(18.0 + 0.016 + 0.008)
    assert found.tpot_s.item() == pytest.approx(0.016)


def test_two_clients_by_hand() -> None:
    # No limit of flops, so that prompts add nothing: own = one step. Of two clients b run: a step of 16 + 0.6 b
    # ms (context 150, 4,000 bytes each). Cycle: half a step and a step to the first token, 99 steps after it; b =
    # 2 x 99 / 100.5.
    of = work(layout(card(bf16_tflops=1e9)))
    found = closed_loop(of, IDEAL, requests((100, 0, 100)), np.array([2.0]), BARE)
    running = 2 * 99 / 100.5
    step = 0.016 + 0.0006 * running
    assert found.running.item() == pytest.approx(running)
    assert found.tpot_s.item() == pytest.approx(step)
    assert found.requests_per_s.item() == pytest.approx(2 / (100.5 * step))


def test_clients_beyond_the_places_wait_for_one() -> None:
    # Five places, fifty clients, prompts for nothing: five run all the time, 16 + 5 x 0.6 = 19 ms per token of
    # each, so one of the five leaves every 99 x 19 / 5 = 376.2 ms. The cycle of a client is fifty times that.
    engine = replace(BARE, running_requests_small=5.0)
    of = work(layout(card(bf16_tflops=1e9)), engine)
    found = closed_loop(of, IDEAL, requests((100, 0, 100)), np.array([50.0]), engine)
    assert found.running.item() == pytest.approx(5.0, rel=1e-9)
    assert found.tpot_s.item() == pytest.approx(0.019)
    assert found.requests_per_s.item() == pytest.approx(1 / 0.3762)
    assert found.ttft_s.item() == pytest.approx(50 * 0.3762 - 99 * 0.019)


def test_others_prompts_clump_in_proportion_to_the_clients_that_start_together() -> None:
    # A prompt adds 160.2 ms to the steps of those that decode, whatever their number, without limit of bandwidth.
    # Half of the 3 other clients' prompts: 1.5 x 160.2 ms more.
    of = work(layout(card(memory_bandwidth_gb_per_s=1e9)))
    asked, clients = requests((10, 0, 1000)), np.array([4.0])
    plain = closed_loop(of, IDEAL, asked, clients, BARE)
    clumped = closed_loop(of, replace(IDEAL, clumping=0.5), asked, clients, BARE)
    # The step that carries the prompt is longer with more running, by 16 ms each; a few run less while they wait.
    assert (clumped.ttft_s - plain.ttft_s).item() == pytest.approx(1.5 * 0.1602, rel=0.02)


def test_saturated_by_hand() -> None:
    # Two places, no limit of bandwidth: 100 tokens in 100 x 32 ms / 2 each, and 160.2 ms of prompt: 1 / 1.7602
    # per second.
    engine = replace(BARE, running_requests_small=2.0)
    of = work(layout(card(memory_bandwidth_gb_per_s=1e9)), engine)
    found = saturated(of, IDEAL, requests((10, 0, 100)), engine)
    assert found.requests_per_s.item() == pytest.approx(1 / 1.7602)
    assert found.tpot_s.item() == pytest.approx(2 * 0.017602)
    assert np.isnan(found.ttft_s).all()


def test_a_burst_fills_runs_and_drains() -> None:
    # Two places, ten requests of equal length, step 32 ms whatever is left: fill 2 x 160.2 ms, eight more at 1 /
    # 1.7602 per second, and the last 100 tokens of 32 ms.
    engine = replace(BARE, running_requests_small=2.0)
    of = work(layout(card(memory_bandwidth_gb_per_s=1e9)), engine)
    asked = requests((10, 0, 100))
    rate = burst(of, IDEAL, asked, np.array([10.0]), np.array([0.0]), engine)
    assert rate.item() == pytest.approx(10 / (0.3204 + 8 * 1.7602 + 3.2))
    # A very large burst is as fast as saturation; a small one never faster.
    large = burst(of, IDEAL, asked, np.array([1e6]), np.array([1.0]), engine).item()
    assert large == pytest.approx(1 / 1.7602, rel=1e-3)
