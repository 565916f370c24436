"""Calibrated effects: which of them a card has, and what they do."""

from __future__ import annotations

import numpy as np
import pytest
from serving_world import PAPER_MODEL, SHIPPED, card, layout, work

from planner.serving.effects import Calibration, Subject, calibration_of
from planner.serving.model import ServingModel
from planner.serving.step_time import step_s
from planner.tables import Value


def row(parameter: str, level: str, subject: str, log_effect: float) -> dict[str, Value]:
    return {"parameter": parameter, "level": level, "subject": subject, "log_effect": log_effect}


ROWS = (
    row("bandwidth_share", "global", "", np.log(0.5)),
    row("bandwidth_share", "family", "known-family", np.log(1.2)),
    row("bandwidth_share", "accelerator", "measured-card", np.log(1.1)),
    row("bandwidth_share", "engine", "quick", np.log(1.05)),
    row("tpot", "spread", "global", 0.5),
    row("tpot", "spread", "family", 0.3),
    row("tpot", "spread", "accelerator", 0.1),
)


@pytest.mark.parametrize(
    ("subject", "share"),
    [
        (Subject("nobody", "nothing"), 0.5),
        (Subject("unknown-card", "known-family"), 0.5 * 1.2),
        (Subject("measured-card", "known-family"), 0.5 * 1.2 * 1.1),
        (Subject("measured-card", "known-family", "quick"), 0.5 * 1.2 * 1.1 * 1.05),
        (Subject("unknown-card", "known-family", "never-measured"), 0.5 * 1.2),
    ],
)
def test_a_card_has_the_effects_of_what_is_known_of_it(subject: Subject, share: float) -> None:
    found = calibration_of(ROWS).efficiency([subject]).bandwidth_share
    assert found == pytest.approx([share])


def test_intervals_are_those_of_what_is_known_of_the_card() -> None:
    calibration = calibration_of(ROWS)
    widths = [
        calibration.spread_of(subject)
        for subject in (
            Subject("measured-card", "other"),
            Subject("new", "known-family"),
            Subject("new", "other"),
        )
    ]
    assert widths == [0.1, 0.3, 0.5]


def test_later_rows_win() -> None:
    again = (*ROWS, row("bandwidth_share", "family", "known-family", np.log(0.8)))
    found = calibration_of(again).efficiency([Subject("unknown-card", "known-family")]).bandwidth_share
    assert found == pytest.approx([0.5 * 0.8])
    # A row of another key leaves it alone.
    assert calibration_of(again).efficiency([Subject("x", "y")]).bandwidth_share == pytest.approx([0.5])


def test_slowness_of_a_configuration_multiplies_its_times_alone() -> None:
    subject = "paper-llm/paper-card/bf16"
    slow = ServingModel(Calibration({("slowness", "configuration", subject): np.log(1.25)}))
    plain = ServingModel(Calibration({}))

    def step(model: ServingModel, precision: str) -> float:
        of = layout(card(), precision=precision)
        one, none = np.ones(1), np.zeros(1)
        return float(step_s(work(of), model.efficiency([of]), one, 100 * one, none, one).item())

    assert step(slow, "bf16") == pytest.approx(1.25 * step(plain, "bf16"))
    assert step(slow, "fp8") == pytest.approx(step(plain, "fp8"))


def test_constants_given_replace_the_calibrated_ones() -> None:
    assert PAPER_MODEL.efficiency([layout(card())]) is PAPER_MODEL.constants


def test_shipped_shares_are_shares() -> None:
    # A share far outside of 0..1 would say that a fit went astray; a fifth more than a data sheet is left to
    # fault in it.
    families = sorted({key[2] for key in SHIPPED.effects if key[1] == "family"})
    assert families
    found = SHIPPED.efficiency([Subject("", family) for family in (*families, "")])
    for name in ("bandwidth_share", "attention_share", "link_share"):
        share = np.broadcast_to(getattr(found, name), len(families) + 1)
        assert (share > 0.02).all(), name
        assert (share <= 1.2).all(), name
