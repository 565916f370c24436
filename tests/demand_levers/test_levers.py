"""Levers by hand, their order, and that none ever makes more work."""

from __future__ import annotations

import itertools
import json
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.demand.levers import ORDER, applied, strength, token_totals
from planner.demand.levers.apply import check_levers
from planner.demand.levers.store import TRACE_TOKENS_PER_S, share_of_best
from planner.demand.levers.tables import KINDS, lever_rows
from planner.errors import InputError

TRACE = Path(__file__).resolve().parents[3] / "shared" / "data" / "traces" / "mooncake_conversation.jsonl"
WORK = pd.DataFrame(
    {
        "workload": ["chat", "chat", "code"],
        "bucket": ["short", "long", "long"],
        "region": "east",
        "requests_per_day": [1e6, 1e5, 2e5],
        "mean_in": [1000.0, 20_000.0, 30_000.0],
        "mean_cached_in": [0.0, 5000.0, 27_000.0],
        "mean_out": [200.0, 400.0, 300.0],
    }
)


def lever(kind: str, saves: float = 0.5, **fields: object) -> pd.DataFrame:
    return lever_rows(pd.DataFrame([{"lever": kind, "kind": kind, "saves_share": saves, **fields}]))


def after(*levers: pd.DataFrame, used: float = 1.0) -> pd.DataFrame:
    table = pd.concat(levers, ignore_index=True)
    return applied(WORK, table, dict.fromkeys(table["lever"], used))


def test_a_response_cache_takes_requests() -> None:
    work = after(lever("response_cache", 0.2, workload="chat"), used=0.5)
    assert work["requests_per_day"].tolist() == pytest.approx([0.9e6, 0.9e5, 2e5])


def test_shorter_prompts_shrink_cached_and_new_input_alike() -> None:
    work = after(lever("shorter_prompts", 0.3))
    assert work["mean_in"].tolist() == pytest.approx([700, 14_000, 21_000])
    assert work["mean_cached_in"].tolist() == pytest.approx([0, 3500, 18_900])


def test_compaction_takes_history_that_was_cached() -> None:
    """Half of what lies above 10,000: nothing, 5,000, 10,000 tokens; all of them were in the cache."""
    work = after(lever("context_compaction", 0.5, above_tokens=10_000.0))
    assert work["mean_in"].tolist() == pytest.approx([1000, 15_000, 20_000])
    assert work["mean_cached_in"].tolist() == pytest.approx([0, 0, 17_000])
    before, now = token_totals(WORK), token_totals(work)
    assert now["compute_input_mtok_per_day"] == pytest.approx(before["compute_input_mtok_per_day"])
    assert now["input_mtok_per_day"] < before["input_mtok_per_day"]


def test_a_prefix_cache_cuts_computed_tokens_alone() -> None:
    work = after(lever("prefix_cache", 0.6))
    assert work["mean_cached_in"].tolist() == pytest.approx(
        [600, 12_000, 27_000]
    )  # the last had more already
    assert token_totals(work)["input_mtok_per_day"] == token_totals(WORK)["input_mtok_per_day"]


def test_a_smaller_store_finds_less() -> None:
    """A store that looks back as far as one of 5.1 million tokens on the trace finds 21.5 / 37.4 of the best."""
    tokens_per_s = (1e6 * 1000 + 1e5 * 20_000) / 86_400
    store = 5.12e6 / TRACE_TOKENS_PER_S * tokens_per_s / 1e6
    work = after(lever("prefix_cache", 0.6, workload="chat", store_mtokens=store))
    assert work.loc[0, "mean_cached_in"] == pytest.approx(1000 * 0.6 * 21.5 / 37.4, rel=0.01)
    assert work.loc[2, "mean_cached_in"] == 27_000


def test_shorter_outputs() -> None:
    assert after(lever("shorter_outputs", 0.25))["mean_out"].tolist() == pytest.approx([150, 300, 225])


def test_a_smaller_model_takes_requests_with_their_lengths() -> None:
    work = after(lever("smaller_model", 0.5, workload="code", to_workload="chat"))
    totals, before = token_totals(work), token_totals(WORK)
    assert totals == pytest.approx(before)
    moved = work[work["bucket"] == "long/code"].iloc[0]
    assert (moved["workload"], moved["requests_per_day"], moved["mean_in"]) == ("chat", 1e5, 30_000.0)


