"""Every test here keeps texts as the front door does."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from planner.planning import LIGHT_STRINGS


@pytest.fixture(autouse=True)
def light_strings() -> Iterator[None]:
    """Plain strings instead of Arrow's."""
    with pd.option_context(*LIGHT_STRINGS):
        yield
