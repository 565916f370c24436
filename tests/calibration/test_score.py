"""Errors and coverage by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from calibration_world import run, table

from planner.calibration.kinds import CLOSED, PROMISED
from planner.calibration.score import coverage, errors, summary
from planner.serving.effects import Calibration


def scored(*runs: tuple[str, dict[str, Any], dict[str, float]], known: str = "family") -> pd.DataFrame:
    """Errors of runs given as (kind, facts with what was measured, what was predicted)."""
    blank = {"tpot_ms": np.nan, "ttft_ms": np.nan, "req_s": np.nan}
    predictions = pd.DataFrame([{**blank, "kind": kind, "known": known, **told} for kind, _, told in runs])
    return errors(table(*(run(**facts) for _, facts, _ in runs)), predictions)


def test_the_summary_is_that_of_a_hand() -> None:
    # 11, 8 and 15 predicted where 10 were measured: +10, -20 and +50 %. Sizes 10, 20, 50: median 20, the 90th
    # percentile 8/10 of the way from 20 to 50; the signed ones -20, 10, 50: median 10.
    found = summary(scored(*((CLOSED, {"tpot_ms": 10.0}, {"tpot_ms": value}) for value in (11.0, 8.0, 15.0))))
    (row,) = found.to_dict("records")
    assert row == {
        "figure": "TPOT",
        "rows": 3,
        "median_percent": pytest.approx(20.0),
        "p90_percent": pytest.approx(44.0),
        "bias_percent": pytest.approx(10.0),
    }


def test_groups_are_told_apart_and_rows_add_up() -> None:
    found = scored(
        (CLOSED, {"tpot_ms": 10.0, "ttft_ms": 100.0}, {"tpot_ms": 12.0, "ttft_ms": 50.0}),
        (CLOSED, {"tpot_ms": 10.0, "accelerator": "beta"}, {"tpot_ms": 9.0, "ttft_ms": 50.0}),
    )
    by = summary(found, "accelerator").set_index(["figure", "accelerator"])
    assert by["median_percent"].to_dict() == pytest.approx(
        {("TPOT", "alpha"): 20.0, ("TPOT", "beta"): 10.0, ("TTFT", "alpha"): 50.0}
    )
    assert by["bias_percent"]["TTFT", "alpha"] == pytest.approx(-50.0)
    assert by["rows"].sum() == summary(found)["rows"].sum() == 3


def test_a_rate_that_is_not_stated_is_tokens_over_tokens_per_answer() -> None:
    # 400 tokens/s of 200 each: 2 requests/s; 3 predicted.
    found = summary(scored((CLOSED, {"output_tok_s": 400.0}, {"req_s": 3.0})))
    assert found[["figure", "median_percent"]].to_numpy().tolist() == [["throughput", pytest.approx(50.0)]]


def test_what_was_not_measured_or_not_predicted_is_not_scored() -> None:
    assert scored(
        (CLOSED, {}, {"tpot_ms": 5.0}), (CLOSED, {"tpot_ms": 5.0}, {}), ("", {"tpot_ms": 5.0}, {})
    ).empty


def test_repeated_runs_of_one_mlperf_system_count_once_at_their_median() -> None:
    def searched(measured: float, **facts: Any) -> tuple[str, dict[str, Any], dict[str, float]]:
        return PROMISED, {"req_s": measured, "mode": "mlperf-server", **facts}, {"req_s": 12.0}

    # 12 predicted; one system measured 10, 8 and 12: +20, +50, 0 %: +20. Another card measured 6: +100.
    found = scored(searched(10.0), searched(8.0), searched(12.0), searched(6.0, accelerator="beta"))
    assert np.expm1(found["log_error"]).tolist() == pytest.approx([0.20, 1.0])
    # Equal closed loops are runs of their own.
    assert len(scored(*[(CLOSED, {"tpot_ms": 5.0}, {"tpot_ms": 5.0})] * 3)) == 3


def test_a_prediction_of_nothing_is_as_wrong_as_can_be_and_not_lost() -> None:
    found = summary(scored((PROMISED, {"req_s": 5.0, "mode": "mlperf-server"}, {"req_s": 0.0})))
    assert found["median_percent"].item() == pytest.approx(100.0)


def test_coverage_counts_what_lies_within_the_width_of_what_is_known() -> None:
    calibration = Calibration({}, {("tpot", "family"): np.log(1.25), ("tpot", "accelerator"): np.log(1.05)})
    runs = [(CLOSED, {"tpot_ms": 10.0}, {"tpot_ms": value}) for value in (12.4, 12.6, 8.1, 7.9)]
    wide, narrow = (coverage(scored(*runs, known=level), calibration) for level in ("family", "accelerator"))
    assert wide[["figure", "rows", "covered"]].to_numpy().tolist() == [["TPOT", 4, 0.5]]
    assert narrow["covered"].item() == 0.0
