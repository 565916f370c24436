"""A case's calibration: every constant of the serving model may be named, and nothing that does not exist."""

from __future__ import annotations

from planner.inputs.calibration import shipped_calibration
from planner.inputs.declarations.calibration import CONSTANTS
from planner.serving.effects import PARAMETERS


def test_the_declared_constants_are_those_of_the_model() -> None:
    assert [parameter.name for parameter in PARAMETERS] == list(CONSTANTS)


def test_the_shipped_calibration_has_every_global_constant() -> None:
    rows = shipped_calibration()
    named = {row["parameter"] for row in rows if row["level"] == "global"}
    assert named == set(CONSTANTS) - {"slowness"}
