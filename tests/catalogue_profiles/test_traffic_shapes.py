"""The traffic shapes as committed: well formed, and what the traces and the published ratios say."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

MEASURED = {
    "api_small": "m-small",
    "api_mid": "m-mid",
    "api_large": "m-large",
    "api_reasoning": "deepseek-r1",
    "api_multimodal": "mm-image",
}


def weights(shapes: pd.DataFrame, shape: str) -> np.ndarray:
    return shapes.loc[shapes["shape"] == shape, "weight"].to_numpy()


def test_columns_and_shapes(shapes: pd.DataFrame) -> None:
    assert list(shapes.columns) == ["shape", "hour_of_week", "weight", "window_peak", "source"]
    assert not shapes.isna().any().any()
    assert set(shapes["shape"]) == {*MEASURED, "office", "developer", "flat"}
    for shape, table in shapes.groupby("shape"):
        assert table["hour_of_week"].tolist() == list(range(168)), shape


def test_weights_have_mean_one_and_peaks_are_at_least_one(shapes: pd.DataFrame) -> None:
    for shape, table in shapes.groupby("shape"):
        assert table["weight"].mean() == pytest.approx(1.0, abs=1e-9), shape
    assert (shapes["weight"] > 0).all()
    assert (shapes["window_peak"] >= 1).all()


def test_assumptions_are_named(shapes: pd.DataFrame) -> None:
    source = shapes.groupby("shape")["source"].first()
    for shape in ("office", "developer", "flat"):
        assert source[shape].startswith("assumed:")
    for shape in ("api_small", "api_mid", "api_large"):
        assert "ASSUMED Monday" in source[shape]
        assert "is_gap masked" in source[shape]


@pytest.mark.parametrize(
    # Demand reference, section 3.2: Azure conversation and code services.
    ("shape", "busy_hour", "weekday_to_weekend", "two_regions"),
    [("office", 1.66, 1.76, 1.43), ("developer", 3.0, 3.1, 1.93)],
)
def test_derived_shapes_have_the_published_ratios(
    shapes: pd.DataFrame, shape: str, busy_hour: float, weekday_to_weekend: float, two_regions: float
) -> None:
    week = weights(shapes, shape)
    assert week.max() == pytest.approx(busy_hour, abs=1e-6)
    assert week[:120].mean() / week[120:].mean() == pytest.approx(weekday_to_weekend, abs=1e-6)
    pooled = 0.5 * (week + np.roll(week, 8))
    assert pooled.max() == pytest.approx(two_regions, rel=0.1)  # not fitted, so only near


def test_flat_is_flat(shapes: pd.DataFrame) -> None:
    flat = shapes[shapes["shape"] == "flat"]
    assert (flat["weight"] == 1).all()
    assert (flat["window_peak"] == 1).all()


@pytest.mark.parametrize("shape", sorted(MEASURED))
def test_measured_shapes_are_the_hours_of_the_trace(shapes: pd.DataFrame, traces: Path, shape: str) -> None:
    """Counted again window by window, without pandas: holes left out, weeks weighing the same."""
    hours: dict[tuple[int, int], list[float]] = defaultdict(list)
    last_s = 0
    with (traces / "servegen_rate_10min.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            if row["model"] == MEASURED[shape]:
                hour = int(row["t_s"]) // 3600
                last_s = max(last_s, int(row["t_s"]))
                if row["is_gap"] == "0":
                    hours[divmod(hour, 168)].append(float(row["rate_rps"]))
    cycle = 168 if last_s > 86_400 else 24
    level, peak = [], []
    for hour in range(cycle):
        weeks = [hours[week, hour] for week in (0, 1) if hours[week, hour]]
        level.append(np.mean([np.mean(windows) for windows in weeks]))
        pooled = np.concatenate(weeks)
        peak.append(max(1.0, np.quantile(pooled, 0.95) / pooled.mean()))
    expected = np.array(level) / np.mean(level)
    repeats = 168 // cycle
    table = shapes[shapes["shape"] == shape]
    np.testing.assert_allclose(table["weight"], np.tile(expected, repeats), atol=1e-8)
    np.testing.assert_allclose(table["window_peak"], np.tile(peak, repeats), atol=1e-5)


@pytest.mark.parametrize(
    # p99 of all ten-minute windows over the mean, demand reference, section 3.2.
    ("shape", "window_p99"),
    [("api_small", 1.99), ("api_mid", 1.73), ("api_large", 2.08), ("api_reasoning", 2.45)],
)
def test_sizing_to_p99_covers_the_published_window_peak(
    shapes: pd.DataFrame, shape: str, window_p99: float
) -> None:
    table = shapes[shapes["shape"] == shape]
    sized = (table["weight"] * table["window_peak"]).quantile(0.99)
    assert window_p99 <= sized <= 1.3 * window_p99
