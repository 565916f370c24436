"""Worked cases as explanations see them, and numbers that do not come from the explanations."""

from __future__ import annotations

from pathlib import Path

from planner.explain.opened import Opened, opened, relaxed
from planner.inputs import load_case
from planner.prepare import prepare
from tests.cases.test_worked_cases import complete


def case_folder(name: str, into: Path, **files: str) -> Path:
    """A worked case, with these files in place of its own (``offers_csv`` for offers.csv)."""
    folder = complete(name, into / name)
    for file, text in files.items():
        stem, _, ending = file.rpartition("_")
        (folder / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    return folder


def program_of(folder: Path) -> Opened:
    """The program of a case folder."""
    return opened(prepare(load_case(folder)).given)


def relaxed_cost(folder: Path) -> float:
    """Cost of the relaxation of a case folder, read and built anew [case currency]."""
    return relaxed(program_of(folder)).cost
