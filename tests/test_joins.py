"""The light join gives what pandas' own gives."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from planner import joins
from planner.joins import matched

KEYS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=8)


def frame(keys: list[tuple[str, int]], figure: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [name for name, _ in keys],
            "number": [number for _, number in keys],
            figure: [float(at) for at in range(len(keys))],
            f"{figure}_text": [f"{figure}{at}" for at in range(len(keys))],
        }
    )


@settings(max_examples=150, deadline=None)
@given(left=KEYS, right=KEYS, how=st.sampled_from(["inner", "left"]), asked=st.booleans())
def test_as_pandas_does(left: list, right: list, how: str, asked: bool) -> None:
    one, two = frame(left, "cost"), frame(right, "power")
    keys = ["name", "number"]
    assert_frame_equal(
        matched(one, two, on=keys if asked else None, how=how), one.merge(two, on=keys, how=how)
    )


@pytest.mark.parametrize("few", [0, 4000])
def test_columns_that_overlap_and_tables_that_are_large_are_left_to_pandas(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "FEW_ROWS", few)
    one, two = frame([("a", 0), ("b", 1)], "cost"), frame([("b", 2), ("a", 3)], "cost")
    assert_frame_equal(matched(one, two, on="name"), one.merge(two, on="name"))


def test_the_tables_given_stay_as_they_are() -> None:
    one, two = frame([("a", 0), ("b", 1)], "cost"), frame([("b", 1), ("a", 0)], "power")
    before = one.copy(), two.copy()
    out = matched(one, two)
    out["cost"] = -1.0
    assert_frame_equal(one, before[0])
    assert_frame_equal(two, before[1])
