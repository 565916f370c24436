"""The built-in forecast: exact where history is exact, as wide as it says, and the same for one series as for many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.forecast.drift import Grain, drift, fitting
from planner.demand.forecast.methods import METHODS, available, exponential_smoothing, local_trend

MONTHLY = Grain("month", 30.4, 1, 12)
DAILY = Grain("day", 1.0, 7, 90)
WEEK = np.array([0.2, 0.3, 0.3, 0.2, 0.0, -0.5, -0.5])  # log effects that add up to zero


def test_pure_growth_goes_on() -> None:
    logs = 3.0 + 0.05 * np.arange(30.0)
    band = drift(logs[None, :], MONTHLY, 6)
    assert band.mid[0] == pytest.approx(3.0 + 0.05 * np.arange(30, 36))
    assert band.low[0] == pytest.approx(band.mid[0])


def test_growth_and_week_are_told_apart() -> None:
    days = np.arange(200.0)
    logs = 5.0 + 0.002 * days + WEEK[np.arange(200) % 7]
    ahead = np.arange(200, 230)
    band = drift(logs[None, :], DAILY, 30)
    assert band.mid[0] == pytest.approx(5.0 + 0.002 * ahead + WEEK[ahead % 7])


def test_the_band_is_the_stated_formula() -> None:
    """Monthly changes of +0.1 and -0.1 in turn over 13 points: no growth, sd 0.1 * sqrt(12 / 11), window 12."""
    logs = np.array([0.0, 0.1] * 6 + [0.0])
    band = drift(logs[None, :], MONTHLY, 4)
    ahead = np.arange(1, 5)
    half = 1.2815515655 * 0.1 * np.sqrt(12 / 11) * np.sqrt(ahead * (1 + ahead / 12))
    assert band.mid[0] == pytest.approx(0.0, abs=1e-12)
    assert band.high[0] == pytest.approx(half)
    assert band.low[0] == pytest.approx(-half)


def test_it_holds_what_it_promises_on_random_walks() -> None:
    """4,000 walks with drift: four outcomes of five lie within p10 to p90, one of ten on either side."""
    random = np.random.default_rng(3)
    steps = 0.04 + 0.1 * random.standard_normal((4000, 30))
    walks = steps.cumsum(axis=1)
    band = drift(walks[:, :24], MONTHLY, 6)
    ahead = walks[:, 24:]
    held = ((band.low <= ahead) & (ahead <= band.high)).mean()
    assert held == pytest.approx(0.8, abs=0.04)
    assert (ahead > band.high).mean() == pytest.approx((ahead < band.low).mean(), abs=0.03)


@settings(deadline=None)
@given(st.integers(8, 120), st.integers(0, 2**32 - 1), st.sampled_from([MONTHLY, DAILY]), st.floats(-3, 3))
def test_quantiles_are_ordered_and_scale_with_the_series(
    points: int, seed: int, grain: Grain, by: float
) -> None:
    logs = np.random.default_rng(seed).normal(0, 0.3, (3, points)).cumsum(axis=1)
    band, scaled = drift(logs, grain, 12), drift(logs + by, grain, 12)
    assert (band.low <= band.mid).all()
    assert (band.mid <= band.high).all()
    assert scaled.high == pytest.approx(band.high + by)
    alone = drift(logs[1:2], grain, 12)
    assert band.mid[1] == pytest.approx(alone.mid[0])


@pytest.mark.parametrize(("points", "season", "window"), [(8, 1, 7), (15, 7, 8), (14, 1, 13), (200, 7, 90)])
def test_season_and_window_shrink_to_the_history(points: int, season: int, window: int) -> None:
    assert fitting(DAILY, points) == (season, window)


@pytest.mark.parametrize("method", [exponential_smoothing, local_trend])
def test_statsmodels_goes_on_with_growth_too(method: object) -> None:
    pytest.importorskip("statsmodels")
    random = np.random.default_rng(1)
    logs = 3.0 + 0.05 * np.arange(30.0) + 0.01 * random.standard_normal(30)
    band = method(logs[None, :], MONTHLY, 3)  # type: ignore[operator]
    assert band.mid[0] == pytest.approx(3.0 + 0.05 * np.arange(30, 33), abs=0.04)
    assert (band.low < band.mid).all()
    assert (band.mid < band.high).all()


def test_the_methods_that_can_run_include_the_default() -> None:
    assert {"drift", "last-season"} <= set(available()) <= set(METHODS)
