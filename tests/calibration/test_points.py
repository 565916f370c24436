"""A few measured points of a configuration correct its curve, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration_world import CATALOGUE, SHIPPED, measured, run, table

from planner.calibration.points import configuration_of, corrected, pick
from planner.calibration.predict import predict

LOADS = (1.0, 4.0, 16.0, 64.0, 256.0)


def curves() -> pd.DataFrame:
    """One curve of alpha and one of beta, both 1.4 times as slow as predicted and bent by the load."""
    rows = table(*(run(accelerator=name, concurrency=c) for name in ("alpha", "beta") for c in LOADS))
    bend = 1.4 * rows["concurrency"] ** 0.1
    found = measured(rows)
    return found.assign(tpot_ms=found["tpot_ms"] * bend, ttft_ms=found["ttft_ms"] / bend)


def given_at(rows: pd.DataFrame, *loads: float) -> np.ndarray:
    found: np.ndarray = rows["concurrency"].isin(loads).to_numpy()
    return found


def test_the_corrected_curve_passes_through_the_given_points() -> None:
    rows = curves()
    given = given_at(rows, 4.0, 64.0)
    found = corrected(rows, predict(rows, SHIPPED, CATALOGUE), given)
    for name in ("tpot_ms", "ttft_ms"):
        assert found[name][given].to_numpy() == pytest.approx(rows[name][given].to_numpy(), rel=1e-12)


def test_between_points_the_log_residual_is_interpolated_and_held_beyond_them() -> None:
    # Twice as slow at 4 clients, eight times at 64: halfway in log load, at 16, four times.
    rows = curves()
    predicted = predict(rows, SHIPPED, CATALOGUE)
    factor = rows["concurrency"].map({1.0: np.nan, 4.0: 2.0, 16.0: np.nan, 64.0: 8.0, 256.0: np.nan})
    rows["tpot_ms"] = predicted["tpot_ms"] * factor
    found = corrected(rows, predicted, given_at(rows, 4.0, 64.0))
    ratio = (found["tpot_ms"] / predicted["tpot_ms"]).to_numpy()
    assert ratio == pytest.approx([2, 2, 4, 8, 8] * 2, rel=1e-12)


def test_throughput_follows_little_s_law() -> None:
    rows = curves()
    found = corrected(rows, predict(rows, SHIPPED, CATALOGUE), given_at(rows, 1.0, 256.0))
    cycle_s = (found["ttft_ms"] + 199 * found["tpot_ms"]) / 1000
    assert (found["req_s"] * cycle_s).to_numpy() == pytest.approx(rows["concurrency"].to_numpy(), rel=1e-12)
    assert found["output_tok_s"].to_numpy() == pytest.approx(200 * found["req_s"].to_numpy())


def test_other_configurations_stay_as_they_are() -> None:
    rows = curves()
    predicted = predict(rows, SHIPPED, CATALOGUE)
    given = given_at(rows, 4.0) & (rows["accelerator"] == "alpha").to_numpy()
    found = corrected(rows, predicted, given)
    beta = (rows["accelerator"] == "beta").to_numpy()
    pd.testing.assert_frame_equal(found[beta], predicted[beta])
    assert (found["tpot_ms"][~beta] > 1.3 * predicted["tpot_ms"][~beta]).all()


def test_only_given_rows_are_looked_at() -> None:
    rows = curves()
    predicted, given = predict(rows, SHIPPED, CATALOGUE), given_at(rows, 4.0, 64.0)
    hidden = rows.assign(
        tpot_ms=rows["tpot_ms"].where(given), ttft_ms=rows["ttft_ms"].where(given), req_s=np.nan, output_tok_s=np.nan
    )  # fmt: skip
    pd.testing.assert_frame_equal(corrected(rows, predicted, given), corrected(hidden, predicted, given))


@pytest.mark.parametrize(
    ("number", "loads"), [(0, []), (1, [16]), (2, [1, 256]), (3, [1, 16, 256]), (5, []), (9, [])]
)
def test_points_are_spread_over_the_load_and_something_is_left_to_score(
    number: int, loads: list[float]
) -> None:
    rows = curves().sample(frac=1, random_state=3).reset_index(drop=True)
    chosen = rows[pick(rows, number)]
    for _, curve in chosen.groupby("accelerator"):
        assert sorted(curve["concurrency"]) == loads
    assert len(chosen) == 2 * len(loads)


def test_a_curve_is_everything_but_the_load() -> None:
    rows = table(
        run(), run(concurrency=2), run(engine_version="2"), run(tp=2, n_cards=2), run(input_tokens=10)
    )
    assert configuration_of(rows).nunique() == 4
    # A named length makes one curve of runs whose mean lengths differ by chance.
    rows = table(run(input_nominal=1024, input_tokens=1020), run(input_nominal=1024, input_tokens=1031))
    assert configuration_of(rows).nunique() == 1
