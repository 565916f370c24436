"""The verdict on a plan: promises, predictions, shortages, failures."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_plan import FAST, NODE, SLOW, TIMERS, plan

from planner.errors import InputError
from planner.inputs.request_traces import RequestTrace
from planner.simulation import (
    Question,
    Verification,
    combined,
    parsed_failure,
    tighten_factors,
    tightened,
    verify,
)
from planner.simulation.failure import after_failure
from planner.simulation.promises import weighted_percentile
from planner.simulation.render import render_verification, verification_json
from planner.simulation.streams import pools_of

SHORT = Question(minutes=2)


def row(found: Verification, workload: str) -> dict[str, float]:
    (only,) = found.workloads[found.workloads["workload"] == workload].to_dict("records")
    return {str(name): value for name, value in only.items()}


def test_a_plan_with_room_is_verified() -> None:
    """20 tokens of 10 ms and a prompt in one step: TPOT is 10 ms to the digit; TTFT is within two steps and the
    network of 40, 10 or 20 ms."""
    found = verify(plan(), TIMERS, SHORT)
    chat = row(found, "chat")
    assert found.node == NODE
    assert found.verified
    assert chat["verdict"] == "kept"
    assert chat["attainment"] == 1.0
    assert chat["tpot_p50_ms"] == pytest.approx(10.0)
    assert chat["tpot_p99_ms"] == pytest.approx(10.0)
    assert 50.0 <= chat["ttft_p50_ms"] <= chat["ttft_p99_ms"] <= 60.0 + 1e-9
    assert chat["predicted_ttft_ms"] == pytest.approx(450.0)
    assert row(found, "batch")["attainment"] == 1.0  # no promise is always kept


def test_the_peak_period_is_found_and_others_can_be_asked_for() -> None:
    found = verify(plan(), TIMERS, Question(node="2027-02", minutes=1))
    assert found.node == "2027-02"
    assert found.workloads["workload"].tolist() == ["batch"]
    with pytest.raises(InputError, match="2027-09"):
        verify(plan(), TIMERS, Question(node="2027-09"))


def test_fractions_are_rounded_up_and_it_is_said() -> None:
    found = verify(plan(), TIMERS, SHORT)
    west = found.pools[(found.pools["site"] == "west") & (found.pools["layout"] == "fast")].iloc[0]
    assert (west["planned_replicas"], west["replicas"]) == (1.5, 2)
    assert any("rounded up in 1 pools" in note for note in found.notes)


def test_a_short_workload_names_the_pool_and_the_cards() -> None:
    """A replica has 8 places of about 0.2 s: 39 requests/s at most, so 150 need four, and the queue of three grows."""
    found = verify(plan(chat_east=150.0), TIMERS, SHORT)
    assert not found.verified
    assert row(found, "chat")["verdict"] == "short"
    (shortage,) = found.shortages
    assert (shortage.pool.site, shortage.pool.layout, shortage.workloads) == ("east", "fast", ("chat",))
    assert shortage.helped
    assert 1 <= shortage.more_replicas <= 2
    assert shortage.more_cards == 2 * shortage.more_replicas
    factors = tighten_factors(found)
    # The table asks for 150 / 30 = 5 replicas, more than will do, so its rates need no tightening but the margin.
    assert factors.to_dict("records") == [
        {"workload": "chat", "layout": "fast", "factor": pytest.approx(0.98)}
    ]
    more = verify(plan(chat_east=150.0, east=3.0 + shortage.more_replicas), TIMERS, SHORT)
    assert row(more, "chat")["verdict"] == "kept"


def test_a_pool_that_falls_behind_is_named() -> None:
    """Batch has no promise, but one slow replica of 8 places and 0.6 s each takes 13 requests/s, not 20: a third of
    what comes stays, and first tokens come later than the table said."""
    crowded = plan()
    load = crowded.tables["load"].replace({"requests_per_s": {4.0: 20.0}})
    found = verify(
        replace(crowded, tables={**crowded.tables, "load": load}), TIMERS, replace(SHORT, search=False)
    )
    slow = found.pools[found.pools["layout"] == "slow"].iloc[0]
    assert slow["growth_share"] == pytest.approx(1 / 3, abs=0.06)
    assert row(found, "batch")["attainment"] == 1.0
    assert row(found, "batch")["verdict"] == "slower than predicted"
    assert any("slow at west falls behind" in note for note in found.notes)
    assert (found.pools.loc[found.pools["layout"] == "fast", "growth_share"] < 0.01).all()


def test_a_layout_that_is_too_slow_is_not_helped_by_cards() -> None:
    found = verify(plan(chat_east=30.0), {"fast": SLOW, "slow": SLOW}, Question(minutes=1))
    assert row(found, "chat")["attainment"] < 0.2
    assert {shortage.helped for shortage in found.shortages} == {False}
    factors = tighten_factors(found)
    assert factors["factor"].tolist() == [0.0]
    rates = plan().given["rates"]
    assert set(tightened(rates, factors)["layout"]) == {"slow"}
    assert "do not help" in render_verification(found)


def test_factors_multiply() -> None:
    columns = ["workload", "layout", "factor"]
    first = pd.DataFrame([("a", "x", 0.9), ("b", "x", 0.5)], columns=columns)
    second = pd.DataFrame([("a", "x", 0.8)], columns=columns)
    both = combined(first, second).set_index("workload")["factor"]
    assert both["a"] == pytest.approx(0.72)
    assert both["b"] == 0.5


def test_a_replay_slower_than_predicted_does_not_verify() -> None:
    """Every promise is kept, but the table had said 0.1 ms and a network band of 50: the interval ends at 50.15."""
    found = verify(plan(predicted_ttft_ms=0.1), TIMERS, SHORT)
    chat = row(found, "chat")
    assert chat["attainment"] == 1.0
    assert chat["verdict"] == "slower than predicted"
    assert not found.verified


def test_rates_that_were_given_are_not_replayed() -> None:
    found = verify(plan(), {"fast": FAST}, SHORT)
    assert row(found, "batch")["verdict"] == "not replayed"
    assert any("slow" in note and "no step times" in note for note in found.notes)
    assert found.verified
    none = verify(plan(), {}, SHORT)
    assert not none.verified
    assert set(none.workloads["verdict"]) == {"not replayed"}
    assert "NOT VERIFIED" in render_verification(none)


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    first, again, other = (verify(plan(), TIMERS, Question(minutes=1, seed=seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.workloads, again.workloads)
    pd.testing.assert_frame_equal(first.pools, again.pools)
    assert not first.workloads.equals(other.workloads)


def test_a_trace_is_replayed_and_its_lengths_compared() -> None:
    times = np.cumsum(np.random.default_rng(0).exponential(0.5, 2000))
    trace = RequestTrace("mine.csv", tuple(times.tolist()), (90,) * 2000, None, (20,) * 2000, 3)
    found = verify(plan(), TIMERS, Question(minutes=2, traces={"chat": trace}))
    assert row(found, "chat")["attainment"] == 1.0
    assert any("2,000 requests of mine.csv" in note for note in found.notes)
    assert any("90 input tokens" in note for note in found.notes)
    assert any("3 rows" in note for note in found.notes)
    with pytest.raises(InputError, match="no workload 'chta'"):
        verify(plan(), TIMERS, Question(minutes=2, traces={"chta": trace}))


def test_means_without_a_spread_are_said() -> None:
    bare = plan()
    bare = replace(bare, given={name: frame for name, frame in bare.given.items() if name != "lengths"})
    assert any("flatters the tails" in note for note in verify(bare, TIMERS, SHORT).notes)


def test_a_lost_site_moves_its_regions() -> None:
    """West lost: north goes to east whole (60 + 10); south has no route to east and 20 chat, 4 batch are lost."""
    whole = plan()
    pools = pools_of(whole.tables, whole.given, NODE)
    left, lost = after_failure(pools, parsed_failure("site:west"), whole.tables, whole.given, NODE)
    assert [(pool.site, pool.replicas, pool.requests_per_s) for pool in left] == [
        ("east", 3, pytest.approx(70.0))
    ]
    assert lost == {"chat": pytest.approx(20.0), "batch": pytest.approx(4.0)}
    found = verify(whole, TIMERS, replace(SHORT, failure=parsed_failure("site:west")))
    assert row(found, "chat")["attainment"] == pytest.approx(70 / 90, abs=0.01)
    assert row(found, "batch")["attainment"] == 0.0
    assert not found.verified


def test_lost_servers_are_made_good_by_free_cards_first() -> None:
    """East has 8 ants, 6 under replicas. One server of 2 is free: nothing changes. Two servers: one replica of three
    goes, and north's chat is split anew by what is left: 60 * 2/3 to 10 * 1, of 70."""
    whole = plan()
    pools = pools_of(whole.tables, whole.given, NODE)
    one, _ = after_failure(pools, parsed_failure("servers:east:ant:1"), whole.tables, whole.given, NODE)
    assert [(pool.site, pool.replicas) for pool in one] == [(pool.site, pool.replicas) for pool in pools]
    two, lost = after_failure(pools, parsed_failure("servers:east:ant:2"), whole.tables, whole.given, NODE)
    east = next(pool for pool in two if pool.site == "east")
    assert (east.replicas, lost) == (2, {})
    assert east.requests_per_s == pytest.approx(70.0 * 40.0 / 50.0)
    assert sum(pool.requests_per_s for pool in two) == pytest.approx(94.0)


