"""Reads a user's runs, calibrates, and writes the case's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from planner.calibration.configurations import Catalogue, shipped_catalogue
from planner.calibration.own_runs import OwnCalibration, calibrate
from planner.inputs.calibration import shipped_calibration
from planner.inputs.load import load_case
from planner.inputs.measurements import read_measurements
from planner.inputs.output import write_table
from planner.serving.effects import calibration_of
from planner.tables import Value


def calibrate_files(
    files: Sequence[Path], facts: Mapping[str, Value], case: Path | None, target: Path
) -> OwnCalibration:
    """Calibrate by the runs of these files and write the effects, unless no run can be used.

    Raises
    ------
    InputError, UnreachableError : a file or the case cannot be read
    """
    read = [read_measurements(path, facts) for path in files]
    names = [f"{path} " if len(files) > 1 else "" for path in files]
    table = _together([file.rows for file in read], names, "place")
    doubtful = _together([file.quarantined for file in read], names, "row")
    found = calibrate(table, catalogue_of(case), calibration_of(shipped_calibration()))
    aside = doubtful.rename(columns={"row": "place"})[["place", "reason"]]
    found = replace(
        found,
        set_aside=pd.concat([aside, found.set_aside], ignore_index=True),
        assumptions=tuple(dict.fromkeys(sentence for file in read for sentence in file.assumptions)),
    )
    if found.used:
        write_table(target, found.rows)
    return found


def _together(tables: Sequence[pd.DataFrame], names: Sequence[str], place: str) -> pd.DataFrame:
    """Tables of several files as one; the place of a run then names its file."""
    named = [
        table.assign(**{place: name + table[place].astype(str)})
        for table, name in zip(tables, names, strict=True)
    ]
    return pd.concat([table for table in named if len(table)] or named[:1], ignore_index=True)


def catalogue_of(case: Path | None) -> Catalogue:
    """The shipped cards and llms, with a case's own over them."""
    shipped = shipped_catalogue()
    if case is None:
        return shipped
    own = load_case(case)
    cards = {card.accelerator: card for card in (*shipped.cards, *own.cards)}
    llms = {llm.llm: llm for llm in (*shipped.llms, *own.llms)}
    return Catalogue(tuple(cards.values()), tuple(llms.values()))
