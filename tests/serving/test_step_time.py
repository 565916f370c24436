"""The roofline by hand. Card: 1 GB/s, 1e9 flop/s. Model: 9e6 weights, 8e6 active, 4,000 bytes of cache per token."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import IDEAL, PAPER, PAPER_EXPERTS, card, catalogue_card, catalogue_llm, llm

from planner.inputs import Architecture, Card
from planner.serving.efficiency import Efficiency
from planner.serving.hardware import hardware_of
from planner.serving.layouts import Layout
from planner.serving.step_figures import StepFigures, step_figures
from planner.serving.step_time import decode_step_s, prefill_s

CUBE_ROOT_OF_TWO = 2 ** (1 / 3)


def figures(
    of: Card,
    shape: Architecture = PAPER,
    efficiency: Efficiency = IDEAL,
    *,
    tp: int = 1,
    pp: int = 1,
    precision: str = "bf16",
) -> StepFigures:
    layout = Layout(llm(architecture=shape), hardware_of(of), precision, tp, pp)
    return step_figures([layout], efficiency)


def seconds(value: object) -> float:
    return float(np.asarray(value).item())


def one_step(of: StepFigures, running: float, context: float) -> float:
    return seconds(decode_step_s(of, np.array(running), np.array(context)))


def test_one_request_alone() -> None:
    # 16e6 bytes at 1e9/s = 16 ms; 16e6 flop at 1e9/s = 16 ms; soft maximum 16 * 2^(1/3) = 20.159 ms.
    # Cache: 1,000 tokens x 4,000 bytes = 4e6 bytes = 4 ms, added to it.
    assert one_step(figures(card()), 1, 1000) == pytest.approx(0.016 * CUBE_ROOT_OF_TWO + 0.004)


def test_weights_are_read_once_for_the_whole_batch() -> None:
    # A card with no limit of flops: weights 16 ms however many run; cache 10 x 1,000 x 4,000 = 40 ms.
    assert one_step(figures(card(bf16_tflops=1e9)), 10, 1000) == pytest.approx(0.016 + 0.040)


def test_experts_touched() -> None:
    # Always read: attention 4e6 + router 1e4 + head 1e6 = 5.01e6 weights = 10.02 ms at two bytes. Experts: 30e6 weights
    # = 60 ms in all; one token touches 1 of 10, two touch 1 - 0.9^2 = 0.19 of them.
    fast = figures(card(bf16_tflops=1e9), PAPER_EXPERTS)
    assert one_step(fast, 1, 0) == pytest.approx(0.01002 + 0.1 * 0.060)
    assert one_step(fast, 2, 0) == pytest.approx(0.01002 + 0.19 * 0.060)


def test_low_precision_halves_bytes_and_falls_back_in_compute() -> None:
    # FP8 weights on a card without FP8: 8e6 bytes = 8 ms, but 16e6 flop at the 16-bit 1e9/s = 16 ms.
    expected = (0.008**3 + 0.016**3) ** (1 / 3)
    assert one_step(figures(card(), precision="fp8"), 1, 0) == pytest.approx(expected)
    # With FP8 at 2e9 flop/s both halve.
    assert one_step(figures(card(fp8_tflops=0.002), precision="fp8"), 1, 0) == pytest.approx(
        0.008 * CUBE_ROOT_OF_TWO
    )


def test_fixed_times_and_efficiency() -> None:
    slow = replace(IDEAL, bandwidth_share=0.5, layer_s=0.001, step_s=0.002, sequence_s=0.0001)
    # 16 ms at half the bandwidth = 32 ms, one layer 1 ms, step 2 ms, three requests 0.3 ms.
    assert one_step(figures(card(bf16_tflops=1e9), efficiency=slow), 3, 0) == pytest.approx(0.0353)


def test_collectives_of_two_cards() -> None:
    # Half the weights per card: 8 ms. Two all-reduces in the one layer: latency 1 ms each, and
    # 2 x 1/2 x 1,000 x 2 B = 2,000 bytes each over one direction, half of 0.002 GB/s = 1e6 bytes/s: 2 ms each.
    efficiency = replace(IDEAL, all_reduce_latency_s=0.001)
    pair = card(bf16_tflops=1e9, interconnect_gb_per_s=0.002, scale_up_domain_cards=8)
    assert one_step(figures(pair, tp=2, efficiency=efficiency), 1, 0) == pytest.approx(0.008 + 0.002 + 0.004)
    # Beyond the scale-up domain latency doubles.
    apart = card(bf16_tflops=1e9, interconnect_gb_per_s=0.002, scale_up_domain_cards=1)
    assert one_step(figures(apart, tp=2, efficiency=efficiency), 1, 0) == pytest.approx(0.008 + 0.004 + 0.004)


def test_two_stages_hand_over_once() -> None:
    # A token passes both stages: all weights, 16 ms, one after the other; the hand-over of 1,000 x 2 B over a network
    # of 1e-6 GB/s = 1,000 bytes/s takes 2 s, and its latency twice 1 ms.
    efficiency = replace(IDEAL, all_reduce_latency_s=0.001, outside_link_gb_per_s=1e-6)
    staged = figures(card(bf16_tflops=1e9, interconnect_gb_per_s=1.0), efficiency=efficiency, pp=2)
    assert one_step(staged, 1, 0) == pytest.approx(0.016 + 2.0 + 0.002)


def test_prompt_of_a_dense_model() -> None:
    # 200 tokens x 16e6 flop = 3.2 s. Attention: 10 heads x 4 x 100 = 4,000 flop per token and token seen, 100 seen
    # in the mean: 200 x 100 x 4,000 = 80e6 flop = 0.08 s.
    def of(cached: float) -> float:
        return seconds(prefill_s(figures(card()), np.array(200.0), np.array(cached), np.array(1.0), 8192))

    assert of(0) == pytest.approx(3.28)
    # 300 tokens more in the cache are seen by each, not computed: 200 x 300 x 4,000 = 0.24 s more.
    assert of(300) == pytest.approx(3.28 + 0.24)


def test_prompt_reads_the_experts_no_decoding_token_visits() -> None:
    # No limit of flops. One request decodes and touches 0.1 of the experts; a prompt of 2 tokens leaves
    # 0.9^3 untouched, so it adds 0.9 - 0.729 = 0.171 of 60 ms.
    fast = figures(card(bf16_tflops=1e9), PAPER_EXPERTS)
    added = prefill_s(fast, np.array(2.0), np.array(0.0), np.array(1.0), 8192)
    assert seconds(added) == pytest.approx(0.171 * 0.060, rel=1e-6)


def test_long_prompts_go_in_chunks_that_each_read_the_experts() -> None:
    fast = figures(card(bf16_tflops=1e9), PAPER_EXPERTS)
    one = seconds(prefill_s(fast, np.array(4.0), np.array(0.0), np.array(1.0), 4))
    two = seconds(prefill_s(fast, np.array(8.0), np.array(0.0), np.array(1.0), 4))
    assert two == pytest.approx(2 * one, rel=1e-6)


def test_sliding_layers_look_back_over_their_window_only() -> None:
    window = replace(PAPER, sliding_layers=1, sliding_window_tokens=100)
    fast = card(bf16_tflops=1e9)
    # Cache of 100 tokens x 4,000 bytes = 0.4 ms, whatever the context beyond the window.
    assert one_step(figures(fast, window), 1, 5000) == pytest.approx(0.016 + 0.0004)
    assert one_step(figures(fast, window), 1, 50) == pytest.approx(0.016 + 0.0002)


def test_latent_attention_does_not_share_its_cache_among_cards() -> None:
    deepseek, h200 = catalogue_llm("deepseek-v3"), hardware_of(catalogue_card("nvidia_h200_sxm"))
    of = step_figures([Layout(deepseek, h200, "fp8", tp) for tp in (4, 8)], Efficiency())
    # 61 layers x (512 + 64) elements x 2 bytes = 70,272 bytes per token on every card.
    assert of.cache_bytes[:, 0].tolist() == [70_272.0, 70_272.0]
    # 8 KV heads over 8 cards: 80 layers x 2 x 8 x 128 x 2 bytes / 8 = 40,960.
    llama = step_figures([Layout(catalogue_llm("llama-3.1-70b"), h200, "fp8", 8)], Efficiency())
    assert llama.cache_bytes.item() == 40_960.0
