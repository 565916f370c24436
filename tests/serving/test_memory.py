"""What fits, by hand and against published minimum deployments."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from serving_world import (
    BARE,
    PAPER,
    PAPER_EXPERTS,
    ROOT,
    card,
    catalogue_card,
    catalogue_llm,
    layout,
    llm,
    requests,
    work,
)

from planner.serving.engine import Engine
from planner.serving.hardware import hardware_of
from planner.serving.layouts import Layout, holds_weights, layouts_of
from planner.serving.memory import kv_room_bytes, weight_bytes_per_card
from planner.serving.requests import cache_per_request_bytes, most_resident

FACTS = ROOT.parent / "shared" / "data" / "market_facts.csv"
A2, A3 = "huawei_910b_313t_64gb", "huawei_910c"  # 8 x 64 and 8 x 128 GiB
# Published minimum deployments whose model is in the catalogue: fact, llm, card, precision. GLM-5.2 has the shape of
# GLM-5 and Kimi-K2.6 that of Kimi-K2.5 (assumed). fit-010's other way, two servers of 32 GB cards, is not among
# them: the engine's default share of memory does not hold the weights there.
PUBLISHED = [
    ("fit-001", "deepseek-r1", A3, "int8"),
    ("fit-002", "deepseek-r1", A2, "int8"),
    ("fit-006", "glm-5", A3, "int8"),
    ("fit-007", "glm-5", A3, "bf16"),
    ("fit-008", "kimi-k2.5", A3, "int4"),
    ("fit-010", "qwen3-235b-a22b", A2, "bf16"),
]


def test_weights_by_hand() -> None:
    assert weight_bytes_per_card(layout(card())) == 18e6
    assert weight_bytes_per_card(layout(card(), precision="fp8", side=2)) == 4.5e6
    assert weight_bytes_per_card(layout(card(), side=2, stages=2)) == 4.5e6
    # Four-bit checkpoints keep all but the experts in 16 bits: 30e6 x 0.5625 + 6.01e6 x 2.
    mixture = llm(architecture=PAPER_EXPERTS)
    assert weight_bytes_per_card(layout(card(), mixture, "fp4")) == pytest.approx(16.875e6 + 12.02e6)
    # A dense one is four-bit throughout.
    assert weight_bytes_per_card(layout(card(), precision="fp4")) == pytest.approx(9e6 * 0.5625)


@pytest.mark.parametrize("expert_parallel", [False, True])
def test_groups_each_hold_the_common_weights_and_a_part_of_the_experts(expert_parallel: bool) -> None:
    # Common 6.01e6 weights, experts 30e6, two bytes. Four groups of two cards: 6.01e6 / 2 + 30e6 / 8 per card, whether
    # experts lie whole on cards or are cut.
    mixture = llm(architecture=PAPER_EXPERTS)
    of = layout(card(), mixture, side=2, attention_groups=4, expert_parallel=expert_parallel)
    assert weight_bytes_per_card(of) == pytest.approx(2 * (6.01e6 / 2 + 30e6 / 8))
    assert of.cards_per_replica == 8
    assert of.layout.endswith("/tp2dp4ep" if expert_parallel else "/tp2dp4")


def test_room_by_hand() -> None:
    # 1 GiB x 0.9 - 100e6 - 18e6 on one card.
    engine = Engine(usable_memory_share=0.9, workspace_bytes=100e6)
    assert kv_room_bytes(layout(card()), engine) == pytest.approx(2**30 * 0.9 - 118e6)


def test_requests_that_run_together_by_hand() -> None:
    # A request half way through holds 100 + 100 / 2 = 150 tokens of 4,000 bytes. Beside the weights: room for four.
    # Two cards side by side share weights and cache, so that each needs half; with a room of the same bytes, eight run.
    asked = requests((100, 0, 100))

    def places(of: Layout, room_bytes: float) -> float:
        memory = (weight_bytes_per_card(of) + room_bytes) / 2**30
        fitted = replace(of, hardware=replace(of.hardware, memory_bytes=memory * 2**30))
        return float(most_resident(work(fitted), asked).item())

    room = 4 * 150 * 4000.0
    assert places(layout(card()), room) == pytest.approx(4)
    # Answers that differ, by half of their mean: those met running are longer, 100 (1 + 0.25) / 2 = 62.5 tokens in.
    asked = replace(asked, output_spread=0.5)
    assert places(layout(card()), room) == pytest.approx(4 * 150 / 162.5)
    asked = requests((100, 0, 100))
    assert places(layout(card(), side=2), room) == pytest.approx(8)
    # Two stages: each keeps the cache of its own layers, half of it.
    assert places(layout(card(), side=1, stages=2), room) == pytest.approx(8)
    # Four groups: each has its own requests, four of them.
    assert places(layout(card(), llm(architecture=PAPER_EXPERTS), attention_groups=4), room) == pytest.approx(
        16
    )


def test_running_requests_are_capped_per_group() -> None:
    asked = requests((1, 0, 1))
    two = replace(BARE, running_requests_small=2.0, running_requests_large=3.0)
    mixture = llm(architecture=PAPER_EXPERTS)
    assert most_resident(work(layout(card()), two), asked).item() == 2
    assert most_resident(work(layout(card(memory_gib=70.0)), two), asked).item() == 3
    assert most_resident(work(layout(card(), mixture, attention_groups=4), two), asked).item() == 8


def test_cache_of_a_request_by_hand() -> None:
    # Four layers: one full, one sliding over 50 tokens, two linear with a state. Full and sliding leave 2 x 10 x 100
    # elements of two bytes: 4,000 bytes each. State: value heads 2, width 3, no convolution: 2 layers x 2 x 9 = 36
    # elements of 4 bytes. A request of 200 tokens: 200 x 4,000 + 50 x 4,000 + 144.
    shape = replace(
        PAPER, layers=4, dense_layers=4, sliding_layers=1, sliding_window_tokens=50, linear_layers=2,
        linear_key_heads=1, linear_value_heads=2, linear_head_width=3,
    )  # fmt: skip
    of = work(layout(card(), llm(architecture=shape)))
    tokens = np.array([200.0, 30.0])
    assert cache_per_request_bytes(of, tokens).tolist() == [[1_000_144.0, 240_144.0]]
    # FP8 cache halves what is cached, not the state.
    small = work(layout(card(), llm(architecture=shape), cache_bytes_per_element=1.0))
    assert cache_per_request_bytes(small, tokens)[0, 0] == 500_144.0


@pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside this checkout")
@pytest.mark.parametrize(("fact", "name", "accelerator", "precision"), PUBLISHED)
def test_fewest_servers_are_those_published(fact: str, name: str, accelerator: str, precision: str) -> None:
    with FACTS.open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["fact_id"] == fact]
    layouts = layouts_of(catalogue_llm(name), hardware_of(catalogue_card(accelerator)), Engine(), [precision])
    fewest = min(layout.servers_per_replica for layout in layouts if holds_weights(layout, Engine()))
    assert fewest == int(row["value"])


def test_deepseek_in_fp8_needs_the_gib_of_the_datasheet() -> None:
    # 671e9 bytes over 4 cards = 168e9 each; 180 "GB" are GiB, 193e9 bytes: x 0.92 - 4e9 = 174e9. It fits; had they
    # been 180e9 bytes, 162e9 would not hold it.
    four = layouts_of(
        catalogue_llm("deepseek-r1"), hardware_of(card(memory_gib=180, interconnect_gb_per_s=1800, fp8_tflops=4500)),
        Engine(), ["fp8"],
    )  # fmt: skip
    cut = [each for each in four if not each.expert_parallel]
    assert {each.cards_per_replica for each in cut if holds_weights(each, Engine())} == {4, 8}


def test_layouts_without_interconnect_have_one_card() -> None:
    found = layouts_of(llm(), hardware_of(card()), BARE)
    assert {layout.cards_per_replica for layout in found} == {1}


def test_layouts_stay_inside_the_server_while_the_weights_fit() -> None:
    found = layouts_of(llm(), hardware_of(card(interconnect_gb_per_s=1)), BARE)
    # Ten heads divide by 1 and 2 only.
    assert {layout.tensor_parallel for layout in found} == {1, 2}
    assert {layout.servers_per_replica for layout in found} == {1}


def test_layouts_span_servers_only_where_the_weights_do_not_fit_inside() -> None:
    deepseek = catalogue_llm("deepseek-r1")
    small, large = (hardware_of(catalogue_card(name)) for name in (A2, A3))
    beyond = [each for each in layouts_of(deepseek, small, Engine()) if each.servers_per_replica > 1]
    # 671e9 bytes over 8 cards of 64 GiB: two servers hold them, and as few stages as do, or one more, are tried.
    cut = [each for each in beyond if not each.expert_parallel]
    assert {each.stages for each in cut if each.precision == "int8"} == {2, 3}
    assert all(holds_weights(each, Engine()) for each in cut)
    assert {each.stages for each in layouts_of(deepseek, large, Engine())} == {1}


def test_experts_may_be_spread_over_cards_that_each_attend_to_their_own() -> None:
    linked = hardware_of(card(interconnect_gb_per_s=1))
    spread = [
        each for each in layouts_of(llm(architecture=PAPER_EXPERTS), linked, BARE) if each.expert_parallel
    ]
    assert spread
    assert all(each.tensor_parallel == 1 and each.attention_groups > 1 for each in spread)
    # Not without experts, and not over cards that cannot reach each other.
    assert not any(each.expert_parallel for each in layouts_of(llm(), linked, BARE))
    alone = layouts_of(llm(architecture=PAPER_EXPERTS), hardware_of(card()), BARE)
    assert {each.cards_per_replica for each in alone} == {1}


def test_precisions() -> None:
    def of(native: str, allowed: tuple[str, ...] = (), **figures: float) -> list[str]:
        model = llm(native_precision=native)
        found = layouts_of(model, hardware_of(card(**figures)), BARE, allowed)
        return [layout.precision for layout in found]

    assert of("bf16") == ["bf16"]
    assert of("fp8") == ["bf16", "fp8"]  # held in FP8, multiplied in 16 bits
    assert of("int4", int8_tops=0.002) == ["bf16", "int8", "int4"]
    assert of("bf16", fp8_tflops=0.002, fp4_tflops=0.004) == ["bf16", "fp8"]
    assert of("fp4", fp8_tflops=0.002, fp4_tflops=0.004) == ["bf16", "fp8", "fp4"]
    assert of("bf16", ("fp8", "int8"), int8_tops=0.002) == ["int8"]
    assert of("bf16", ("fp8",)) == []


@pytest.mark.parametrize("accelerator", ["nvidia_b300", "nvidia_gb300"])
def test_collapsed_int8_is_never_used(accelerator: str) -> None:
    blackwell = hardware_of(catalogue_card(accelerator))
    precisions = {layout.precision for layout in layouts_of(catalogue_llm("qwen3-32b"), blackwell, Engine())}
    assert precisions == {"bf16", "fp8"}
