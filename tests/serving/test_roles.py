"""Replicas that only prefill or only decode: by hand, and the properties every pool must have."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from serving_world import (
    BARE,
    IDEAL,
    NO_PROMISE,
    PAPER_MODEL,
    SHIPPED,
    bucket_table,
    card,
    case_of,
    catalogue_card,
    catalogue_llm,
    layout,
    llm,
    requests,
    work,
)

from planner.inputs import Card, Llm
from planner.serving.admissible import admissible
from planner.serving.effects import Subject
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.open_loop import Arrivals
from planner.serving.requests import Requests
from planner.serving.role_table import role_rates
from planner.serving.roles import decode_rate, handed_over_s, prefill_rate
from planner.serving.work import Work

FLOPS_ONLY = card(memory_bandwidth_gb_per_s=1e9)  # 1e9 flop/s reached, and no limit of bytes
CALIBRATED = SHIPPED.efficiency([Subject("paper-card")]).column()
# Prompts of one length, Poisson arrivals: a queue with known waits.
STEADY = Arrivals(burst_z=1.0, prompt_spread=0.0, others_spread=0.0)
CALM = replace(NO_PROMISE, arrivals=STEADY)
# A prompt of 10 tokens: 16e6 flop each and 4,000 flop per token attended, 5 in the mean: 160 + 0.2 ms.
TEN, OWN_S = requests((10, 0, 100)), 0.1602


def prefill(
    limit_s: float, of: Work | None = None, asked: Requests = TEN, arrivals: Arrivals = STEADY,
    efficiency: Efficiency = IDEAL, engine: Engine = BARE,
) -> tuple[float, float]:  # fmt: skip
    promise = replace(NO_PROMISE, arrivals=arrivals)
    layouts = work(layout(FLOPS_ONLY)) if of is None else of
    rate, ttft = prefill_rate(layouts, efficiency, engine, asked, promise, np.array(limit_s))
    return float(rate[0, 0]), float(ttft[0, 0])


def test_an_idle_replica_takes_the_time_of_the_prompt_and_no_limit_below_it_can_be_kept() -> None:
    rate, ttft = prefill(0.99 * OWN_S)
    assert rate == 0.0
    assert ttft == pytest.approx(OWN_S, rel=1e-3)
    assert prefill(1.1 * OWN_S)[0] > 0.0


def test_a_long_prompt_goes_in_chunks_that_look_back() -> None:
    # Chunks of 10: 20 x 16 ms, and 20 tokens that attend to 10 in the mean at 4 us each.
    engine = replace(BARE, chunk_tokens=10.0)
    assert prefill(0.1, asked=requests((20, 0, 100)), engine=engine)[1] == pytest.approx(0.3208, rel=1e-3)
    # Half of it in the prefix cache: 10 tokens to compute, which attend to 10 + 5.
    assert prefill(0.1, asked=requests((20, 10, 100)), engine=engine)[1] == pytest.approx(0.1606, rel=1e-3)


def test_the_load_within_a_limit_is_that_of_the_queue_by_hand() -> None:
    # One server, Poisson, equal prompts, busy half the time: half of the arrivals wait, those own / (1 - 1/2) / 2 = own
    # in the mean; at 95 % own x ln(0.5 / 0.05) = 2.3026 own. With its own time a request sees 3.3026 own.
    rate, ttft = prefill((1 + np.log(10)) * OWN_S)
    assert rate == pytest.approx(0.5 / OWN_S, rel=1e-3)
    assert ttft == pytest.approx((1 + np.log(10)) * OWN_S, rel=1e-3)


def test_a_replica_is_never_busier_than_the_engine_allows() -> None:
    rate, _ = prefill(np.inf)
    assert rate == pytest.approx(BARE.prefill_busy_share / OWN_S, rel=1e-3)


def test_the_fixed_part_and_the_factor_of_prompts_come_on_top() -> None:
    slow = replace(IDEAL, first_token_s=0.05, prompt_factor=2.0)
    assert prefill(0.0, efficiency=slow)[1] == pytest.approx(0.05 + 2 * OWN_S, rel=1e-3)


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_a_looser_limit_or_a_larger_pool_never_lowers_the_rate(quantile: float) -> None:
    on = work(layout(catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-8b")), Engine())
    asked = requests((500, 0, 100), (4000, 1000, 100), (30_000, 0, 100))
    limits = np.geomspace(0.02, 20.0, 40)
    tables = []
    for pool in (1.0, 4.0, 64.0):
        promise = replace(NO_PROMISE, quantile=quantile, arrivals=Arrivals(pool=pool))
        rates = [prefill_rate(on, CALIBRATED, Engine(), asked, promise, np.array(x))[0][0] for x in limits]
        tables.append(np.array(rates))
    assert (np.diff(tables[0], axis=0) >= -1e-6 * tables[0][1:]).all()
    assert (tables[1] >= tables[0] * (1 - 1e-6)).all()
    assert (tables[2] >= tables[1] * (1 - 1e-6)).all()
    assert tables[0].min() == 0.0 < tables[0].max()
    assert (tables[2] > 1.05 * tables[0]).any()


def test_more_attention_groups_read_more_prompts() -> None:
    llm_of, on = catalogue_llm("qwen3-30b-a3b"), catalogue_card("nvidia_h200_sxm")
    found = []
    for groups in (2, 4, 8):
        of = layout(on, llm_of, attention_groups=groups, expert_parallel=True)
        found.append(
            prefill(
                2.0, work(of, Engine()), requests((2000, 0, 100)), efficiency=CALIBRATED, engine=Engine()
            )[0]
        )
    assert found[0] > 0
    for few, many in pairwise(found):
        assert many > 1.5 * few


def test_a_prompt_whose_cache_does_not_fit_is_not_read() -> None:
    # 1 GiB less 18e6 bytes of weights; a token takes 4,000 bytes: 263,935 tokens.
    most = int((2**30 - 18e6) / 4000)
    assert prefill(np.inf, asked=requests((most, 0, 10)))[0] > 0
    assert prefill(np.inf, asked=requests((most + 1, 0, 10)))[0] == 0


DECODERS: list[tuple[Card, Llm, int]] = [
    (catalogue_card("huawei_910b_376t_64gb"), catalogue_llm("qwen3-8b"), 2),
    (catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-8b"), 1),
    (catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-30b-a3b"), 2),
    (catalogue_card("huawei_910c"), catalogue_llm("qwen3-32b"), 4),
]


@pytest.mark.parametrize(("on", "model", "side"), DECODERS)
def test_a_decoding_replica_is_never_slower_than_a_whole_one_at_the_same_limit(
    on: Card, model: Llm, side: int
) -> None:
    of, engine = work(layout(on, model, side=side), Engine()), Engine()
    asked = requests((100, 0, 500), (2000, 0, 100), (8000, 4000, 50), (8000, 0, 1000))
    kept, gained = 0, 0.0
    for limit_ms in (15.0, 30.0, 60.0, 200.0):
        promise = replace(NO_PROMISE, max_tpot_ms=limit_ms)
        whole = admissible(of, CALIBRATED, engine, asked, promise, [0.0]).requests_per_s[0, :, 0]
        decode, tpot = decode_rate(of, CALIBRATED, engine, asked, replace(promise, max_ttft_ms=1e-3))
        assert (decode[0] >= whole * (1 - 1e-3)).all()
        assert (tpot[0][decode[0] > 0] <= limit_ms / 1000 * (1 + 1e-3)).all()
        kept += int((whole > 0).sum())
        gained = max(gained, *(decode[0] / np.maximum(whole, 1e-9))[whole > 0], 0.0)
    assert kept > 4
    assert gained > 1.5  # long prompts and short answers: a whole replica spends its time reading


def test_handing_over_a_cache_takes_its_bytes_over_the_network() -> None:
    # 1,000 tokens of 4,000 bytes over two cards of 50 GB/s, of which half is reached: 80 us, and 2 ms of set-up.
    efficiency = replace(IDEAL, link_share=0.5, transfer_s=2e-3)
    of, asked = work(layout(FLOPS_ONLY, side=2)), requests((1000, 0, 1), (4000, 0, 1), (4000, 3000, 1))
    found = handed_over_s(of, efficiency, asked, np.array([[2 * 0.5]]), BARE)[0]
    assert found == pytest.approx([2e-3 + 80e-6, 2e-3 + 320e-6, 2e-3 + 320e-6])


def test_rates_of_roles_in_a_case() -> None:
    workload = {
        "workload": "chat",
        "llm": "paper-llm",
        "max_ttft_ms": 600.0,
        "max_tpot_ms": 100.0,
        "promise_quantile": 0.95,
    }
    case = case_of([card()], [llm()], [workload])
    buckets = bucket_table(("chat", "short", 0.5, 10, 0, 50), ("chat", "long", 0.5, 1000, 0, 50))
    found = role_rates(case, buckets, [0.0, 300.0], PAPER_MODEL)
    assert set(found["role"]) == {"prefill", "decode"}
    assert (found["requests_per_s"] > 0).all()
    assert found["layout"].str.rsplit("/", n=1).str[1].to_list() == found["role"].to_list()
    prefills = found[found["role"] == "prefill"].set_index(["bucket", "band_ms", "layout"])
    # 1,000 tokens take 16 s on the paper card: no layout of 8 of them reads them in 0.6 s. What is kept is kept with
    # transfer and network.
    assert set(prefills.index.get_level_values("bucket")) == {"short"}
    assert (prefills["ttft_ms"] <= 600.0 - prefills.index.get_level_values("band_ms") + 0.1).all()
    near, far = (prefills.xs(band, level="band_ms")["requests_per_s"] for band in (0.0, 300.0))
    assert (near[far.index] > far).all()
    # The time to the first token is no concern of a decoder, nor is the network.
    decodes = found[found["role"] == "decode"]
    assert (decodes.groupby(["bucket", "layout"])["requests_per_s"].nunique() == 1).all()
    assert decodes["ttft_ms"].isna().all()
