"""The roofline by hand. Card: 1 GB/s, 1e9 flop/s. Model: 9e6 weights, 8e6 active, 4,000 bytes of cache per token."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import (
    BARE,
    GIGAFLOP,
    IDEAL,
    PAPER,
    PAPER_EXPERTS,
    card,
    catalogue_card,
    catalogue_llm,
    layout,
    llm,
    work,
)

from planner.inputs import Architecture, Card
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.step_time import matrix_flops_per_s, prompt_s, step_s
from planner.serving.work import Work, work_of

CUBE_ROOT_OF_TWO = 2 ** (1 / 3)
NO_FLOPS_LIMIT = card(bf16_tflops=1e9)
NO_READ_LIMIT = card(memory_bandwidth_gb_per_s=1e9)


def paper(on: Card, shape: Architecture = PAPER, engine: Engine = BARE, **more: object) -> Work:
    return work(layout(on, llm(architecture=shape), **more), engine)  # type: ignore[arg-type]


def step(
    of: Work, decoding: float, context: float, prompt: float = 0.0, attended: float = 1.0, at: Efficiency = IDEAL
) -> float:  # fmt: skip
    numbers = [np.array([float(x)]) for x in (decoding, context, prompt, attended)]
    return float(step_s(of, at, *numbers).item())


def prompt(of: Work, tokens: float, cached: float, chunk: float = 8192, at: Efficiency = IDEAL) -> float:
    """What a prompt adds while one request decodes at context 1."""
    numbers = [np.array([float(x)]) for x in (tokens, cached, 1.0, 1.0)]
    return float(prompt_s(of, at, *numbers, chunk_tokens=chunk)[0].item())


def test_one_request_alone() -> None:
    # 16e6 bytes at 1e9/s = 16 ms; 16e6 flop at 1e9/s = 16 ms; soft maximum 16 * 2^(1/3) = 20.159 ms.
    # Cache: 1,000 tokens x 4,000 bytes = 4e6 bytes = 4 ms, added to it.
    assert step(paper(card()), 1, 1000) == pytest.approx(0.016 * CUBE_ROOT_OF_TWO + 0.004)


def test_weights_are_read_once_for_the_whole_batch() -> None:
    # A card with no limit of flops: weights 16 ms however many run; cache 10 x 1,000 x 4,000 = 40 ms.
    assert step(paper(NO_FLOPS_LIMIT), 10, 1000) == pytest.approx(0.016 + 0.040)


def test_experts_touched() -> None:
    # Always read: attention 4e6 + router 1e4 + head 1e6 = 5.01e6 weights = 10.02 ms at two bytes. Experts: 30e6 weights
    # = 60 ms in all; one token touches 1 of 10, two touch 1 - 0.9^2 = 0.19 of them.
    fast = paper(NO_FLOPS_LIMIT, PAPER_EXPERTS)
    assert step(fast, 1, 0) == pytest.approx(0.01002 + 0.1 * 0.060)
    assert step(fast, 2, 0) == pytest.approx(0.01002 + 0.19 * 0.060)


def test_low_precision_halves_bytes_and_falls_back_in_compute() -> None:
    # FP8 weights on a card without FP8: 8e6 bytes = 8 ms, but 16e6 flop at the 16-bit 1e9/s = 16 ms.
    expected = (0.008**3 + 0.016**3) ** (1 / 3)
    assert step(paper(card(), precision="fp8"), 1, 0) == pytest.approx(expected)
    # With FP8 at 2e9 flop/s both halve.
    eight_bit = card(fp8_tflops=2 * GIGAFLOP)
    assert step(paper(eight_bit, precision="fp8"), 1, 0) == pytest.approx(0.008 * CUBE_ROOT_OF_TWO)


def test_fixed_times_and_efficiency() -> None:
    slow = replace(IDEAL, bandwidth_share=0.5, layer_s=0.001, step_s=0.002, sequence_s=0.0001)
    # 16 ms at half the bandwidth = 32 ms, one layer 1 ms, step 2 ms, three requests 0.3 ms.
    assert step(paper(NO_FLOPS_LIMIT), 3, 0, at=slow) == pytest.approx(0.0353)
    # Slowness multiplies all of it, also prompts.
    slower = replace(slow, slowness=1.5)
    assert step(paper(NO_FLOPS_LIMIT), 3, 0, at=slower) == pytest.approx(1.5 * 0.0353)
    assert prompt(paper(card()), 300, 50, at=slower) == pytest.approx(
        1.5 * prompt(paper(card()), 300, 50, at=slow)
    )


def test_fixed_times_of_layers_by_kind() -> None:
    # Two layers, one of them linear, no experts: 2 x 1 ms x 1.5. With experts in both: 2 x (1 + 0.4) ms.
    eff = replace(IDEAL, layer_s=0.001, expert_layer_s=0.0004, linear_layer_factor=1.5)
    linear = replace(
        PAPER, layers=2, dense_layers=2, linear_layers=1, linear_key_heads=1, linear_value_heads=1, linear_head_width=1
    )  # fmt: skip
    experts = replace(PAPER_EXPERTS, layers=2)
    for shape, fixed in ((linear, 0.003), (experts, 0.0028)):
        of = paper(NO_FLOPS_LIMIT, shape)
        assert step(of, 1, 0, at=eff) - step(of, 1, 0) == pytest.approx(fixed)


def test_compute_poor_cards_reach_more_of_their_peak_but_never_all() -> None:
    # 1 GB/s and 75e9 flop/s stated: 75 flops per byte, two halvings below 300. With ridge power 0.2 the share 0.4 grows
    # by 2^0.4 to 0.5278; 1 flop per byte would ask for 0.4 x 300^0.2 = 1.25, and 95 % is the most.
    eff = replace(IDEAL, compute_share=0.4, ridge_power=0.2)
    rate = matrix_flops_per_s(paper(card(bf16_tflops=0.075)), eff)
    assert rate.item() == pytest.approx(75e9 * 0.4 * 2**0.4)
    assert matrix_flops_per_s(paper(card(bf16_tflops=0.001)), eff).item() == pytest.approx(0.95e9)
    # At 300 flops per byte it is the share itself.
    assert matrix_flops_per_s(paper(card(bf16_tflops=0.3)), eff).item() == pytest.approx(0.4 * 300e9)


def test_collectives_of_two_cards() -> None:
    # Half the weights per card: 8 ms. Two all-reduces in the one layer: latency 1 ms each, and
    # 2 x 1/2 x 1,000 x 2 B = 2,000 bytes each over one direction, half of 0.002 GB/s = 1e6 bytes/s: 2 ms each.
    efficiency = replace(IDEAL, all_reduce_latency_s=0.001)
    pair = card(bf16_tflops=1e9, interconnect_gb_per_s=0.002, scale_up_domain_cards=8)
    assert step(paper(pair, side=2), 1, 0, at=efficiency) == pytest.approx(0.008 + 0.002 + 0.004)
    # Beyond the scale-up domain latency doubles, and the network carries them: 0.002 GB/s, 1 ms each.
    apart = card(bf16_tflops=1e9, interconnect_gb_per_s=0.002, scale_up_domain_cards=1)
    network = replace(BARE, outside_link_gb_per_s=0.002)
    assert step(paper(apart, engine=network, side=2), 1, 0, at=efficiency) == pytest.approx(
        0.008 + 0.004 + 0.002
    )
    # Half of the link reached: twice the time on it.
    half = replace(efficiency, link_share=0.5)
    assert step(paper(pair, side=2), 1, 0, at=half) == pytest.approx(0.008 + 0.002 + 0.008)


def test_two_stages_hand_over_once() -> None:
    # A token passes both stages: all weights, 16 ms, one after the other; the hand-over of 1,000 x 2 B over a network
    # of 1e-6 GB/s = 1,000 bytes/s takes 2 s, and its latency twice 1 ms.
    efficiency = replace(IDEAL, all_reduce_latency_s=0.001)
    network = replace(BARE, outside_link_gb_per_s=1e-6)
    staged = paper(card(bf16_tflops=1e9, interconnect_gb_per_s=1.0), engine=network, stages=2)
    assert step(staged, 1, 0, at=efficiency) == pytest.approx(0.016 + 2.0 + 0.002)


def test_attention_groups_share_experts_and_repeat_the_rest() -> None:
    # Four groups of one card: each reads all common weights, 10.02 ms, and a quarter of the experts, 15 ms if all are
    # touched. Four requests touch 1 - 0.9^4 = 0.3439. Each group attends to one: 1,000 x 4,000 bytes = 4 ms.
    # Exchange instead of all-reduce: one layer, 1 visited x 1,000 x 3 B x 3/4 = 2,250 bytes per token of the group at
    # 1e6 bytes/s: 2.25 ms, and 2 log2(4) = 4 hops of 0.1 ms.
    many = card(bf16_tflops=1e9, interconnect_gb_per_s=0.002, scale_up_domain_cards=8)
    grouped = paper(many, PAPER_EXPERTS, attention_groups=4)
    efficiency = replace(IDEAL, all_reduce_latency_s=0.0001)
    assert step(grouped, 4, 1000, at=efficiency) == pytest.approx(
        0.01002 + 0.3439 * 0.015 + 0.004 + 0.00225 + 0.0004
    )
    # Experts whole on cards: the busiest has 1.5 times its part; only that read grows.
    apart = paper(many, PAPER_EXPERTS, attention_groups=4, expert_parallel=True)
    uneven = replace(efficiency, imbalance=1.5)
    assert step(apart, 4, 1000, at=uneven) - step(apart, 4, 1000, at=efficiency) == pytest.approx(
        0.5 * 0.3439 * 0.015
    )
    assert step(grouped, 4, 1000, at=uneven) == pytest.approx(step(grouped, 4, 1000, at=efficiency))


def test_flops_of_groups_are_divided_over_all_cards() -> None:
    # No limit of bandwidth. A token has 5.01e6 + 3e6 weights, 16.02e6 flop; 8 tokens over 4 cards at 1e9/s: 32.04 ms.
    # Links without limit.
    many = card(memory_bandwidth_gb_per_s=1e9, interconnect_gb_per_s=1e9, scale_up_domain_cards=8)
    grouped = paper(many, PAPER_EXPERTS, attention_groups=4)
    assert step(grouped, 8, 0) == pytest.approx(0.03204, rel=1e-5)


def test_prompt_of_a_dense_model() -> None:
    # 200 tokens x 16e6 flop = 3.2 s. Attention: 10 heads x 4 x 100 = 4,000 flop per token and token seen, 100 seen
    # in the mean: 200 x 100 x 4,000 = 80e6 flop = 0.08 s.
    of = paper(NO_READ_LIMIT)
    assert prompt(of, 200, 0) == pytest.approx(3.28)
    # 300 tokens more in the cache are seen by each, not computed: 200 x 300 x 4,000 = 0.24 s more.
    assert prompt(of, 200, 300) == pytest.approx(3.28 + 0.24)
    # Rows of 100 scores reach 100 / (100 + 300) of the attention rate: four times 0.08 s.
    ramped = replace(IDEAL, attention_ramp_tokens=300.0)
    assert prompt(of, 200, 0, at=ramped) == pytest.approx(3.2 + 0.32)


def test_a_prompt_hides_behind_the_weights_it_shares_with_a_step() -> None:
    # One decodes: 16 ms of reads against 16 ms of flops. With ten prompt tokens: 176 ms. Attention 10 x 5 x 4,000
    # flop = 0.2 ms.
    expected = (0.016**3 + 0.176**3) ** (1 / 3) - 0.016 * CUBE_ROOT_OF_TWO + 0.0002
    assert prompt(paper(card()), 10, 0) == pytest.approx(expected)


def test_prompt_reads_the_experts_no_decoding_token_visits() -> None:
    # No limit of flops. One request decodes and touches 0.1 of the experts; a prompt of 2 tokens leaves
    # 0.9^3 untouched, so it adds 0.9 - 0.729 = 0.171 of 60 ms.
    fast = paper(NO_FLOPS_LIMIT, PAPER_EXPERTS)
    assert prompt(fast, 2, 0) == pytest.approx(0.171 * 0.060, rel=1e-6)


def test_long_prompts_go_in_chunks_that_each_read_the_experts() -> None:
    fast = paper(NO_FLOPS_LIMIT, PAPER_EXPERTS)
    assert prompt(fast, 8, 0, chunk=4) == pytest.approx(2 * prompt(fast, 4, 0, chunk=4), rel=1e-6)


def test_sliding_layers_look_back_over_their_window_only() -> None:
    window = replace(PAPER, sliding_layers=1, sliding_window_tokens=100)
    # Cache of 100 tokens x 4,000 bytes = 0.4 ms, whatever the context beyond the window.
    assert step(paper(NO_FLOPS_LIMIT, window), 1, 5000) == pytest.approx(0.016 + 0.0004)
    assert step(paper(NO_FLOPS_LIMIT, window), 1, 50) == pytest.approx(0.016 + 0.0002)
    # A prompt of 400 tokens sees 200 in the mean, of which the window shows 100: 400 x 100 x 4,000 flop = 0.16 s.
    assert prompt(paper(NO_READ_LIMIT, window), 400, 0) == pytest.approx(400 * 0.016 + 0.16)


def test_latent_attention_multiplies_in_the_latent_space_when_it_decodes() -> None:
    """One layer, 2 heads, KV rank 3, rope 1, nope 2, value 5.

    Decode: 2 heads x 2 x (2 x 3 + 1) = 28 flop per token attended. Prefill: 2 x 2 x (2 + 1 + 5) = 32 flop.
    """
    shape = Architecture(
        layers=1, hidden_width=8, vocabulary_tokens=1, attention="mla", heads=2, query_rank=4, kv_rank=3,
        rope_width=1, nope_width=2, value_width=5, dense_layers=1, dense_ffn_width=1,
    )  # fmt: skip
    of = paper(NO_READ_LIMIT, shape)
    assert step(of, 3, 1e6) - step(of, 3, 0) == pytest.approx(3 * 1e6 * 28e-9, rel=1e-6)
    assert step(of, 0, 0, 5, 1e6) - step(of, 0, 0, 5, 1) == pytest.approx(5 * (1e6 - 1) * 32e-9, rel=1e-6)
    # An indexer of 2 heads of 6 scores every token, 2 x 6 x 2 = 24 flop; of those the layer attends to at most 1,000.
    sparse = paper(NO_READ_LIMIT, replace(shape, sparse_attention_tokens=1000, index_heads=2, index_width=6))
    assert step(sparse, 3, 1e6) - step(sparse, 3, 0) == pytest.approx(
        3 * (1000 * 28e-9 + 1e6 * 24e-9), rel=1e-5
    )


def test_latent_attention_does_not_share_its_cache_among_cards() -> None:
    deepseek, h200 = catalogue_llm("deepseek-v3"), hardware_of(catalogue_card("nvidia_h200_sxm"))
    of = work_of([Layout(deepseek, h200, "fp8", side) for side in (4, 8)], Engine())
    # 61 layers x (512 + 64) elements x 2 bytes = 70,272 bytes per token on every card.
    assert of.cache_bytes.tolist() == [70_272.0, 70_272.0]
    # 8 KV heads over 8 cards: 80 layers x 2 x 8 x 128 x 2 bytes / 8 = 40,960.
    llama = work_of([Layout(catalogue_llm("llama-3.1-70b"), h200, "fp8", 8)], Engine())
    assert llama.cache_bytes.item() == 40_960.0
