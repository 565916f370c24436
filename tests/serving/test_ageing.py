"""Old measurements widen an interval: pessimistic rates fall with their age, the median stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from serving_world import NO_PROMISE, catalogue_card, catalogue_llm, layout, requests

from planner.inputs.calibration import shipped_calibration
from planner.serving.admissible import admissible
from planner.serving.ageing import WIDENS_PER_YEAR, aged, years_between
from planner.serving.effects import CARD, FAMILY, GLOBAL, Calibration, Subject, calibration_of
from planner.serving.model import MEDIAN, PESSIMISTIC, ServingModel

START = "2027-01"
OF = layout(catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-8b"))
DATES = ("2026-12", "2026-01", "2024-07-15", "2021-01")


def measured(date: str, start: str = START) -> Calibration:
    """The shipped calibration as if all of it had been measured then, at the start of a plan."""
    return calibration_of([{**row, "measured": date} for row in shipped_calibration()], start)


def rate(date: str, estimate: str) -> float:
    model = ServingModel(measured(date), estimate=estimate)
    promise: Any = NO_PROMISE.__class__(2000.0, 40.0)
    found = admissible(
        model.work([OF]), model.efficiency([OF]), model.engine, requests((1000, 0, 300)), promise, [0.0]
    )
    return float(found.requests_per_s.item())


@pytest.mark.parametrize(
    ("text", "start", "years"),
    [
        ("2026-01", "2027-01", 1.0),
        ("2026-01-31", "2027Q1", 1.0),
        ("2026-10", "2027Q4", 1.0),
        ("2024-01, 2026-07, 2025-01", "2027-01", 0.5),  # the latest counts
        ("2027-06", "2027-01", 0.0),  # later than the plan
        ("", "2027-01", 0.0),
        ("last summer", "2027-01", 0.0),
        ("2026-01", "", 0.0),
    ],
)
def test_years_are_those_from_the_latest_date_to_the_start(text: str, start: str, years: float) -> None:
    assert years_between(text, start) == pytest.approx(years)


def test_the_width_grows_as_that_of_independent_errors() -> None:
    assert aged(0.3, "2025-01", START) == pytest.approx((0.3**2 + (2 * WIDENS_PER_YEAR) ** 2) ** 0.5)
    assert aged(0.3, START, START) == 0.3


def test_older_measurements_widen_every_interval_and_move_no_effect() -> None:
    subjects = [Subject("nvidia_h200_sxm"), Subject("nobody", OF.hardware.family), Subject("nobody")]
    calibrations = [measured(date) for date in DATES]
    for quantity in ("tpot", "ttft", "rate"):
        for level in (CARD, FAMILY, GLOBAL):
            widths = [each.spreads[quantity, level] for each in calibrations]
            assert widths == sorted(widths)
            assert widths[0] < widths[-1]
    for each in calibrations[1:]:
        assert each.effects == calibrations[0].effects
        for subject in subjects:
            assert each.spread_of(subject) > calibrations[0].spread_of(subject)


def test_pessimistic_rates_fall_with_age_and_the_median_does_not() -> None:
    slow = [rate(date, PESSIMISTIC) for date in DATES]
    middle = [rate(date, MEDIAN) for date in DATES]
    assert (np.diff(slow) < 0).all()
    assert slow[0] < middle[0]
    assert middle == pytest.approx([middle[0]] * len(DATES), rel=1e-12)


def test_a_case_without_a_start_has_the_intervals_as_measured() -> None:
    assert measured("2001-01", "").spreads == measured(START).spreads
