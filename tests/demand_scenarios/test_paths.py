"""Drawn paths: their spread, correlation and events are those that were asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from planner.demand.scenarios import Setup, draw_paths, market_paths
from planner.demand.scenarios.parameters import Spread, event_rows, fan_of_quantiles, spreads_of
from planner.errors import InputError

PERIODS = tuple(f"2027-{month:02d}" for month in range(1, 13))
MANY = 20_000


def series(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame([(w, r, "agent" if w == "code" else "chat") for w, r in pairs],
                        columns=["workload", "region", "service_class"])  # fmt: skip


def events(*rows: dict[str, object]) -> pd.DataFrame:
    names = ["event", "probability", "what", *{name for row in rows for name in row}]
    table = pd.DataFrame([{"event": "e", "probability": 1.0, "what": "demand", **row} for row in rows],
                         columns=list(dict.fromkeys(names)))  # fmt: skip
    return event_rows(table)


def setup(growth: float = 0.0, shock: float = 0.0, *rows: dict[str, object]) -> Setup:
    pairs = series(("chat", "east"), ("chat", "north"), ("code", "east"), ("code", "north"))
    return Setup(PERIODS, 1, pairs, [Spread(growth, shock)] * 4, events(*rows), 0.6, 0.8)


def test_the_fan_has_the_stated_variance_and_median() -> None:
    """Month 11 after the first: (0.03 * 11)^2 + 11 * 0.1^2; the first period is known."""
    logs = np.log(draw_paths(setup(0.03, 0.1), MANY, 1).demand)
    assert np.abs(logs[:, :, 0]).max() == 0.0
    assert logs[:, 0, 11].std() == pytest.approx(np.sqrt((0.03 * 11) ** 2 + 11 * 0.01), rel=0.02)
    assert np.median(logs[:, 2, 11]) == pytest.approx(0.0, abs=0.02)


def test_the_mean_can_be_the_forecast() -> None:
    demand = draw_paths(replace(setup(0.03, 0.1), center="mean"), MANY, 1).demand
    assert demand.mean(axis=0) == pytest.approx(np.ones((4, 12)), abs=0.02)


def test_series_move_together_as_asked() -> None:
    """0.6 across workloads, 0.8 across regions, 0.48 across both: for growth and for shocks."""
    for spread in ((0.05, 0.0), (0.0, 0.1)):
        logs = np.log(draw_paths(setup(*spread), MANY, 2).demand[:, :, 6])
        found = np.corrcoef(logs.T)
        assert found[0, 1] == pytest.approx(0.8, abs=0.02)
        assert found[0, 2] == pytest.approx(0.6, abs=0.02)
        assert found[0, 3] == pytest.approx(0.48, abs=0.02)


@pytest.mark.parametrize(("rho", "published"), [(0.0, 1.22), (0.3, 1.13), (0.6, 1.06), (1.0, 1.00)])
def test_bands_of_classes_add_up_as_in_the_reference(rho: float, published: float) -> None:
    """Section 5: the sum of four classes' p90s over the p90 of their total in month 12, default spreads."""
    four = series(*((name, "") for name in "abcd"))
    one = Setup((*PERIODS, "2028-01"), 1, four, [Spread(0.03, 0.1)] * 4, events(), rho, 1.0)
    month = draw_paths(one, MANY, 3).demand[:, :, 12]
    ratio = np.quantile(month, 0.9, axis=0).sum() / np.quantile(month.sum(axis=1), 0.9)
    assert ratio == pytest.approx(published, abs=0.03)


