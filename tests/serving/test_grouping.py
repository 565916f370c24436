"""Grouping of length buckets: rates, limits, and what is never merged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from serving_world import bucket_table

from planner.serving.columns import LAYOUT_COLUMNS, RATE_COLUMNS, REFUSED_COLUMNS, ServingTables
from planner.serving.grouping import grouped


def tables(rates: dict[tuple[str, str], float], bands: tuple[float, ...] = (0.0,)) -> ServingTables:
    """Tables of one workload from rates by (bucket, layout); layouts have one card, each of its own kind."""
    names = sorted({layout for _, layout in rates})
    buckets = sorted({bucket for bucket, _ in rates})
    layouts = pd.DataFrame(
        [(name, "m", f"card-{name}", "bf16", 1, 1, 1, "whole", "modelled", 0.0) for name in names],
        columns=list(LAYOUT_COLUMNS),
    )  # fmt: skip
    rows = [
        ("w", bucket, band, layout, rate, 10.0, 100.0 * len(bucket), 20.0 * len(layout))
        for (bucket, layout), rate in rates.items()
        if rate > 0
        for band in bands
    ]
    refusals = [
        ("w", bucket, band, f"card-{layout}", layout, f"why {bucket}", "max_ttft_ms", 1.0, 2.0)
        for (bucket, layout), rate in rates.items()
        if rate == 0
        for band in bands
    ]
    groups = pd.DataFrame([("w", b, b) for b in buckets], columns=["workload", "bucket", "group"])
    return ServingTables(
        layouts,
        pd.DataFrame(rows, columns=list(RATE_COLUMNS)),
        pd.DataFrame(refusals, columns=list(REFUSED_COLUMNS)),
        groups,
    )


def buckets_of(**shares: float) -> pd.DataFrame:
    rows = [("w", name, share, 100.0 * i, 10.0, 5.0 * i) for i, (name, share) in enumerate(shares.items(), 1)]
    return bucket_table(*rows)


def members(found: ServingTables) -> dict[str, str]:
    return dict(zip(found.groups["bucket"], found.groups["group"], strict=True))


# In a and b the cards x and y are as 1 to 2, in c and d as 2 to 1, whatever the absolute rates.
TWO_KINDS = {
    ("a", "x"): 1.0, ("a", "y"): 2.0, ("b", "x"): 10.0, ("b", "y"): 20.0,
    ("c", "x"): 8.0, ("c", "y"): 4.0, ("d", "x"): 2.0, ("d", "y"): 1.0,
}  # fmt: skip
SHARES = buckets_of(a=0.1, b=0.3, c=0.4, d=0.2)


def test_alike_buckets_are_merged() -> None:
    found, buckets = grouped(tables(TWO_KINDS), SHARES, 2)
    assert members(found) == {"a": "b", "b": "b", "c": "c", "d": "c"}
    assert buckets["share"].tolist() == pytest.approx([0.4, 0.6])
    # mean_in of b's group: (0.1 x 100 + 0.3 x 200) / 0.4 = 175; of c's: (0.4 x 300 + 0.2 x 400) / 0.6.
    assert buckets["mean_in"].tolist() == pytest.approx([175.0, 1000 / 3])


def test_group_rate_is_the_harmonic_mixture() -> None:
    found, _ = grouped(tables(TWO_KINDS), SHARES, 2)
    rates = found.rates.set_index(["bucket", "layout"])["requests_per_s"].to_dict()
    # a and b are 1/4 and 3/4 of their group: on x 0.25 / 1 + 0.75 / 10 s per request.
    assert rates["b", "x"] == pytest.approx(1 / (0.25 / 1 + 0.75 / 10))
    assert rates["b", "y"] == pytest.approx(1 / (0.25 / 2 + 0.75 / 20))
    assert rates["c", "x"] == pytest.approx(1 / ((2 / 3) / 8 + (1 / 3) / 2))


def test_nothing_to_merge_changes_nothing() -> None:
    fine = tables(TWO_KINDS)
    found, buckets = grouped(fine, SHARES, 4)
    assert members(found) == {name: name for name in "abcd"}
    pd.testing.assert_frame_equal(buckets, SHARES)
    key = ["bucket", "band_ms", "layout"]
    expected = fine.rates.sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(
        found.rates.sort_values(key, ignore_index=True), expected, check_dtype=False
    )


def test_layout_that_cannot_serve_one_bucket_cannot_serve_the_group() -> None:
    rates = {("a", "x"): 1.0, ("a", "y"): 2.0, ("b", "x"): 1.0, ("b", "y"): 0.0}
    found, _ = grouped(tables(rates), buckets_of(a=0.7, b=0.3), 1)
    assert found.rates["layout"].tolist() == ["x"]
    assert found.layouts["layout"].tolist() == ["x"]
    assert found.refused[["bucket", "accelerator", "reason"]].to_numpy().tolist() == [
        ["a", "card-y", "b: why b"]
    ]


def test_merge_that_leaves_no_layout_is_never_made() -> None:
    rates = {("a", "x"): 1.0, ("a", "y"): 0.0, ("b", "x"): 0.0, ("b", "y"): 1.0}
    found, _ = grouped(tables(rates), buckets_of(a=0.5, b=0.5), 1)
    assert members(found) == {"a": "a", "b": "b"}


def test_bucket_that_only_one_band_serves_keeps_it() -> None:
    near, far = tables({("a", "x"): 1.0, ("b", "x"): 1.0}), tables({("b", "x"): 1.0}, (50.0,))
    both = ServingTables(near.layouts, pd.concat([near.rates, far.rates]), near.refused, near.groups)
    found, _ = grouped(both, buckets_of(a=0.5, b=0.5), 1)
    # Merged, b would lose its 50 ms band, which a cannot keep.
    assert members(found) == {"a": "a", "b": "b"}


def test_buckets_nothing_serves_stay_apart_and_do_not_count() -> None:
    rates = TWO_KINDS | {("e", "x"): 0.0, ("e", "y"): 0.0}
    found, _ = grouped(tables(rates), buckets_of(a=0.1, b=0.3, c=0.3, d=0.2, e=0.1), 2)
    assert members(found)["e"] == "e"
    assert len(set(members(found).values())) == 3
    assert set(found.refused["bucket"]) == {"e"}


def test_one_layout_per_bucket_says_that_no_one_serves_all() -> None:
    # Card 1 has two layouts, each good for one bucket: together they serve both, but neither the group.
    fine = tables(
        {("a", "x"): 1.0, ("b", "x"): 0.0, ("a", "y"): 0.0, ("b", "y"): 1.0, ("a", "z"): 1.0, ("b", "z"): 1.0}
    )
    one_card = fine.layouts.assign(accelerator=["card-1", "card-1", "card-z"])
    found, _ = grouped(
        ServingTables(one_card, fine.rates, fine.refused[:0], fine.groups), buckets_of(a=0.5, b=0.5), 1
    )
    assert found.rates["layout"].tolist() == ["z"]
    (row,) = found.refused.to_dict("records")
    assert row["accelerator"] == "card-1"
    assert row["reason"] == "no one layout of this card serves all lengths of the group"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0]), min_size=3, max_size=3), min_size=1, max_size=9),
       st.integers(1, 4))  # fmt: skip
def test_no_bucket_loses_its_last_layout(table: list[list[float]], most: int) -> None:
    names = [f"b{i}" for i in range(len(table))]
    rates = {(names[i], f"l{j}"): rate for i, row in enumerate(table) for j, rate in enumerate(row)}
    shares = buckets_of(**dict.fromkeys(names, 1 / len(names)))
    found, buckets = grouped(tables(rates), shares, most)
    group = members(found)
    served = {name for i, name in enumerate(names) if any(table[i])}
    assert {group[name] for name in served} == set(found.rates["bucket"])
    assert all(group[name] == name for name in set(names) - served)
    assert buckets["share"].sum() == pytest.approx(1.0)
    for row in found.rates.to_dict("records"):
        mine = [name for name in names if group[name] == row["bucket"]]
        times = [1 / rates[name, row["layout"]] for name in mine]
        assert row["requests_per_s"] == pytest.approx(1 / np.mean(times))
