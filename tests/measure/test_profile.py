"""Profiles hold what was measured, warn where physics is broken, and are accepted by a case."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from planner.inputs import load_case
from planner.inputs.cards import Card, catalogue_cards
from planner.measure.device import DeviceFacts
from planner.measure.points import Point
from planner.measure.profile import figures_of, not_waited_for, profile_yaml, warnings_of
from planner.measure.timing import Timing

ROOT = Path(__file__).resolve().parents[2]
FACTS = DeviceFacts("cuda", 'A "quoted" card', 8, 79.6, 70.0, "torch 2.13.0", "CUDA 13.0")
CARDS = {card.accelerator: card for card in catalogue_cards()}
H100 = CARDS["nvidia_h100_sxm"]


def product(rate: float, precision: str = "bf16", size: int = 8192, seconds: float = 1e-3) -> Point:
    unit = "TOPS" if precision == "int8" else "TFLOPS"
    return Point("product", precision, Timing(seconds, seconds, seconds, 7, 1), rate, unit, size, size, size)


def moved(test: str, rate: float, **shape: int) -> Point:
    return Point(
        test, "bytes" if test == "copy" else "bf16", Timing(1e-3, 1e-3, 1e-3, 7, 1), rate, "GB/s", **shape
    )


def test_the_best_sustained_rates_become_figures() -> None:
    points = [
        product(600.0),
        product(700.0),
        product(800.0, "fp16"),
        product(1300.0, "fp8"),
        moved("copy", 2900.0),
    ]
    found = {figure.name: figure.value for figure in figures_of(points, H100, FACTS)}
    assert found == {
        "measured_bf16_tflops": 700.0,
        "measured_fp8_tflops": 1300.0,
        "measured_memory_bandwidth_gb_per_s": 2900.0,
    }


def test_a_card_without_a_data_sheet_takes_the_measured_ones_and_says_so() -> None:
    found = {
        figure.name: figure
        for figure in figures_of([product(70.0, "fp32"), moved("copy", 900.0)], None, FACTS)
    }
    assert found["bf16_tflops"].value == 70.0
    assert "computed in fp32" in found["bf16_tflops"].note
    assert "not a peak" in found["memory_bandwidth_gb_per_s"].note
    assert found["memory_gib"].value == 79.6


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([product(989.0), moved("copy", 3350.0)], ""),  # the data sheet's own figures
        (
            [product(1100.0)],
            "111% of the bf16_tflops 989 of nvidia_h100_sxm: above what the data sheet allows",
        ),
        ([product(120.0)], "12% of the bf16_tflops"),
        ([moved("copy", 3600.0)], "107% of the memory_bandwidth"),
        ([moved("attention-decode", 9000.0, batch=1, context=512)], "a cache answers"),
        ([moved("all-reduce", 500.0, cards=8)], "above the 450 of the data sheet"),
        ([product(60.0, "fp32")], ""),
    ],
)
def test_rates_are_held_against_the_data_sheet(points: list[Point], said: str) -> None:
    found = warnings_of(points, H100)
    assert len(found) == (1 if said else 0)
    assert said in "".join(found)


def test_a_time_that_does_not_grow_is_doubted() -> None:
    assert not_waited_for([product(1.0, size=4096, seconds=1.0), product(1.0, size=8192, seconds=8.0)]) == []
    (said,) = not_waited_for([product(1.0, size=4096, seconds=1.0), product(8.0, size=8192, seconds=1.1)])
    assert "only 1.1 times as long as 4096, for 8 times the work" in said


def test_a_case_takes_the_profile_of_a_known_card(tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(ROOT / "demand" / "tiny", case)
    before = load_case(case).cards[0]
    text = profile_yaml(
        before.accelerator, figures_of([product(0.5, "bf16")], before, FACTS), FACTS, "2026-11-23", {}
    )
    (case / "accelerators.yaml").write_text(text)
    card = card_of(load_case(case).cards, before.accelerator)
    figure = card.figures["measured_bf16_tflops"]
    assert (figure.value, figure.grade, figure.date, figure.unit) == (0.5, "measured", "2026-11-23", "TFLOPS")
    assert figure.source == 'capplan measure on A "quoted" card, CUDA 13.0, torch 2.13.0'
    assert card.get("bf16_tflops") == before.get("bf16_tflops")


def test_a_case_takes_the_profile_of_a_new_card(tmp_path: Path) -> None:
    case = tmp_path / "case"
    shutil.copytree(ROOT / "demand" / "tiny", case)
    figures = figures_of([product(70.0), moved("copy", 900.0)], None, FACTS)
    head = {"name": FACTS.name, "vendor": "Me", "origin": "domestic"}
    (case / "accelerators.yaml").write_text(profile_yaml("mine", figures, FACTS, "2026-11-23", head))
    card = card_of(load_case(case).cards, "mine")
    assert card.missing_figures() == (
        "all_in_power_w_per_card or server_power_w or tdp_w",
        "cards_per_server",
    )


def card_of(cards: tuple[Card, ...], accelerator: str) -> Card:
    return next(card for card in cards if card.accelerator == accelerator)