def test_a_seed_gives_the_same_paths() -> None:
    first, again, other = (draw_paths(setup(0.03, 0.1), 100, seed).demand for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


def test_a_jump_ramps_up_lasts_and_hits_its_class_only() -> None:
    jump = {"factor": 4.0, "earliest": "2027-03", "latest": "2027-03", "ramp_months": 2.0, "lasts_months": 3.0,
            "service_class": "agent"}  # fmt: skip
    demand = draw_paths(setup(0.0, 0.0, jump), 10, 1).demand
    assert demand[0, 0] == pytest.approx(np.ones(12))
    assert demand[0, 2] == pytest.approx([1, 1, 2, 4, 4, 1, 1, 1, 1, 1, 1, 1])  # halfway in logs is the root


def test_events_happen_as_often_and_when_they_may() -> None:
    happening = {"probability": 0.3, "factor": 2.0, "earliest": "2027-04", "latest": "2027-07"}
    paths = draw_paths(setup(0.0, 0.0, happening), MANY, 4)
    assert paths.happens("e").mean() == pytest.approx(0.3, abs=0.01)
    begun = paths.starts[paths.happens("e"), 0]
    assert np.bincount(begun, minlength=12)[3:7] / len(begun) == pytest.approx([0.25] * 4, abs=0.02)
    assert set(begun) == {3, 4, 5, 6}


def test_an_event_that_needs_another_follows_it() -> None:
    rows = (
        {"event": "quota", "probability": 0.5, "needs": "ban", "what": "supply", "factor": 0.5},
        {"event": "ban", "probability": 0.2, "what": "permit", "factor": 0.0, "origin": "imported"},
    )
    paths = draw_paths(setup(0.0, 0.0, *rows), MANY, 5)
    quota, ban = paths.happens("quota"), paths.happens("ban")
    assert not (quota & ~ban).any()
    assert quota[ban].mean() == pytest.approx(0.5, abs=0.02)
    at = {name: paths.starts[:, paths.events.index(name)] for name in ("quota", "ban")}
    assert (at["quota"][quota] >= at["ban"][quota]).all()


def test_the_market_of_every_path() -> None:
    """One path: a ban of imports in March, deliveries two months later from April for two months, prices and quotas."""
    fixed = {"latest": "2027-03", "earliest": "2027-03"}
    rows = (
        {"event": "ban", "what": "permit", "factor": 0.0, "origin": "imported", **fixed},
        {"event": "late", "what": "lead_time", "months": 2.0, "earliest": "2027-04", "latest": "2027-04",
         "lasts_months": 2.0},
        {"event": "dear", "what": "price", "factor": 1.5, "offer": "a", **fixed},
        {"event": "short", "what": "supply", "factor": 0.5, "limit": "l1", **fixed},
    )  # fmt: skip
    paths = draw_paths(setup(0.0, 0.0, *rows), 5, 1)
    offers = pd.DataFrame({"offer": ["a", "b"], "accelerator": ["x", "y"], "vendor": ["v", "w"],
                           "origin": ["domestic", "imported"]})  # fmt: skip
    market = market_paths(paths, offers, ["l1", "l2"])
    assert market.closed[0].sum(axis=1).tolist() == [0, 10]
    assert market.closed[0, 1, 2:].all()
    assert market.delay_months[0, 0].tolist() == [0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0]
    assert market.price_factor[0, :, 2].tolist() == [1.5, 1.0]
    assert market.quota_factor[0, :, 2].tolist() == [0.5, 1.0]
    assert market.quota_factor[0, :, 1].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"needs": "x"}, "another event"),
        ({"needs": "e", "factor": 2.0}, "circle"),
        ({"earliest": "2029-01", "factor": 2.0}, "'2029-01'"),
        ({"factor": None}, "factor: blank"),
        ({"what": "lead_time"}, "months: blank"),
    ],
)
def test_events_that_cannot_be_are_told(row: dict[str, object], found: str) -> None:
    with pytest.raises(InputError, match=found):
        draw_paths(setup(0.0, 0.0, row), 10, 1)


def test_a_fan_spreads_as_given_quantiles_do() -> None:
    months = np.arange(1, 13)
    sd = np.sqrt((0.04 * months) ** 2 + 0.12**2 * months)
    rows = pd.DataFrame({"period": PERIODS, "region": "all", "workload": "chat", "p50": 1.0, "metric": "volume_per_day",
                         "p10": np.exp(-1.2815515655 * sd), "p90": np.exp(1.2815515655 * sd)})  # fmt: skip
    fan = fan_of_quantiles(rows)
    assert fan["growth_sd_per_month"].iloc[0] == pytest.approx(0.04)
    assert fan["shock_sd_per_month"].iloc[0] == pytest.approx(0.12)
    assert fan["region"].tolist() == ["*"]
    with pytest.raises(InputError, match="p10: 0"):
        fan_of_quantiles(rows.assign(p10=0.0))


def test_the_nearest_row_of_a_fan_counts() -> None:
    columns = ["workload", "region", "growth_sd_per_month", "shock_sd_per_month"]
    fan = pd.DataFrame(
        [("chat", "east", 0.1, 0.2), ("chat", "*", 0.3, 0.4), ("*", "*", 0.5, 0.6)], columns=columns
    )
    pairs = series(("chat", "east"), ("chat", "north"), ("code", "east"))
    assert [spread.growth_sd for spread in spreads_of(pairs, fan)] == [0.1, 0.3, 0.5]
    assert [spread.growth_sd for spread in spreads_of(pairs, None)] == [0.03] * 3
    both = pd.concat([fan, pd.DataFrame([("chat", "north", 0.2, 0.2)], columns=columns)])
    assert spreads_of(series(("chat", "")), both)[0].growth_sd == pytest.approx(
        0.15
    )  # of its regions, the mean


def test_later_months_never_spread_less() -> None:
    width = np.log(draw_paths(setup(0.03, 0.1), MANY, 6).demand).std(axis=0)
    assert all((later >= earlier).all() for earlier, later in pairwise(width.T))