def test_the_order_is_stated_and_does_not_hang_on_the_rows() -> None:
    assert ORDER == ("response_cache", "shorter_prompts", "context_compaction", "prefix_cache", "shorter_outputs",
                     "smaller_model")  # fmt: skip
    levers = [
        lever("shorter_prompts", 0.5),
        lever("prefix_cache", 0.6),
        lever("context_compaction", 0.5, above_tokens=4e3),
    ]
    tables = [after(*order) for order in itertools.permutations(levers)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    # prompts first: 20,000 -> 10,000; then half above 4,000: 7,000; then the cache: 60 % of that
    assert tables[0].loc[1, "mean_in"] == pytest.approx(7000)
    assert tables[0].loc[1, "mean_cached_in"] == pytest.approx(4200)


@pytest.mark.parametrize(
    ("period", "used"),
    [("2027-01", 0.0), ("2027-02", 0.2), ("2027-03", 0.4), ("2027-04", 0.6), ("2027-06", 0.6)],
)
def test_adoption_ramps(period: str, used: float) -> None:
    periods = tuple(f"2027-{month:02d}" for month in range(1, 7))
    row = lever("response_cache", adoption_share=0.6, from_period="2027-02", ramp_months=3.0).to_dict(
        "records"
    )[0]
    assert strength(row, periods, period, 1) == pytest.approx(used)


SAVING = st.builds(
    lambda kind, saves, above, store: lever(kind, saves, above_tokens=above, store_mtokens=store),
    st.sampled_from([kind for kind in KINDS if kind != "smaller_model"]),
    st.floats(0, 1),
    st.floats(0, 40_000),
    st.one_of(st.none(), st.floats(0.001, 1e5)),
)
TOKENS = ("requests_per_day", "input_mtok_per_day", "compute_input_mtok_per_day", "output_mtok_per_day")


@settings(deadline=None, max_examples=25)
@given(SAVING, st.floats(0, 1), st.floats(0, 1))
def test_more_of_a_lever_never_makes_more_tokens(one: pd.DataFrame, low: float, high: float) -> None:
    low, high = sorted((low, high))
    less, more = (token_totals(after(one, used=used)) for used in (low, high))
    for name in TOKENS:
        assert more[name] <= less[name] * (1 + 1e-9), name
        assert less[name] <= token_totals(WORK)[name] * (1 + 1e-9), name


@settings(deadline=None, max_examples=12)
@given(st.lists(SAVING, min_size=2, max_size=5, unique_by=lambda one: one["kind"].iloc[0]))
def test_together_they_save_no_less_than_the_best_and_no_more_than_their_sum(
    levers: list[pd.DataFrame],
) -> None:
    before, together = token_totals(WORK), token_totals(after(*levers))
    for name in ("requests_per_day", "input_mtok_per_day", "output_mtok_per_day"):
        alone = [before[name] - token_totals(after(one))[name] for one in levers]
        saved = before[name] - together[name]
        assert saved >= max(alone) * (1 - 1e-9) - 1e-9, name
        assert saved <= sum(alone) * (1 + 1e-9) + 1e-9, name
    work = after(*levers)
    assert (work["mean_cached_in"] <= work["mean_in"] * (1 + 1e-12)).all()
    assert (work[["mean_in", "mean_out"]] > 0).all(axis=None)


@settings(deadline=None, max_examples=50)
@given(st.floats(1e3, 1e9), st.floats(1.0, 10.0), st.floats(1.0, 1e6), st.floats(1, 64))
def test_a_larger_store_finds_no_less_and_more_stores_no_more(
    store: float, times: float, rate: float, stores: float
) -> None:
    assert share_of_best(store * times, rate) >= share_of_best(store, rate)
    assert share_of_best(store, rate, stores) <= share_of_best(store, rate) * (1 + 1e-9)
    assert 0.0 <= share_of_best(store, rate) <= 1.0


@pytest.mark.parametrize(("stores", "found"), [(1, 0.37), (4, 0.20), (16, 0.10)])
def test_spreading_over_replicas_finds_what_the_reference_counted(stores: float, found: float) -> None:
    assert 0.37 * share_of_best(np.inf, 1.0, stores) == pytest.approx(found, abs=0.01)


@pytest.mark.parametrize("blocks", [2000, 7000, 20_000])
def test_the_curve_of_the_store_holds_between_its_points(blocks: int) -> None:
    """Stores of other sizes on the trace itself, least recently used out: within a point and a half of a hundred."""
    if not TRACE.is_file():
        pytest.skip("the traces are not on this machine")
    store: OrderedDict[int, None] = OrderedDict()
    hits = total = 0
    for line in TRACE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        leading = list(itertools.takewhile(store.__contains__, row["hash_ids"]))
        hits += min(512 * len(leading), row["input_length"])
        total += row["input_length"]
        for block in row["hash_ids"]:
            store[block] = None
            store.move_to_end(block)
        while len(store) > blocks:
            store.popitem(last=False)
    assert share_of_best(512 * blocks, TRACE_TOKENS_PER_S) * 0.3736 == pytest.approx(hits / total, abs=0.015)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"workload": "chta"}, "Nearest: 'chat'"),
        ({"to_workload": "chat"}, "for smaller_model, and for nothing else"),
        ({"from_period": "2030-01"}, "a period from"),
    ],
)
def test_levers_that_do_not_fit_are_told(fields: dict[str, object], found: str) -> None:
    with pytest.raises(InputError, match=found):
        check_levers(lever("response_cache", **fields), {"chat", "code"}, ("2027-01",), "levers.csv")
