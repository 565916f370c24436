"""Loads of slices: a quantile of the hours in them, never below their mean, and none for work that may wait."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.demand.peaks import WEEK, slice_loads, slice_table
from planner.inputs.slices import hours_a_day, slice_hours

# 84 quiet hours at 0.5 and 84 busy ones at 1.5: the mean is 1.
SHAPE = pd.DataFrame(
    {"shape": "s", "weight": [0.5] * 84 + [1.5] * 84, "window_peak": [1.0] * 84 + [1.2] * 84}
)
# Every day the same: 12 hours at 0.5, then 12 at 1.5 of which the last two are the busiest.
DAILY = pd.DataFrame(
    {
        "shape": "s",
        "weight": ([0.5] * 12 + [1.4] * 10 + [2.0] * 2) * 7,
        "window_peak": ([1.0] * 12 + [1.1] * 12) * 7,
    }
)
NONE = pd.DataFrame(columns=["slice", "days", "from_hour", "to_hour"])
HALVES = pd.DataFrame({"slice": ["night", "day"], "days": "all", "from_hour": [0, 12], "to_hour": [12, 24]})


def loads(
    shape: pd.DataFrame, slices: pd.DataFrame, shift: int = 0, **changes: object
) -> dict[str, tuple[float, float]]:
    """Mean and peak ratio by slice."""
    row = {"workload": "w", "traffic_shape": "s", "peak_quantile": 0.99, "deferrable": False} | changes
    table = slice_loads(pd.DataFrame([row]), shape, slice_table(slices), {"r": shift})
    ratios = table[["slice", "mean_ratio", "peak_ratio"]].itertuples(index=False)
    return {name: (mean, peak) for name, mean, peak in ratios}


def ratio(**changes: object) -> float:
    mean, peak = loads(SHAPE, NONE, **changes)[WEEK]
    assert mean == 1.0
    return peak


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


def test_slices_cover_their_hours() -> None:
    rows = [("night", "all", 22, 6), ("day", "weekday", 6, 22), ("free", "weekend", 6, 22)]
    table = slice_table(pd.DataFrame(rows, columns=NONE.columns)).set_index("slice")["share"]
    assert table.to_dict() == pytest.approx({"night": 8 / 24, "day": 16 * 5 / 168, "free": 16 * 2 / 168})
    assert slice_table(NONE)[["slice", "share"]].to_numpy().tolist() == [[WEEK, 1.0]]
    hours = [hour for row in rows for hour in slice_hours(*row[1:])]
    assert sorted(hours) == list(range(168))
    assert [hours_a_day(22, 6), hours_a_day(6, 22), hours_a_day(0, 24)] == [8, 16, 24]


def test_day_and_night_have_their_own_load_and_the_week_s_mean() -> None:
    found = loads(DAILY, HALVES)
    assert found["night"] == (0.5, 0.5)
    assert found["day"] == pytest.approx((1.5, 2.0 * 1.1))  # (10 * 1.4 + 2 * 2.0) / 12
    assert (found["night"][0] + found["day"][0]) / 2 == pytest.approx(1.0)


def test_no_slice_is_sized_above_the_week() -> None:
    # 7 of 8 hours of the week at most 1.54, so the week is sized there; of the day's hours one in six is at 2.2
    found = loads(DAILY, HALVES, peak_quantile=0.9)
    assert found["day"][1] == pytest.approx(loads(DAILY, NONE, peak_quantile=0.9)[WEEK][1]) == 1.4 * 1.1


def test_work_that_may_wait_is_its_mean_in_every_slice() -> None:
    assert loads(DAILY, HALVES, deferrable=True) == {"night": (0.5, 0.5), "day": pytest.approx((1.5, 1.5))}


def test_a_region_ahead_of_the_reference_time_is_busy_earlier() -> None:
    # Twelve hours ahead: its noon to midnight are our midnight to noon.
    found, home = loads(DAILY, HALVES, shift=12), loads(DAILY, HALVES)
    assert found == {"night": home["day"], "day": home["night"]}
    assert loads(DAILY, HALVES, shift=-12) == found
    # Six hours ahead: our night has its 6 to 18 o'clock, half quiet, half busy.
    assert loads(DAILY, HALVES, shift=6)["night"][0] == pytest.approx((0.5 + 1.4) / 2)
