"""A plan small enough to follow: two workloads, two sites, layouts whose step times are four terms.

``fast`` takes 10 ms a step and no more for more requests, ``slow`` 30 ms: with a promise of 20 ms per token only fast
keeps it. Chat asks for 20 tokens a request, so a request holds a place of fast for about 0.2 s.
"""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import RESULT_TABLES
from planner.simulation.step_timer import LinearTimer
from tests.properties.tiny import HOURS_PER_DAY, WEEK, path, slice_frame

NODE = "2027-01"
FAST = LinearTimer(10**6, 8, 512, fixed_s=0.010)
SLOW = LinearTimer(10**6, 8, 512, fixed_s=0.030)
TIMERS = {"fast": FAST, "slow": SLOW}


def table(columns: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """A frame from a line of column names and its rows."""
    return pd.DataFrame(list(rows), columns=columns.split())


def given(max_ttft_ms: float = 500.0, predicted_ttft_ms: float = 400.0) -> dict[str, pd.DataFrame]:
    nan = float("nan")
    return {
        "settings": table("headroom_share", (0.0,)),
        "periods": path([NODE, "2027-02"]),
        "slices": slice_frame([{"slice": WEEK, "hours": HOURS_PER_DAY}]),
        "routes": table(
            "region site network_ms band_ms",
            ("north", "east", 40.0, 50.0), ("north", "west", 10.0, 50.0), ("south", "west", 20.0, 50.0),
        ),
        "workloads": table(
            "workload llm max_ttft_ms max_tpot_ms promise_quantile burst_z",
            ("chat", "small", max_ttft_ms, 20.0, 0.95, 1.0), ("batch", "small", nan, nan, 0.9, 1.0),
        ),
        "buckets": table(
            "workload bucket share mean_in mean_cached_in mean_out",
            ("chat", "all", 1.0, 50.0, 0.0, 20.0), ("batch", "all", 1.0, 100.0, 0.0, 20.0),
        ),
        "lengths": table(
            "workload bucket fine share mean_in mean_cached_in mean_out",
            ("chat", "all", "in128-out64", 1.0, 50.0, 0.0, 20.0),
            ("batch", "all", "in256-out64", 1.0, 100.0, 0.0, 20.0),
        ),
        "rates": table(
            "workload bucket band_ms layout requests_per_s ttft_ms tpot_ms",
            ("chat", "all", 50.0, "fast", 30.0, predicted_ttft_ms, 12.0),
            ("chat", "all", 50.0, "slow", 10.0, predicted_ttft_ms, 18.0),
            ("batch", "all", 50.0, "slow", 10.0, 900.0, 40.0),
        ),
        "cards": table("accelerator cards_per_server", ("ant", 2), ("bee", 4)),
        "layouts": table("layout role", ("fast", "whole"), ("slow", "whole")),
        "residency": table("workload region site", ("batch", "south", "west")),
    }  # fmt: skip


def plan(
    chat_east: float = 60.0, chat_west: float = 30.0, east: float = 3.0, west: float = 1.5, **changes: float
) -> Plan:
    """Chat on fast replicas at both sites (north to both, south to west), batch on one slow replica at west."""
    north_west, south_west = chat_west / 3, chat_west * 2 / 3
    tables: dict[str, pd.DataFrame] = {one.name: pd.DataFrame() for one in RESULT_TABLES}
    tables |= {
        "deployment": table(
            "layout llm accelerator site node replicas cards_per_replica cards",
            ("fast", "small", "ant", "east", NODE, east, 2, 2 * east),
            ("fast", "small", "ant", "west", NODE, west, 2, 2 * west),
            ("slow", "small", "bee", "west", NODE, 1.0, 4, 4.0),
            ("slow", "small", "bee", "west", "2027-02", 1.0, 4, 4.0),
        ),
        "load": table(
            "workload bucket band_ms layout accelerator site node requests_per_s",
            ("chat", "all", 50.0, "fast", "ant", "east", NODE, chat_east),
            ("chat", "all", 50.0, "fast", "ant", "west", NODE, chat_west),
            ("batch", "all", 50.0, "slow", "bee", "west", NODE, 4.0),
            ("batch", "all", 50.0, "slow", "bee", "west", "2027-02", 1.0),
        ),
        "routing": table(
            "workload bucket region site node requests_per_s share",
            ("chat", "all", "north", "east", NODE, chat_east, 0.8),
            ("chat", "all", "north", "west", NODE, north_west, 0.2),
            ("chat", "all", "south", "west", NODE, south_west, 1.0),
            ("batch", "all", "south", "west", NODE, 4.0, 1.0),
            ("batch", "all", "south", "west", "2027-02", 1.0, 1.0),
        ),
        "fleet": table(
            "accelerator vendor origin site node opening_cards bought_cards installed_cards deployed_cards spare_cards "
            "free_cards",
            ("ant", "a", "domestic", "east", NODE, 8, 0, 8, 2 * east, 0, 0),
            ("ant", "a", "domestic", "west", NODE, 4, 0, 4, 2 * west, 0, 0),
            ("bee", "b", "imported", "west", NODE, 4, 0, 4, 4.0, 0, 0),
        ),
    }
    for name in ("deployment", "load", "routing"):
        tables[name]["slice"] = WEEK
    return Plan(
        case="small", currency="CNY", status="optimal", cost=1.0, bound=1.0, certified_bound=1.0, claimed_bound=None,
        gap_asked=0.0, stop_reason="proven", facts={}, warnings=(), tables=tables, given=given(**changes),
    )  # fmt: skip
