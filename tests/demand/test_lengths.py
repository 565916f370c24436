"""Length buckets: shares, means, cached tokens, and the fall-back to mean lengths."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.demand.lengths import length_buckets
from planner.inputs.checks.serving import WHOLE

PROFILE = pd.DataFrame(
    {
        "profile": ["p", "p"],
        "in_hi": [512.0, 2048.0],
        "out_hi": [64.0, 256.0],
        "share": [0.75, 0.25],
        "mean_in": [200.0, 1000.0],
        "mean_out": [50.0, 100.0],
        "mean_cached_in": [0.0, 0.0],
    }
)
NO_DEMAND = pd.DataFrame(columns=["workload", "requests_per_day", "mean_input_tokens", "mean_output_tokens"])


def work(profile: str | None, cached_share: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame([{"workload": "w", "length_profile": profile, "cached_input_share": cached_share}])


def test_a_profile_gives_its_buckets_by_name() -> None:
    buckets = length_buckets(work("p"), PROFILE, NO_DEMAND).set_index("bucket")
    assert buckets.loc["in512-out64", ["share", "mean_in", "mean_out"]].tolist() == [0.75, 200.0, 50.0]
    assert buckets.loc["in2048-out256", ["share", "mean_in", "mean_out"]].tolist() == [0.25, 1000.0, 100.0]


def test_the_cached_share_holds_where_the_profile_records_none() -> None:
    buckets = length_buckets(work("p", 0.4), PROFILE, NO_DEMAND)
    assert buckets["mean_cached_in"].tolist() == [
        400.0,
        80.0,
    ]  # 0.4 of 1000 and of 200, sorted by bucket name


def test_recorded_cached_tokens_win_over_the_share() -> None:
    recorded = PROFILE.assign(mean_cached_in=[0.0, 600.0])
    buckets = length_buckets(work("p", 0.4), recorded, NO_DEMAND).set_index("bucket")
    assert buckets["mean_cached_in"].to_dict() == {"in512-out64": 0.0, "in2048-out256": 600.0}


def test_mean_lengths_are_weighted_by_requests() -> None:
    rows = [("w", 100.0, 1000.0, 10.0), ("w", 300.0, 200.0, 50.0)]
    demand = pd.DataFrame(
        rows, columns=["workload", "requests_per_day", "mean_input_tokens", "mean_output_tokens"]
    )
    bucket = length_buckets(work(None), PROFILE, demand).iloc[0]
    assert bucket["bucket"] == WHOLE
    assert bucket["mean_in"] == pytest.approx((100 * 1000 + 300 * 200) / 400)
    assert bucket["mean_out"] == pytest.approx((100 * 10 + 300 * 50) / 400)