@pytest.mark.parametrize(
    "failure", ["servers:east:ant:2", "servers:west:ant:1", "servers:east:ant:4", "site:east"]
)
def test_a_failure_never_improves_attainment(failure: str) -> None:
    tight = plan(chat_east=105.0, chat_west=60.0, west=2.0)
    whole = verify(tight, TIMERS, replace(SHORT, search=False))
    failed = verify(tight, TIMERS, replace(SHORT, search=False, failure=parsed_failure(failure)))
    for workload in ("chat", "batch"):
        assert row(failed, workload)["attainment"] <= row(whole, workload)["attainment"] + 1e-9


@pytest.mark.parametrize(
    "text", ["site", "site:", "servers:east:ant", "servers:east:ant:0", "rack:east:1", "site:north"]
)
def test_a_failure_that_is_none_is_said(text: str) -> None:
    whole = plan()
    with pytest.raises(InputError):
        verify(whole, TIMERS, replace(SHORT, failure=parsed_failure(text)))


def test_percentiles_count_by_weight() -> None:
    values, weights = np.array([5.0, 1.0, 3.0, np.nan]), np.array([1.0, 98.0, 1.0, 50.0])
    assert [weighted_percentile(values, weights, p) for p in (50, 98, 99, 100)] == [1.0, 1.0, 3.0, 5.0]


def test_the_page_and_the_json_say_the_same() -> None:
    found = verify(plan(chat_east=150.0), TIMERS, SHORT)
    page, data = render_verification(found), verification_json(found)
    assert page.startswith("NOT VERIFIED: peak window of 2027-01, 2 minutes")
    assert "no promise" in page
    assert f"{found.shortages[0].more_cards} ant" in page
    assert json.loads(json.dumps(data, allow_nan=False))["verified"] is False
    assert data["shortages"][0]["more_cards"] == found.shortages[0].more_cards
