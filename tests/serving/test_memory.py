"""What fits, by hand and against published minimum deployments."""

from __future__ import annotations

import csv

import pytest
from serving_world import IDEAL, PAPER, PAPER_EXPERTS, ROOT, card, catalogue_card, catalogue_llm, llm

from planner.serving.efficiency import Efficiency
from planner.serving.hardware import hardware_of
from planner.serving.layouts import holds_weights, layouts_of
from planner.serving.memory import kv_room_bytes, weight_bytes_per_card

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
    assert weight_bytes_per_card(PAPER, "bf16", 1) == 18e6
    assert weight_bytes_per_card(PAPER, "fp8", 2) == 4.5e6
    # Four-bit checkpoints keep all but the experts in 16 bits: 30e6 x 0.5625 + 6.01e6 x 2.
    assert weight_bytes_per_card(PAPER_EXPERTS, "fp4", 1) == pytest.approx(16.875e6 + 12.02e6)
    # A dense one is four-bit throughout.
    assert weight_bytes_per_card(PAPER, "fp4", 1) == pytest.approx(9e6 * 0.5625)


def test_room_by_hand() -> None:
    # 1 GiB x 0.9 - 100e6 - 18e6 on one card.
    efficiency = Efficiency(usable_memory_share=0.9, workspace_bytes=100e6)
    room = kv_room_bytes(PAPER, hardware_of(card()), "bf16", 1, efficiency)
    assert room == pytest.approx(2**30 * 0.9 - 118e6)


@pytest.mark.skipif(not FACTS.exists(), reason="the facts are not beside this checkout")
@pytest.mark.parametrize(("fact", "name", "accelerator", "precision"), PUBLISHED)
def test_fewest_servers_are_those_published(fact: str, name: str, accelerator: str, precision: str) -> None:
    with FACTS.open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if row["fact_id"] == fact]
    layouts = layouts_of(
        catalogue_llm(name), hardware_of(catalogue_card(accelerator)), Efficiency(), [precision]
    )
    fewest = min(layout.servers_per_replica for layout in layouts if holds_weights(layout, Efficiency()))
    assert fewest == int(row["value"])


def test_deepseek_in_fp8_needs_the_gib_of_the_datasheet() -> None:
    # 671e9 bytes over 4 cards = 168e9 each; 180 "GB" are GiB, 193e9 bytes: x 0.92 - 4e9 = 174e9. It fits; had they
    # been 180e9 bytes, 162e9 would not hold it.
    four = layouts_of(
        catalogue_llm("deepseek-r1"), hardware_of(card(memory_gib=180, interconnect_gb_per_s=1800, fp8_tflops=4500)),
        Efficiency(), ["fp8"],
    )  # fmt: skip
    assert [layout.tensor_parallel for layout in four if holds_weights(layout, Efficiency())] == [4, 8]


def test_layouts_without_interconnect_have_one_card() -> None:
    found = layouts_of(llm(), hardware_of(card()), IDEAL)
    assert [layout.cards_per_replica for layout in found] == [1]


def test_layouts_stay_inside_the_server_while_the_weights_fit() -> None:
    found = layouts_of(llm(), hardware_of(card(interconnect_gb_per_s=1)), IDEAL)
    # Ten heads divide by 1 and 2 only.
    assert [layout.cards_per_replica for layout in found] == [1, 2]
    assert {layout.servers_per_replica for layout in found} == {1}


def test_layouts_span_servers_only_where_the_weights_do_not_fit_inside() -> None:
    deepseek = catalogue_llm("deepseek-r1")
    small, large = (hardware_of(catalogue_card(name)) for name in (A2, A3))
    beyond = [
        layout for layout in layouts_of(deepseek, small, Efficiency()) if layout.servers_per_replica > 1
    ]
    assert {(layout.tensor_parallel, layout.stages) for layout in beyond if layout.precision == "int8"} == {
        (8, 2),
        (8, 3),
    }
    assert [layout.stages for layout in layouts_of(deepseek, large, Efficiency())] == [1] * 15


def test_precisions() -> None:
    def of(native: str, allowed: tuple[str, ...] = (), **figures: float) -> list[str]:
        model = llm(native_precision=native)
        found = layouts_of(model, hardware_of(card(**figures)), IDEAL, allowed)
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
    precisions = {
        layout.precision for layout in layouts_of(catalogue_llm("qwen3-32b"), blackwell, Efficiency())
    }
    assert precisions == {"bf16", "fp8"}
