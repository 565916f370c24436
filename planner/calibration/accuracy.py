"""How good the serving model is on a file of measurements it has never been fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from planner.calibration.configurations import Catalogue, shipped_catalogue
from planner.calibration.points import configuration_of, corrected, pick
from planner.calibration.predict import predict
from planner.calibration.score import GROUPS, coverage, errors, summary
from planner.inputs.calibration import shipped_calibration
from planner.inputs.measurements import read_measurements
from planner.serving.effects import Calibration, calibration_of
from planner.tables import Value


@dataclass(frozen=True)
class Accuracy:
    """Errors and counts.

    Attributes
    ----------
    figures : figure, rows, median_percent, p90_percent, bias_percent
    groups : the same by accelerator, model, source and load type: columns group, value before them
    coverage : figure, rows, covered: share of measurements inside the stated 80 % interval
    counts : rows of the file, answered, refused, called infeasible although measured, set aside as doubtful, scored
    refused : reason, rows
    predictions : place, what was predicted, and the reason where nothing was
    lacking : columns the file does not have and predictions need
    assumptions : what was taken for granted about the file
    """

    figures: pd.DataFrame
    groups: pd.DataFrame
    coverage: pd.DataFrame
    counts: Mapping[str, int]
    refused: pd.DataFrame
    predictions: pd.DataFrame
    lacking: tuple[str, ...]
    assumptions: tuple[str, ...]


def accuracy(
    path: Path | str,
    points: int = 0,
    facts: Mapping[str, Value] | None = None,
    calibration: Calibration | None = None,
    catalogue: Catalogue | None = None,
) -> Accuracy:
    """Predict every row of a file and compare.

    Parameters
    ----------
    path : a file that `read_measurements` understands
    points : measured points given per configuration; they correct that configuration and are not scored. 0: none
    facts : what the file does not state
    calibration : None: the shipped one
    catalogue : None: the shipped one

    Raises
    ------
    InputError, UnreachableError : the file cannot be read
    """
    measured = read_measurements(path, facts)
    table = measured.rows.reset_index(drop=True)
    known = calibration or calibration_of(shipped_calibration())
    answers = predict(table, known, catalogue or shipped_catalogue())
    scored = np.ones(len(table), dtype=bool)
    if points:
        given = pick(table, points)
        answers = corrected(table, answers, given)
        configuration = configuration_of(table)
        scored = configuration.isin(configuration[given]).to_numpy() & ~given
    found = errors(table[scored].reset_index(drop=True), answers[scored].reset_index(drop=True))
    reasons = pd.concat([answers["reason"][answers["reason"] != ""], measured.quarantined["reason"]])
    return Accuracy(
        figures=summary(found),
        groups=pd.concat(
            [summary(found, by).rename(columns={by: "value"}).assign(group=by) for by in GROUPS],
            ignore_index=True,
        ),
        coverage=coverage(found, known),
        counts={
            "rows": len(table) + len(measured.quarantined),
            "answered": int((answers["reason"] == "").sum()),
            "refused": int((answers["reason"] != "").sum()),
            "called_infeasible": int((~answers["fits"].astype(bool) & (answers["reason"] == "")).sum()),
            "set_aside": len(measured.quarantined),
            "scored": int((scored & (answers["reason"] == "").to_numpy()).sum()),
        },
        refused=reasons.value_counts().rename_axis("reason").reset_index(name="rows"),
        predictions=answers.assign(place=table["place"]),
        lacking=measured.lacking,
        assumptions=tuple(measured.assumptions),
    )
