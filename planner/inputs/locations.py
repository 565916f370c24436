"""Where the shipped data lies: catalogue of cards and language models, profiles, example cases."""

from __future__ import annotations

import os
from pathlib import Path

from planner.errors import UnreachableError

VARIABLE = "CAPPLAN_DATA_DIR"
_PACKAGE = Path(__file__).resolve().parents[1]


def data_folder() -> Path:
    """Folder that holds ``hardware_profiles/`` and ``demand/``.

    The variable ``CAPPLAN_DATA_DIR`` wins; then the data inside the installed package; then the folders beside the
    package, as in a checkout.

    Raises
    ------
    UnreachableError : there is none
    """
    given = os.environ.get(VARIABLE)
    candidates = [Path(given)] if given else [_PACKAGE / "data", _PACKAGE.parent]
    for folder in candidates:
        if (folder / "hardware_profiles").is_dir() and (folder / "demand").is_dir():
            return folder
    tried = ", ".join(str(folder) for folder in candidates)
    raise UnreachableError(
        f"The catalogue was not found in {tried}: no folders hardware_profiles and demand there. "
        f"Set {VARIABLE} to the folder that holds them."
    )


def card_files() -> dict[str, Path]:
    """File of each card of the catalogue, by id."""
    root = data_folder() / "hardware_profiles"
    files = [path for part in ("domestic", "imported") for path in (root / part).glob("*.yaml")]
    return {path.stem: path for path in sorted(files, key=lambda path: path.stem)}


def llm_files() -> dict[str, Path]:
    """File of each language model of the catalogue, by id."""
    return {path.stem: path for path in sorted((data_folder() / "demand" / "llms").glob("*.yaml"))}


def profile_file(name: str) -> Path:
    """Shipped table of that name: ``length_profiles`` or ``traffic_shapes``."""
    return data_folder() / "demand" / "profiles" / f"{name}.csv"


def measured_folder() -> Path:
    """Measured points and the calibration fitted to them."""
    return data_folder() / "hardware_profiles" / "measured"


def calibration_file() -> Path:
    """Shipped calibration of the serving model."""
    return measured_folder() / "calibration.csv"


def service_classes_file() -> Path:
    """Shipped service classes."""
    return data_folder() / "demand" / "workloads" / "service_classes.yaml"


def shipped_cases() -> dict[str, Path]:
    """Folder of each example case, by name."""
    return {path.parent.name: path.parent for path in sorted((data_folder() / "demand").glob("*/case.yaml"))}
