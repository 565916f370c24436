"""What the catalogue says of service classes, profiles and shapes, for what usage does not tell."""

from __future__ import annotations

from functools import cache

import pandas as pd

from planner.errors import InputError, Problem
from planner.inputs.catalogue_reader import read_classes, read_shipped_rows
from planner.inputs.declarations.demand import LENGTH_PROFILES, TRAFFIC_SHAPES
from planner.inputs.draft import Draft
from planner.inputs.frames import frame_of
from planner.inputs.nearest import listing, nearest_mend
from planner.inputs.problems import Ledger
from planner.tables import Table, Value


@cache
def class_names() -> tuple[str, ...]:
    """Service classes of the catalogue."""
    return tuple(sorted(read_classes(None, Draft("", Ledger()))))


@cache
def class_values(name: str) -> dict[str, Value]:
    """Fields of a service class.

    Raises
    ------
    InputError : there is no such class
    """
    classes = read_classes(None, Draft("", Ledger()))
    if name not in classes:
        expected = f"one of: {listing(list(classes))}"
        raise InputError(
            [Problem("--class", "", "", f"no service class '{name}'", expected, nearest_mend(name, classes))]
        )
    return dict(classes[name].values)


def shipped_profile(name: str) -> pd.DataFrame:
    """Rows of a length profile of the catalogue."""
    return _shipped(LENGTH_PROFILES, name)


def shipped_shape(name: str) -> pd.DataFrame:
    """Rows of a traffic shape of the catalogue."""
    return _shipped(TRAFFIC_SHAPES, name)


def _shipped(table: Table, name: str) -> pd.DataFrame:
    rows = read_shipped_rows(table, {name}, Draft("", Ledger())).get(name, [])
    return frame_of(table, [tuple(row.values[column] for column in table.names) for row in rows])
