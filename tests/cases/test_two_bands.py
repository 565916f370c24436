"""The worked case ``two_bands``; see its WHY.md."""

from __future__ import annotations

import pytest

from tests.properties.audited import faults
from tests.properties.in_process import plan
from tests.properties.tiny import instance
from tests.tolerances import SAME_COST_SHARE


def test_far_requests_take_the_card_that_keeps_their_promise() -> None:
    tables = instance(
        sites=[{"site": "hall"}],
        routes=[{"region": "near", "site": "hall"}, {"region": "far", "site": "hall", "band_ms": 50.0}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 1000}],
        requests=[
            {"workload": "chat", "region": "near", "requests_per_s": 4},
            {"workload": "chat", "region": "far", "requests_per_s": 2},
        ],
        layouts=[
            {"layout": "quick/x1", "accelerator": "quick"},
            {"layout": "steady/x1", "accelerator": "steady"},
        ],
        rates=[
            {"workload": "chat", "layout": "quick/x1", "requests_per_s": 4},
            {"workload": "chat", "layout": "quick/x1", "band_ms": 50.0, "requests_per_s": 1},
            {"workload": "chat", "layout": "steady/x1", "requests_per_s": 2},
            {"workload": "chat", "layout": "steady/x1", "band_ms": 50.0, "requests_per_s": 2},
        ],
        cards=[{"accelerator": "quick"}, {"accelerator": "steady"}],
        offers=[
            {"offer": "quick", "accelerator": "quick", "price_per_card": 10_000, "residual_share": 0},
            {"offer": "steady", "accelerator": "steady", "price_per_card": 16_000, "residual_share": 0},
        ],
    )
    planned = plan(tables)
    assert planned is not None
    assert planned.cost == pytest.approx(26_000, rel=SAME_COST_SHARE)
    assert dict(
        zip(planned.tables["load"]["layout"], planned.tables["load"]["requests_per_s"], strict=True)
    ) == {
        "quick/x1": 4.0,
        "steady/x1": 2.0,
    }
    assert faults(tables, planned) == []
