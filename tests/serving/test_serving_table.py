"""The table as a whole: modelled and given rates, refusals, dominated layouts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from serving_world import (
    BARE,
    GIGAFLOP,
    PAPER_MODEL,
    SHIPPED,
    bucket_table,
    card,
    case_of,
    catalogue_card,
    catalogue_llm,
    layout,
    llm,
)

from planner.inputs import Case, Unplannable
from planner.serving.asks import asks_of
from planner.serving.effects import Calibration
from planner.serving.hardware import hardware_of
from planner.serving.model import PESSIMISTIC, ServingModel
from planner.serving.modelled import answers_of, useful_layouts
from planner.serving.reasons import explain_refusal
from planner.serving.serving_table import serving_tables

CHAT: dict[str, Any] = {
    "workload": "chat", "llm": "paper-llm", "max_ttft_ms": 5000.0, "max_tpot_ms": 50.0, "burst_z": 1.0,
    "promise_quantile": 0.5,
}  # fmt: skip
BUCKETS = bucket_table(("chat", "in256-out64", 0.6, 100, 0, 50), ("chat", "in512-out64", 0.4, 300, 0, 50))
FAST = card("fast", memory_bandwidth_gb_per_s=10.0, bf16_tflops=100 * GIGAFLOP)


def refused(case: Case, buckets: pd.DataFrame = BUCKETS, bands: tuple[float, ...] = (0.0,)) -> pd.DataFrame:
    return serving_tables(case, buckets, bands, PAPER_MODEL).refused


def the_reason(case: Case, buckets: pd.DataFrame = BUCKETS) -> str:
    (reason,) = set(refused(case, buckets)["reason"])
    return str(reason)


def test_columns_are_those_of_the_contract() -> None:
    tables = serving_tables(case_of([FAST], [llm()], [CHAT]), BUCKETS, [0.0], PAPER_MODEL)
    assert list(tables.layouts) == [
        "layout", "llm", "accelerator", "precision", "tensor_parallel", "cards_per_replica", "servers_per_replica",
        "role", "basis", "cache_bytes_per_token",
    ]  # fmt: skip
    assert list(tables.rates) == [
        "workload", "bucket", "band_ms", "layout", "requests_per_s", "running_requests", "ttft_ms", "tpot_ms"
    ]  # fmt: skip
    assert list(tables.refused) == [
        "workload", "bucket", "band_ms", "accelerator", "layout", "reason", "promise", "limit", "nearest"
    ]  # fmt: skip
    assert tables.layouts.to_dict("records") == [
        {
            "layout": "paper-llm/fast/bf16/tp1", "llm": "paper-llm", "accelerator": "fast", "precision": "bf16",
            "tensor_parallel": 1, "cards_per_replica": 1, "servers_per_replica": 1, "role": "whole",
            "basis": "modelled", "cache_bytes_per_token": 0.0,
        }
    ]  # fmt: skip
    assert tables.groups["group"].tolist() == tables.groups["bucket"].tolist()
    assert tables.refused.empty


def test_every_pair_is_answered_once() -> None:
    # Whatever a card can or cannot do, each bucket and band has either a rate or one reason.
    cards = [FAST, card("slow"), card("bare", memory_gib=0.0)]
    tables = serving_tables(case_of(cards, [llm()], [CHAT]), BUCKETS, [0.0, 4900.0], PAPER_MODEL)
    key = ["workload", "bucket", "band_ms", "accelerator"]
    served = tables.rates.merge(tables.layouts, on="layout")[key].drop_duplicates()
    answered = pd.concat([served, tables.refused[key]])
    assert len(answered) == len(answered.drop_duplicates()) == 2 * 2 * 3


def test_reasons_in_words() -> None:
    def with_card(**figures: float) -> Case:
        return case_of([card("c", **figures)], [llm()], [CHAT])

    assert the_reason(with_card(memory_gib=0.01)) == "weights do not fit: needs 0 GiB in bf16, has 0 GiB on 1 card" + (
        " (its interconnect is not known, so no layout has more)"
    )  # fmt: skip
    room = (18e6 + 1e5) / 2**30
    assert the_reason(with_card(memory_gib=room)).startswith(
        "no KV room for one request: 0.0 GiB against 0.0 GiB"
    )
    assert the_reason(with_card(memory_bandwidth_gb_per_s=0.1), BUCKETS[:1]).startswith("time per token: 16")
    assert the_reason(with_card(bf16_tflops=0)) == (
        "missing figure: bf16_tflops, fp8_tflops or int8_tops; give it in accelerators.yaml"
    )
    short = case_of([FAST], [llm(context_tokens=120)], [CHAT])
    assert the_reason(short, BUCKETS[:1]) == "too long: 150 tokens in and out against a context of 120"
    wanted = case_of([FAST], [llm()], [CHAT | {"precisions": ("fp8",)}])
    assert the_reason(wanted) == "precision not allowed: the workload takes fp8; this card and llm can bf16"
    hurried = case_of([FAST], [llm()], [CHAT | {"max_ttft_ms": 1.0}])
    assert the_reason(hurried, BUCKETS[:1]).startswith("time to first token: ")
    lacking = case_of([FAST], [llm()], [CHAT], unplannable=(Unplannable("x", ("memory_gib",), ("offers",)),))
    (row,) = refused(lacking, BUCKETS[:1]).to_dict("records")
    assert explain_refusal(row) == (
        "x cannot serve chat in256-out64 at 0 ms of network: missing figure: memory_gib; give it in accelerators.yaml."
    )


def test_nearest_miss_has_its_numbers() -> None:
    # Idle, median: half a step, and the step that carries the prompt. A step reads 16e6 bytes at 10 GB/s and
    # multiplies 16e6 flop at 1e11/s: (1.6^3 + 0.16^3)^(1/3) = 1.6005 ms. Answers spread by 0.3: a decoding
    # request attends to 100 + 50 x 1.09 / 2 = 127.25 tokens, 0.0509 ms of cache. With 100 tokens of prompt:
    # (1.6^3 + 16.16^3)^(1/3) = 16.1652 ms, attention 100 x 50 x 4,000 flop = 0.2 ms: 16.4161 ms. The median of
    # log-normal prompts that spread by 0.3 is 1 / sqrt(1.09) of the mean: 1.6514 / 2 + 16.4161 x 0.95783 = 16.549
    # ms.
    (row,) = refused(case_of([FAST], [llm()], [CHAT | {"max_ttft_ms": 60.0}]), BUCKETS[:1], (50.0,)).to_dict(
        "records"
    )
    assert row["promise"] == "max_ttft_ms"
    assert row["limit"] == 10.0
    assert row["nearest"] == pytest.approx(16.549, abs=0.01)
    assert row["layout"] == "paper-llm/fast/bf16/tp1"


def test_given_rates_replace_the_model() -> None:
    serving = [
        {"workload": "*", "bucket": "*", "accelerator": "fast", "requests_per_s": 3.0},
        {"workload": "chat", "bucket": "in512-out64", "accelerator": "fast", "requests_per_s": 0.0},
        {"workload": "chat", "bucket": "in512-out64", "accelerator": "fast", "layout": "big", "cards_per_replica": 16,
         "requests_per_s": 7.0},
    ]  # fmt: skip
    tables = serving_tables(case_of([FAST], [llm()], [CHAT], serving), BUCKETS, [0.0, 50.0], PAPER_MODEL)
    layouts = tables.layouts.set_index("layout")
    assert sorted(layouts.index) == ["paper-llm/fast/big/x16", "paper-llm/fast/given"]
    assert set(layouts["basis"]) == {"given"}
    assert layouts.loc["paper-llm/fast/big/x16", ["cards_per_replica", "servers_per_replica"]].tolist() == [
        16,
        2,
    ]
    rates = tables.rates.set_index(["bucket", "layout", "band_ms"])["requests_per_s"].to_dict()
    assert rates == {
        ("in256-out64", "paper-llm/fast/given", 0.0): 3.0,
        ("in256-out64", "paper-llm/fast/given", 50.0): 3.0,
        ("in512-out64", "paper-llm/fast/big/x16", 0.0): 7.0,
        ("in512-out64", "paper-llm/fast/big/x16", 50.0): 7.0,
    }
    assert tables.rates[["running_requests", "ttft_ms", "tpot_ms"]].isna().all(axis=None)


def test_given_rates_need_no_figures_and_zero_is_a_refusal() -> None:
    serving = [
        {"workload": "chat", "bucket": "in256-out64", "accelerator": "bare", "requests_per_s": 0.0},
        {"workload": "*", "bucket": "*", "accelerator": "other", "requests_per_s": 2.0},
    ]
    bare = card("bare", memory_gib=0.0, bf16_tflops=0.0)
    tables = serving_tables(case_of([bare, FAST], [llm()], [CHAT], serving), BUCKETS, [0.0], PAPER_MODEL)
    reasons = tables.refused.set_index(["accelerator", "bucket"])["reason"].to_dict()
    assert reasons == {
        ("bare", "in256-out64"): "given rate is 0 in the serving table",
        ("bare", "in512-out64"): (
            "no rate given: the serving table names this workload and card but not this bucket"
        ),
    }


def test_a_given_rate_for_lengths_that_no_request_has_is_passed_over() -> None:
    serving = [
        {"workload": "chat", "bucket": "in256-out64", "accelerator": "fast", "requests_per_s": 1.0},
        {"workload": "chat", "bucket": "in9999-out64", "accelerator": "fast", "requests_per_s": 5.0},
    ]
    tables = serving_tables(case_of([FAST], [llm()], [CHAT], serving), BUCKETS, [0.0], PAPER_MODEL)
    assert tables.rates[["bucket", "requests_per_s"]].to_numpy().tolist() == [["in256-out64", 1.0]]


def test_blank_promises_are_no_promises() -> None:
    free = {
        "workload": "chat",
        "llm": "paper-llm",
        "max_ttft_ms": None,
        "max_tpot_ms": None,
        "deferrable": True,
    }
    tables = serving_tables(case_of([card("slow")], [llm()], [free]), BUCKETS, [0.0], PAPER_MODEL)
    assert tables.refused.empty
    assert (tables.rates["requests_per_s"] > 0).all()


def test_dropped_layouts_are_dominated() -> None:
    # Checked from the rates alone: each layout that is dropped has another of its card at least as good per card in
    # every bucket and band, with no more cards; and no layout that is kept has such another among the kept.
    model = catalogue_llm("qwen3-32b")
    cards = [catalogue_card(name) for name in ("nvidia_h20_96gb", "huawei_910b_313t_64gb", "nvidia_l20")]
    workloads = [
        {"workload": "chat", "llm": "qwen3-32b", "max_ttft_ms": 1000.0, "max_tpot_ms": 50.0, "burst_z": 2.0},
        {
            "workload": "batch",
            "llm": "qwen3-32b",
            "max_ttft_ms": 1e7,
            "max_tpot_ms": 1e4,
            "precisions": ("bf16",),
        },
    ]
    buckets = bucket_table(
        ("chat", "a", 0.5, 300, 0, 200),
        ("chat", "b", 0.5, 3000, 1000, 200),
        ("batch", "a", 1.0, 8000, 0, 500),
    )
    case = case_of(cards, [model], workloads)
    every = {name: [hardware_of(each) for each in cards] for name in ("chat", "batch")}
    answers = answers_of(
        model, asks_of(case.frame("workloads"), buckets), every, [0.0, 50.0], ServingModel(SHIPPED)
    )
    kept = {one.layout for one in useful_layouts(answers)}

    rates: dict[str, dict[object, float]] = {}
    about: dict[str, tuple[str, int]] = {}
    for answer in answers:
        for i, each in enumerate(answer.tried.layouts):
            about[each.layout] = (each.hardware.accelerator, each.cards_per_replica)
            for at in np.ndindex(answer.tried.result.requests_per_s.shape[1:]):
                value = float(answer.tried.result.requests_per_s[(i, *at)]) / each.cards_per_replica
                rates.setdefault(each.layout, {})[answer.ask.workload, at] = value

    def beats(one: str, other: str) -> bool:
        keys = set(rates[one]) | set(rates[other])
        same = about[one][0] == about[other][0] and about[one][1] <= about[other][1]
        return same and all(rates[one].get(key, 0.0) >= rates[other].get(key, 0.0) for key in keys)

    dropped = set(rates) - kept
    assert dropped
    for name in dropped:
        assert not any(rates[name].values()) or any(beats(other, name) for other in kept)
    assert not any(beats(one, other) for one in kept for other in kept if one != other)
    # The batch job may run in 16 bits only, so such a layout stays beside the faster ones.
    assert any("/bf16/" in name for name in kept)


def test_order_of_rows_changes_nothing() -> None:
    cards, workloads = [FAST, card("slow")], [CHAT, CHAT | {"workload": "other", "max_tpot_ms": 30.0}]
    buckets = pd.concat([BUCKETS, BUCKETS.assign(workload="other")], ignore_index=True)
    one = serving_tables(case_of(cards, [llm()], workloads), buckets, [0.0, 50.0], PAPER_MODEL)
    two = serving_tables(
        case_of(cards[::-1], [llm()], workloads[::-1]), buckets[::-1], [50.0, 0.0, 0.0], PAPER_MODEL
    )
    for name in ("layouts", "rates", "refused", "groups"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_the_pessimistic_estimate_is_slower_by_the_interval() -> None:
    # Rates are those of a card exp(spread) times as slow in every step: never more, and less where a promise binds.
    case, wide = case_of([FAST], [llm()], [CHAT]), Calibration({}, {("tpot", "global"): 0.2})
    median = ServingModel(wide, engine=BARE)
    slow = replace(median, estimate=PESSIMISTIC)
    rates = [serving_tables(case, BUCKETS, [0.0], each).rates["requests_per_s"] for each in (median, slow)]
    assert len(rates[0]) == len(rates[1]) == 2
    assert (rates[1] < rates[0]).all()
    layouts = [layout(FAST)]
    ratio = slow.efficiency(layouts).slowness / median.efficiency(layouts).slowness  # type: ignore[operator]
    assert float(ratio.item()) == pytest.approx(np.exp(0.2))
