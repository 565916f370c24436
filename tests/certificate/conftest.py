"""Strings as the commands use them: they take half the time of pandas' own."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from planner.planning import LIGHT_STRINGS


@pytest.fixture(autouse=True)
def light_strings() -> Iterator[None]:
    with pd.option_context(*LIGHT_STRINGS):
        yield
