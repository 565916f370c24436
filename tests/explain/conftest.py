"""Plain strings in tables, as the commands use them: they take half the time of Arrow-backed ones."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from planner.planning import LIGHT_STRINGS


@pytest.fixture(autouse=True)
def light_strings() -> Iterator[None]:
    """Every test of this folder runs as a command does."""
    with pd.option_context(*LIGHT_STRINGS):
        yield
