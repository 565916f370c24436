"""Pieces of a profile on examples done by hand, and that cutting a log into pieces changes nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from planner.demand.profiles.class_lengths import class_lengths
from planner.demand.profiles.grid import BucketSums
from planner.demand.profiles.peaks import burst_z, busy_slots, dispersion
from planner.demand.profiles.reuse import PrefixReuse
from planner.demand.profiles.sessions import SessionSums
from planner.demand.profiles.shape import holes, local_week_seconds
from planner.demand.profiles.windows import WindowCounts
from planner.inputs.usage.account import Account, Seen


def test_pieces_merge_to_the_whole() -> None:
    rng = np.random.default_rng(0)
    into, out = rng.integers(1, 100_000, 5000).astype(float), rng.integers(1, 9000, 5000).astype(float)
    cached, times = np.floor(into / 3), rng.uniform(0, 1e6, 5000)
    whole, parts, counts, cut = BucketSums(), BucketSums(), WindowCounts(10.0), WindowCounts(10.0)
    whole.add(into, out, cached)
    counts.add(times)
    for at in range(0, 5000, 700):
        piece, window = BucketSums(), WindowCounts(10.0)
        piece.add(into[at : at + 700], out[at : at + 700], cached[at : at + 700])
        window.add(times[at : at + 700])
        parts.merge(piece)
        cut.merge(window)
    assert parts.sums.tolist() == whole.sums.tolist()
    assert whole.sums[1].sum() == into.sum()
    assert whole.sums[3].sum() == cached.sum()
    assert [part.tolist() for part in cut.sparse()] == [part.tolist() for part in counts.sparse()]
    assert cut.dense(6)[1].sum() == 5000


def test_busy_slots_are_those_that_have_started_and_not_ended() -> None:
    starts, ends = WindowCounts(10.0), WindowCounts(10.0)
    starts.add(np.array([1.0, 2.0, 11.0, 31.0]))
    ends.add(np.array([15.0, 25.0, 25.0, 99.0]))
    # windows end at 10, 20, 30, 40: two busy; three less one; none; one
    assert busy_slots(starts, ends).tolist() == [2, 2, 0, 1]


def test_dispersion_is_one_for_poisson_and_blind_to_the_day() -> None:
    rng = np.random.default_rng(1)
    level = np.repeat([5.0, 50.0] * 50, 360)
    assert dispersion(rng.poisson(level).astype(float), 360) == pytest.approx(1.0, abs=0.05)
    assert dispersion(np.array([0.0, 2.0] * 3), 360) == 1.0  # mean 1, variance 1


def test_groups_of_ten_at_once_have_the_z_of_ten() -> None:
    """Batches of ten that stay for a fixed time: variance over mean of the busy is ten."""
    rng = np.random.default_rng(2)
    at = np.repeat(np.sort(rng.uniform(0, 400_000, 20_000)), 10)
    starts, ends = WindowCounts(10.0), WindowCounts(10.0)
    starts.add(at)
    ends.add(at + 200.0)
    assert burst_z(starts, ends) == pytest.approx(10.0, rel=0.15)


def test_a_quiet_night_is_no_hole() -> None:
    day = np.array([40.0] * 60 + [0.0] * 5 + [40.0] * 60)  # fifty minutes of nothing
    assert not holes(day).any()
    assert holes(np.array([40.0] * 60 + [0.0] * 12 + [40.0] * 60)).sum() == 12
    assert not holes(
        np.array([0.0, 1.0] * 100 + [0.0] * 20 + [1.0])
    ).any()  # a service that hardly anybody uses


def test_hours_are_on_the_local_clock_also_when_it_is_put_back() -> None:
    before = pd.Timestamp("2026-10-25 00:30", tz="UTC").timestamp()  # Sunday 02:30 in Berlin, summer time
    after = pd.Timestamp("2026-10-25 01:30", tz="UTC").timestamp()  # 02:30 again, winter time
    hours = local_week_seconds(np.array([before, after]), ZoneInfo("Europe/Berlin")) / 3600 % 168
    assert hours.tolist() == [146.5, 146.5]


def test_sessions_over_pieces() -> None:
    sums = SessionSums()
    sums.add(
        pd.Series(["b", "a", None]),
        np.array([5.0, 1.0, 2.0]),
        np.array([30.0, 10.0, 9.0]),
        np.array([1.0, 1.0, 1.0]),
    )
    sums.add(pd.Series(["a", "b"]), np.array([3.0, 2.0]), np.array([20.0, 15.0]), np.array([1.0, 1.0]))
    summary = sums.summary()
    assert summary["sessions"] == 2
    assert summary["steps_mean"] == 2
    # first prompts 10 (a, at 1 s) and 15 (b, at 2 s); all input 75
    assert summary["input_over_first_prompt"] == 3.0


def test_larger_stores_find_more_and_the_kept_one_is_counted() -> None:
    blocks = [[0, 500 + at % 50, 1000 + at] for at in range(400)]
    reuse = PrefixReuse(512, 40 * 512)
    kept = reuse.add(np.full(400, 1536.0), blocks)
    table = reuse.table()
    shares = table["hit_share"].tolist()
    assert shares == sorted(shares)
    # forty blocks: the first one is always there, its second comes again after fifty prompts and has gone
    assert kept.tolist() == [0.0] + [512.0] * 399
    assert shares[-1] == pytest.approx((512 * 399 + 512 * 350) / (1536 * 400))


def test_lengths_of_a_class_at_unknown_requests() -> None:
    profile = pd.DataFrame({"share": [0.5, 0.5], "in_lo": [0, 100], "in_hi": [100, 300], "out_lo": [0, 0],
                            "out_hi": [9, 9], "mean_in": [50.0, 150.0], "mean_out": [2.0, 6.0]})  # fmt: skip
    table, requests = class_lengths(profile, 1_000.0, 80.0, 250.0, None)
    assert requests == 10  # of 100 tokens in the mean
    assert table["mean_in"].tolist() == [50, 150]
    assert table["mean_out"].tolist() == [4, 12]  # 8 in the mean
    assert table["out_hi"].tolist() == [18, 18]
    assert table["mean_cached_in"].tolist() == [12.5, 37.5]


def test_ids_are_known_again_in_later_pieces() -> None:
    seen = Seen()
    everyone = np.ones(4, dtype=bool)
    first = seen.repeated(pd.Series(["a", "b", "a", ""]), np.array([True, True, True, False]))
    assert first.tolist() == [False, False, True, False]
    assert seen.repeated(pd.Series(["c", "b", "d", "e"]), everyone).tolist() == [False, True, False, False]
    many = [seen.repeated(pd.Series([f"x{at}", f"y{at}"]), np.ones(2, dtype=bool)).any() for at in range(200)]
    assert not any(many)
    assert seen.repeated(pd.Series([f"x{at}" for at in range(200)]), np.ones(200, dtype=bool)).all()


def test_a_lost_row_is_a_bug_that_is_found() -> None:
    account = Account(read=3, used=1)
    account.set_aside("reason", 1, "row 2")
    with pytest.raises(ArithmeticError, match="rows were lost"):
        account.check()
