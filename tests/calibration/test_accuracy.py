"""A file from end to end: every row is answered, refused or set aside, and what is given is not scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from calibration_world import CATALOGUE, SHIPPED, measured, run, table

from planner.calibration.accuracy import Accuracy, accuracy

COLUMNS = ["model", "accelerator", "n_cards", "tp", "precision", "load_type", "concurrency", "input_tokens",
           "output_tokens", "ttft_ms", "tpot_ms"]  # fmt: skip
FACTOR = 1.25  # by which every measured time is longer than predicted


def good() -> pd.DataFrame:
    rows = measured(table(*(run(concurrency=2.0**i, engine=None) for i in range(5))), FACTOR)
    return rows[COLUMNS]


def doubtful() -> pd.DataFrame:
    rows = good().iloc[[0] * 5].reset_index(drop=True).astype({"model": object, "accelerator": object})
    rows.loc[0, "model"] = "medium"  # unknown
    rows.loc[1, "accelerator"] = "gamma"  # unknown
    rows.loc[2, "tpot_ms"] = 0.01  # seconds
    rows.loc[3, "input_tokens"] = np.nan  # not known
    rows.loc[4, "n_cards"] = -1  # out of range
    return rows


def of(rows: pd.DataFrame, folder: Path, points: int = 0) -> Accuracy:
    path = folder / "runs.csv"
    rows.to_csv(path, index=False)
    return accuracy(path, points, calibration=SHIPPED, catalogue=CATALOGUE)


def test_counts_add_up_to_the_rows_of_the_file(tmp_path: Path) -> None:
    found = of(pd.concat([good(), doubtful()]), tmp_path)
    counts = dict(found.counts)
    assert counts == {
        "rows": 10, "answered": 5, "refused": 2, "set_aside": 3, "called_infeasible": 0, "scored": 5,
    }  # fmt: skip
    assert counts["answered"] + counts["refused"] + counts["set_aside"] == counts["rows"]
    assert found.refused["rows"].sum() == counts["refused"] + counts["set_aside"]
    said = " | ".join(found.refused["reason"])
    for word in ("llm medium", "accelerator gamma", "are these seconds?", "input_tokens", "n_cards"):
        assert word in said
    assert found.predictions["place"].tolist()[0] == "line 2"


def test_figures_are_the_known_factor(tmp_path: Path) -> None:
    # Measured is 1.25 times as long: predictions are 1 / 1.25 - 1 = -20 % off, every one.
    figures = of(good(), tmp_path).figures.set_index("figure")
    for figure in ("TPOT", "TTFT"):
        row = figures.loc[figure]
        assert row[["rows", "median_percent", "p90_percent", "bias_percent"]].tolist() == pytest.approx(
            [5, 20, 20, -20], rel=1e-6
        )


def test_groups_hold_every_scored_row_once(tmp_path: Path) -> None:
    found = of(good(), tmp_path)
    for _, group in found.groups.groupby("group"):
        assert group.groupby("figure")["rows"].sum().to_dict() == {"TPOT": 5, "TTFT": 5}


def test_given_points_correct_and_are_not_scored(tmp_path: Path) -> None:
    found = of(good(), tmp_path, points=2)
    assert found.counts["scored"] == 3
    figures = found.figures.set_index("figure")
    assert figures["rows"].to_dict() == {"TPOT": 3, "TTFT": 3}
    assert (figures["median_percent"] < 1e-6).all()
    assert of(good(), tmp_path, points=5).figures.empty  # nothing would be left to score


def test_a_request_larger_than_the_memory_is_counted_as_called_infeasible(tmp_path: Path) -> None:
    rows = good()
    rows.loc[4, "input_tokens"] = 1e6
    found = of(rows, tmp_path)
    assert found.counts["called_infeasible"] == 1
    assert found.counts["answered"] == 5


@pytest.mark.parametrize("column", ["precision", "model", "output_tokens"])
def test_a_column_the_file_lacks_is_named(column: str, tmp_path: Path) -> None:
    found = of(good().drop(columns=column), tmp_path)
    assert found.lacking == (column,)
    assert (found.counts["rows"], found.counts["answered"]) == (5, 0)
    assert found.figures.empty


def test_a_file_without_rows_is_no_fault(tmp_path: Path) -> None:
    found = of(good().iloc[:0], tmp_path)
    assert set(found.counts.values()) == {0}
    assert found.figures.empty
    assert found.coverage.empty
