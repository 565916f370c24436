"""Speculative decoding: tokens per step by hand, what it gains, and what it costs when nothing is accepted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from serving_world import (
    BARE,
    IDEAL,
    NO_PROMISE,
    SHIPPED,
    card,
    catalogue_card,
    catalogue_llm,
    layout,
    requests,
    work,
)

from planner.serving.admissible import admissible
from planner.serving.closed_loop import batch_s, closed_loop
from planner.serving.effects import Subject
from planner.serving.engine import Engine

READS_ONLY = card(bf16_tflops=1e9)  # 1 GB/s, and no limit of flops
FLOPS_ONLY = card(memory_bandwidth_gb_per_s=1e9)  # 1e9 flop/s, and no limit of bytes
ASKED = requests((100, 0, 101))


@pytest.mark.parametrize(
    ("proposed", "accepted", "expected"),
    [
        (0, 0.7, 1.0),
        (3, 0.0, 1.0),
        (3, 1.0, 4.0),
        (1, 0.5, 1.5),
        (2, 0.5, 1.75),
        (4, 0.8, 1 + 0.8 + 0.8**2 + 0.8**3 + 0.8**4),
    ],
)
def test_tokens_per_step_are_the_first_and_every_run_of_accepted_ones(
    proposed: float, accepted: float, expected: float
) -> None:
    # The i-th proposal counts when it and all before it are accepted: p^i.
    assert Engine(speculated_tokens=proposed, accepted_share=accepted).tokens_per_step == pytest.approx(
        expected
    )


def step(on: object, engine: Engine, running: float = 1.0) -> float:
    return float(batch_s(work(layout(on)), IDEAL, ASKED, np.array([[running]]), engine)[0][0, 0])  # type: ignore[arg-type]


def test_where_reading_weights_bounds_every_accepted_token_is_free() -> None:
    # Three of three accepted: four tokens for one reading of weights and cache.
    plain = step(READS_ONLY, BARE)
    assert plain == pytest.approx((16e6 + 150.5 * 4000) / 1e9, rel=1e-3)
    assert step(READS_ONLY, replace(BARE, speculated_tokens=3.0, accepted_share=1.0)) == pytest.approx(
        plain / 4
    )
    assert step(READS_ONLY, replace(BARE, speculated_tokens=3.0, accepted_share=0.0)) == pytest.approx(plain)


def test_where_flops_bound_a_rejected_token_costs_as_much_as_one_kept() -> None:
    # Four tokens are multiplied in every step: four times the time; none of it is gained at 0, all of it at 1.
    plain = step(FLOPS_ONLY, BARE, 8.0)
    assert step(FLOPS_ONLY, replace(BARE, speculated_tokens=3.0, accepted_share=0.0), 8.0) == pytest.approx(
        4 * plain, rel=1e-3
    )
    assert step(FLOPS_ONLY, replace(BARE, speculated_tokens=3.0, accepted_share=1.0), 8.0) == pytest.approx(
        plain, rel=1e-3
    )


@pytest.mark.parametrize("clients", [1.0, 64.0])
def test_more_accepted_tokens_are_never_slower_and_none_accepted_is_a_loss(clients: float) -> None:
    of = work(layout(catalogue_card("nvidia_h200_sxm"), catalogue_llm("qwen3-32b")), Engine())
    efficiency = SHIPPED.efficiency([Subject("nvidia_h200_sxm")]).column()
    asked, engine = requests((1000, 0, 300)), Engine()
    shares = (0.0, 0.3, 0.6, 0.9, 1.0)
    engines = [engine, *(replace(engine, speculated_tokens=3.0, accepted_share=share) for share in shares)]
    tpot = [closed_loop(of, efficiency, asked, np.array([[clients]]), each).tpot_s.item() for each in engines]
    plain, speculated = tpot[0], np.array(tpot[1:])
    assert speculated[0] > plain
    assert (np.diff(speculated) < 0).all()
    assert speculated[-1] < 0.6 * plain
    promise = replace(NO_PROMISE, max_tpot_ms=30.0)
    rates = [
        admissible(of, efficiency, each, asked, promise, [0.0]).requests_per_s.item() for each in engines
    ]
    assert rates[1] < rates[0] < rates[-1]
    assert (np.diff(rates[1:]) > 0).all()
