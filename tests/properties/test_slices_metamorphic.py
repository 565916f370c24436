"""What a change of hours may do to the cost; compared as in `test_metamorphic`."""

from __future__ import annotations

import random
from functools import cache

import pandas as pd

from tests.properties.changes import PREFIX, Change, without
from tests.properties.draw import SLICED_WORLDS, WORLDS, World, random_tables
from tests.properties.in_process import Interval, intervals
from tests.properties.test_metamorphic import check_equal, check_never_lower
from tests.properties.tiny import Tables, merged, slice_frame

BLOCK = 8  # instances that share a program
ZERO_START, THREE_HOURS = 0, 1  # of the sliced worlds: what a start takes
NIGHT_SHARE, NIGHT_LOAD = 0.25, 0.5
WEEK_LOAD = 1 - NIGHT_SHARE + NIGHT_SHARE * NIGHT_LOAD  # of the day's


def drawn(world: World, first_seed: int, *changes: Change) -> dict[str, Interval]:
    """Intervals of the instances of a world after changes to each."""
    return _drawn(world, first_seed, changes)


@cache
def _drawn(world: World, first_seed: int, changes: tuple[Change, ...]) -> dict[str, Interval]:
    parts = []
    for at in range(BLOCK):
        rng = random.Random(first_seed + at)
        tables = random_tables(first_seed + at, world, f"i{at:03d}-", alone=False)
        for change in (without("selections"), *changes):
            tables = change(tables, rng)
        parts.append(tables)
    return intervals(merged(parts), PREFIX)


def deadline(hours: float) -> Change:
    """Work that may wait has so long."""
    return lambda tables, _: tables | {"workloads": tables["workloads"].assign(deadline_hours=hours)}


def starts_take(minutes: float) -> Change:
    """Every start takes so long."""
    return lambda tables, _: tables | {"settings": tables["settings"].assign(switch_minutes=minutes)}


def renamed_slices(tables: Tables, rng: random.Random) -> Tables:
    """Day and night under names that sort the other way round, the night first."""
    new = {"day": "z-late", "night": "a-early"}
    found = {}
    for name, columns in {"slices": ["slice", "before"], "requests": ["slice"], "tariffs": ["slice"]}.items():
        found[name] = tables[name].copy()
        for column in columns:
            found[name][column] = [new.get(text, text) for text in found[name][column]]
    rows = found["slices"].iloc[::-1].reset_index(drop=True)
    return tables | found | {"slices": rows.assign(index=range(len(rows)))}


def waiting_first(tables: Tables) -> pd.Series[bool]:
    """Whether a workload is the first of its instance; that one may wait."""
    return tables["workloads"]["workload"].str.endswith("w0")


def as_week(tables: Tables, rng: random.Random) -> Tables:
    """The first workload may wait and has its mean; others are sized at their peak, seven eighths of it on average."""
    requests = tables["requests"].copy()
    waits = requests["workload"].str.endswith("w0")
    requests["mean_requests_per_s"] = requests["requests_per_s"] * WEEK_LOAD
    requests["requests_per_s"] = requests["mean_requests_per_s"].where(waits, requests["requests_per_s"])
    workloads = tables["workloads"].assign(deferrable=waiting_first(tables), deadline_hours=24.0)
    return tables | {"requests": requests, "workloads": workloads}


def as_day_and_night(tables: Tables, rng: random.Random) -> Tables:
    """The same work by day and night: three quarters of the week at the peak, a quarter at half of it."""
    day = tables["requests"].assign(slice="day")
    day["mean_requests_per_s"] = day["requests_per_s"]
    night = day.assign(slice="night")
    night[["requests_per_s", "mean_requests_per_s"]] *= NIGHT_LOAD
    workloads = tables["workloads"].assign(deferrable=waiting_first(tables), deadline_hours=24.0)
    slices = slice_frame([{"slice": "day", "hours": 18}, {"slice": "night", "hours": 6}])
    requests = pd.concat([day, night], ignore_index=True)
    settings = tables["settings"].assign(switch_minutes=0.0)
    return tables | {"requests": requests, "workloads": workloads, "slices": slices, "settings": settings}


def test_a_longer_deadline_never_raises_the_cost() -> None:
    world = SLICED_WORLDS[ZERO_START]
    short, long = drawn(world, 31_000, deadline(12.0)), drawn(world, 31_000, deadline(24.0))
    check_never_lower(short, long)
    assert any(long[name][1] < short[name][0] for name in long)  # and it does matter


def test_longer_starts_never_lower_the_cost() -> None:
    """That they may raise it is worked out in ``tests/cases/switching``."""
    world = SLICED_WORLDS[THREE_HOURS]
    check_never_lower(drawn(world, 32_000, starts_take(180.0)), drawn(world, 32_000, starts_take(0.0)))


def test_names_of_slices_change_nothing() -> None:
    world = SLICED_WORLDS[THREE_HOURS]
    check_equal(
        drawn(world, 32_000, starts_take(180.0)), drawn(world, 32_000, starts_take(180.0), renamed_slices)
    )


def test_planning_day_and_night_apart_never_raises_the_cost() -> None:
    for world in (WORLDS[0], WORLDS[1]):
        whole, apart = drawn(world, 33_000, as_week), drawn(world, 33_000, as_day_and_night)
        check_never_lower(whole, apart)
        assert any(apart[name][1] < whole[name][0] for name in whole)
