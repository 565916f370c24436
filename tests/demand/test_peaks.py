"""Peak factors: a quantile of the week, never below the mean, and none for work that may wait."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.demand.peaks import peak_to_mean

# 84 quiet hours at 0.5 and 84 busy ones at 1.5: the mean is 1.
SHAPE = pd.DataFrame(
    {"shape": "s", "weight": [0.5] * 84 + [1.5] * 84, "window_peak": [1.0] * 84 + [1.2] * 84}
)


def ratio(**changes: object) -> float:
    row = {"workload": "w", "traffic_shape": "s", "peak_quantile": 0.99, "deferrable": False} | changes
    return float(peak_to_mean(pd.DataFrame([row]), SHAPE)["w"])


def test_a_high_quantile_is_the_busy_hour_with_its_busy_window() -> None:
    assert ratio() == pytest.approx(1.5 * 1.2)


def test_a_low_quantile_is_never_below_the_mean() -> None:
    assert ratio(peak_quantile=0.1) == 1.0


def test_work_that_may_wait_is_sized_at_its_mean() -> None:
    assert ratio(deferrable=True) == 1.0


def test_no_shape_is_flat() -> None:
    assert ratio(traffic_shape=None) == 1.0


def test_a_higher_quantile_never_asks_for_less() -> None:
    ratios = [ratio(peak_quantile=quantile / 20) for quantile in range(21)]
    assert ratios == sorted(ratios)
