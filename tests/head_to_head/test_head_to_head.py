"""The peers' instances through the product's own input path, against proven optima and the peers' answers.

A representative part of each set; all of them: ``python benchmarks/head_to_head.py``. The plan must leave nothing
unmet: then no price of unmet work has a part in the optimum.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from one_type import best_one_type
from peer_instances import (
    Match,
    aibrix,
    inferno,
    inferno_matches,
    inferno_published,
    llmplan,
    melange_grid60,
    melange_grid60_no_b200,
    melange_supply_caps,
    melange_toy,
)
from solving import solved

SAME_MONEY = 1e-9  # relative: costs are sums of whole numbers of cards, so only their rounding is left

TOY_RATES = (1, 10, 30, 100, 300, 1000)  # requests per s
HARD = (
    "B2-ttft2000_tpot40-conv-1",  # one request in 20,000 needs a larger card than all others
    "B3-tpot40-mixed-256",  # Mélange at slice 8: not solved in 120 s
    "B4-tpot40-mixed-1024-imports_tight",  # the caps cost half as much again
    "B4-ttft2000_tpot40-conv-256-no_hopper_blackwell",  # caps of nothing
    "B11-v1-uniform-1024",  # slice 1: dearer
)


@pytest.fixture(scope="module")
def matches() -> dict[str, Match]:
    """Every match with the proven optimum of a mix, by name."""
    sets = (melange_toy(), melange_grid60(), melange_grid60_no_b200(), melange_supply_caps(), inferno_matches(),
            [llmplan()], aibrix())  # fmt: skip
    assert [len(matches) for matches in sets] == [6, 72, 60, 96, 2, 1, 36]
    return {match.instance.name: match for matches in sets for match in matches}


def _check_optimal(match: Match, folder: Path) -> None:
    answer = solved(match.instance, folder)
    assert answer.unmet == 0
    assert answer.cost == pytest.approx(match.exact_cost, rel=SAME_MONEY)
    assert answer.bound == pytest.approx(match.exact_cost, rel=1e-6), "gap 0 was asked for"
    assert match.peer_cost is None or answer.cost <= match.peer_cost * (1 + SAME_MONEY)
    for card, most in match.instance.max_cards.items():
        assert answer.cards.get(card, 0) <= most


@pytest.mark.parametrize("rate", TOY_RATES)
def test_toy_of_melange(matches: dict[str, Match], rate: int, tmp_path: Path) -> None:
    _check_optimal(matches[f"B1-{rate}"], tmp_path)


def test_toy_costs_that_are_quoted(matches: dict[str, Match]) -> None:
    assert (matches["B1-30"].exact_cost, matches["B1-300"].exact_cost) == (4.68, 42.39)


@pytest.mark.parametrize("name", HARD)
def test_grids_caps_and_aibrix(matches: dict[str, Match], name: str, tmp_path: Path) -> None:
    _check_optimal(matches[name], tmp_path)


def test_llmplan(matches: dict[str, Match], tmp_path: Path) -> None:
    match = matches["B10"]
    _check_optimal(match, tmp_path)
    assert match.exact_cost == 24 + 72  # one cheap card for the short, one dear for the long


def test_inferno_with_mixed_cards(matches: dict[str, Match], tmp_path: Path) -> None:
    """11.0 % below the published 39,743 cents per hour."""
    match = matches["B5-limited"]
    _check_optimal(match, tmp_path)
    assert (match.exact_cost, match.peer_cost) == (35_386.5, 39_743.0)


def test_inferno_published_choice_costs_what_it_published(tmp_path: Path) -> None:
    """Each server restricted to the unit of the published solution: our reading of the instance is inferno's."""
    answer = solved(inferno(allowed=inferno_published("limited")), tmp_path)
    assert (answer.unmet, answer.cost) == (0, pytest.approx(39_743.0, rel=SAME_MONEY))


def test_inferno_with_one_unit_per_server(tmp_path: Path) -> None:
    """The program has no such rule; the best choice of units comes from another solver, and costs the same here."""
    choice, cost = best_one_type()
    assert cost == 35_767.0
    answer = solved(inferno(allowed=choice), tmp_path)
    assert (answer.unmet, answer.cost) == (0, pytest.approx(cost, rel=SAME_MONEY))
