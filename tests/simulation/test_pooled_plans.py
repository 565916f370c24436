"""A plan with pools is not replayed as if its replicas were whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.errors import InputError
from planner.simulation import verify
from tests.simulation.small_plan import plan


def test_a_plan_with_pools_is_refused() -> None:
    whole = plan()
    layouts = whole.given["layouts"].assign(role="decode")
    pooled = replace(whole, given={**whole.given, "layouts": layouts})
    with pytest.raises(InputError) as error:
        verify(pooled, {})
    assert "pools" in str(error.value.problems[0])
