"""Prefill and decode in pools of their own, seen by a fixed number of clients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import BARE, IDEAL, SHIPPED, card, catalogue_card, catalogue_llm, layout, requests

from planner.serving.closed_loop import Steady, batch_s
from planner.serving.disaggregated import Pool, closed_loop_of_pools, transfer_s
from planner.serving.effects import Subject
from planner.serving.efficiency import Efficiency
from planner.serving.engine import Engine
from planner.serving.layouts import Layout
from planner.serving.work import work_of

CALIBRATED = SHIPPED.efficiency([Subject("paper-card")])
H200 = layout(catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-8b"))
WIDE = layout(
    catalogue_card("nvidia_h200_sxm"),
    catalogue_llm("qwen3-30b-a3b"),
    attention_groups=8,
    expert_parallel=True,
)


def pool(
    of: Layout, replicas: float, efficiency: Efficiency = CALIBRATED, engine: Engine | None = None
) -> Pool:
    cards = np.array([float(of.cards_per_replica)])
    return Pool(work_of([of], engine or Engine()), efficiency, np.array([replicas]), cards)


def seen(
    clients: float, prefill: Pool, decode: Pool, length: tuple[float, float, float] = (4000, 0, 200),
    engine: Engine | None = None,
) -> Steady:  # fmt: skip
    return closed_loop_of_pools(prefill, decode, requests(length), np.array([clients]), engine or Engine())


@pytest.mark.parametrize("of", [H200, WIDE])
@pytest.mark.parametrize("clients", [1.0, 8.0, 100.0, 3000.0])
@pytest.mark.parametrize("length", [(500, 0, 1000), (8000, 4000, 50)])
def test_little_s_law_holds_for_all_and_for_those_that_decode(
    of: Layout, clients: float, length: tuple[float, float, float]
) -> None:
    found = seen(clients, pool(of, 2.0), pool(of, 3.0), length)
    cycle_s = found.ttft_s + (length[2] - 1) * found.tpot_s
    assert found.requests_per_s * cycle_s == pytest.approx([clients], rel=1e-9)
    decoding = found.requests_per_s * (length[2] - 1) * found.tpot_s
    assert found.running == pytest.approx(decoding, rel=0.02, abs=0.05)


def test_one_client_alone_by_hand() -> None:
    # No limit of bandwidth, 16 ms of flops per token: a prompt of 10 takes 160.2 ms (attention: 10 x 5 x 4,000 flop).
    # Its 10 x 4,000 bytes cross at 50 GB/s in 0.8 us. A step alone: 16 ms. TTFT 160.2 + 8, nothing fixed.
    paper = layout(card(memory_bandwidth_gb_per_s=1e9))
    found = seen(1.0, pool(paper, 1.0, IDEAL, BARE), pool(paper, 1.0, IDEAL, BARE), (10, 0, 101), BARE)
    assert found.ttft_s == pytest.approx([0.1682], rel=1e-3)
    assert found.tpot_s == pytest.approx([0.016], rel=1e-3)
    assert found.requests_per_s == pytest.approx([1 / (0.1682 + 100 * 0.016)], rel=1e-3)


@pytest.mark.parametrize("of", [H200, WIDE])
def test_many_clients_are_bounded_by_what_the_prefill_pool_reads(of: Layout) -> None:
    long = requests((16_000, 0, 20))
    prefill = pool(of, 2.0)
    own = batch_s(prefill.work, prefill.efficiency, long, np.array([1e-9]), Engine())[2]
    most = 2.0 * of.attention_groups / own
    for clients in (64.0, 512.0, 4096.0):
        found = seen(clients, prefill, pool(of, 50.0), (16_000, 0, 20))
        assert (found.requests_per_s <= most * (1 + 1e-6)).all(), clients
    assert found.requests_per_s == pytest.approx(most, rel=0.05)
    doubled = seen(4096.0, pool(of, 4.0), pool(of, 50.0), (16_000, 0, 20))
    assert doubled.requests_per_s == pytest.approx(2 * most, rel=0.1)


@pytest.mark.parametrize("clients", [1.0, 16.0, 256.0, 2000.0])
@pytest.mark.parametrize("length", [(500, 0, 1000), (8000, 0, 50)])
def test_more_replicas_of_either_role_never_lower_throughput(
    clients: float, length: tuple[float, float, float]
) -> None:
    numbers = (1.0, 2.0, 4.0, 16.0)
    for one_more in (
        [seen(clients, pool(H200, 2.0), pool(H200, n), length).requests_per_s[0] for n in numbers],
        [seen(clients, pool(H200, n), pool(H200, 2.0), length).requests_per_s[0] for n in numbers],
    ):
        assert (np.diff(one_more) >= -1e-3 * np.array(one_more[1:])).all(), one_more


def test_the_smaller_replica_bounds_the_hand_over() -> None:
    efficiency = replace(IDEAL, transfer_s=0.0)
    paper = layout(card())
    narrow, wide = (
        pool(paper, 1.0, efficiency, BARE),
        replace(pool(paper, 1.0, efficiency, BARE), cards=np.array([4.0])),
    )
    asked = requests((1000, 0, 1))
    # 4,000 bytes of each of 1,000 tokens at 50 GB/s: 80 us; by four cards on both sides 20 us.
    for sides, expected in (((narrow, wide), 80e-6), ((wide, narrow), 80e-6), ((wide, wide), 20e-6)):
        assert transfer_s(*sides, asked, BARE) == pytest.approx([expected])
