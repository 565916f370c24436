"""What a row ran: the stated layout, else every one that holds the weights, else the reason."""

from __future__ import annotations

from typing import Any

import pytest
from calibration_world import CATALOGUE, run, table

from planner.calibration.configurations import Configuration, configurations_of
from planner.calibration.runs import BENCHMARK_ENGINE
from planner.serving.layouts import holds_weights


def ways(grow: bool = True, **facts: Any) -> tuple[tuple[Configuration, ...], str]:
    (found,) = configurations_of(table(run(**facts)), CATALOGUE, BENCHMARK_ENGINE, grow)
    return found


def shapes(configurations: tuple[Configuration, ...]) -> list[tuple[str, float]]:
    """The part of the layout's name that says how cards are used, and the replicas."""
    return [(one.layout.layout.rsplit("/", 1)[1], one.replicas) for one in configurations]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"tp": 1, "n_cards": 1}, [("tp1", 1)]),
        ({"tp": 2, "n_cards": 8}, [("tp2", 4)]),
        ({"tp": 2, "pp": 2, "n_cards": 8}, [("tp2pp2", 2)]),
        ({"model": "mixed", "tp": 1, "dp": 4, "ep": 4, "n_cards": 4}, [("tp1dp4ep", 1)]),
        # Whole experts on a dense model mean nothing: there are none.
        ({"tp": 4, "ep": 4, "n_cards": 4}, [("tp4", 1)]),
        # Heads of the small model: 32, divided by 1, 2 and 4.
        ({"tp": None, "n_cards": 4}, [("tp1", 4), ("tp2", 2), ("tp4", 1)]),
        # 138 GB of weights do not fit one card of 80 GiB.
        ({"tp": None, "n_cards": 4, "model": "large"}, [("tp2", 2), ("tp4", 1)]),
        ({"tp": None, "n_cards": 2, "model": "mixed"}, [("tp1", 2), ("tp2", 1), ("tp1dp2", 1)]),
    ],
)
def test_a_row_ran_what_it_states_else_whatever_holds_the_weights(
    facts: dict[str, Any], expected: list[tuple[str, float]]
) -> None:
    found, reason = ways(**facts)
    assert reason == ""
    assert shapes(found) == expected


def test_two_pools_are_two_layouts_with_replicas_of_their_own() -> None:
    (found,), _ = ways(mode="disagg", tp=None, p_tp=2, p_workers=3, d_tp=4, d_workers=5, n_cards=26)
    assert found.prefill is not None
    assert (found.prefill.tensor_parallel, found.prefill_replicas) == (2, 3)
    assert (found.layout.tensor_parallel, found.replicas) == (4, 5)
    assert {found.prefill.role, found.layout.role} == {"prefill", "decode"}


def test_a_stated_layout_that_cannot_hold_the_weights_grows_unless_asked_not_to() -> None:
    (found,), reason = ways(model="large", tp=1, n_cards=1)
    assert reason == ""
    assert found.layout.tensor_parallel == 2
    assert holds_weights(found.layout, BENCHMARK_ENGINE)
    none, reason = ways(grow=False, model="large", tp=1, n_cards=1)
    assert none == ()
    assert reason == "weights do not fit in 1 card by our count"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"accelerator": "alpa"}, "accelerator alpa is not in the catalogue (nearest: alpha"),
        ({"accelerator": None}, "accelerator not stated"),
        ({"model": "smal"}, "llm smal is not in the catalogue (nearest: small"),
        ({"model": None}, "model not stated"),
        ({"precision": None}, "precision not stated"),
        ({"accelerator": "blank"}, "card blank lacks memory_gib"),
        ({"tp": None, "n_cards": None}, "neither tp nor n_cards is stated"),
        ({"tp": None, "n_cards": 1, "model": "large"}, "weights do not fit in 1 card by our count"),
    ],
)
def test_a_row_that_says_too_little_is_refused_with_what_it_lacks(facts: dict[str, Any], said: str) -> None:
    found, reason = ways(**facts)
    assert found == ()
    assert reason.startswith(said)


def test_another_name_of_a_card_is_the_card() -> None:
    (found,), _ = ways(accelerator="Alpha")
    assert found.layout.hardware.accelerator == "alpha"
