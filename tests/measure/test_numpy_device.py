"""The NumPy device computes what it says, and the tests run on it within their limits."""

from __future__ import annotations

import csv
from io import StringIO

import numpy as np
import pytest

from planner.inputs.cards import catalogue_cards
from planner.measure.device import AttentionShape, LayerShape, NotOfferedError
from planner.measure.numpy_device import NumpyDevice, _attend
from planner.measure.points import HEADER
from planner.measure.run import Target, measure, target_of
from planner.measure.suite import Session, copy_steps, product_steps, run_steps
from planner.measure.timing import Budget, time_work


def test_attention_is_softmax_of_scores_times_values() -> None:
    random = np.random.default_rng(1)
    queries = random.standard_normal((1, 1, 2, 3)).astype(np.float32)
    keys = random.standard_normal((1, 1, 3, 4)).astype(np.float32)
    values = random.standard_normal((1, 1, 4, 3)).astype(np.float32)
    found = _attend(queries.copy(), keys, values)[0, 0]
    for at in range(2):
        weight = np.array([np.exp(float(queries[0, 0, at] @ keys[0, 0, :, k])) for k in range(4)])
        wanted = sum(weight[k] * values[0, 0, k] for k in range(4)) / weight.sum()
        assert found[at] == pytest.approx(wanted, rel=1e-4)


def test_works_have_the_shapes_that_were_asked_for() -> None:
    device = NumpyDevice()
    assert np.shape(device.product(3, 4, 5, "fp32")()) == (3, 5)
    attended = device.attention(AttentionShape(2, 1, 6, heads=4, kv_heads=2, head_width=8), "fp32")()
    assert np.shape(attended) == (2, 2, 2, 8)
    small = LayerShape(hidden_width=32, ffn_width=48, heads=4, kv_heads=2, head_width=8)
    made = device.layer(small, 3, 1, 6, "fp32")()
    assert np.shape(made) == (3, 32)
    assert np.isfinite(made).all()
    with pytest.raises(NotOfferedError, match="bf16"):
        device.product(1, 1, 1, "bf16")


def test_a_product_of_far_more_work_takes_longer() -> None:
    device = NumpyDevice()
    small = time_work(device, device.product(64, 64, 64, "fp32"), Budget(0.3))
    large = time_work(device, device.product(1024, 1024, 1024, "fp32"), Budget(0.3))
    assert large.fastest_s > 3 * small.fastest_s  # 4096 times the work
    assert small.fastest_s <= small.median_s <= small.slowest_s
    assert small.repeats >= 3


def test_rates_are_work_over_time() -> None:
    session = Session(NumpyDevice(), 1e9, quick=True)
    run_steps(session, product_steps(session.device, "fp32")[:1], Budget(1.0))
    run_steps(session, copy_steps(session.device)[:1], Budget(1.0))
    product, copy = session.points
    assert product.rate * 1e12 * product.timing.median_s == pytest.approx(2 * 512**3)
    assert copy.rate * 1e9 * copy.timing.median_s == pytest.approx(2 * 64 * 2**20)


def test_what_fits_neither_time_nor_memory_is_passed_over_and_said() -> None:
    session = Session(NumpyDevice(), 4e6)
    run_steps(session, product_steps(session.device, "fp32"), Budget(0.5))
    assert [point.rows for point in session.points] == [512]
    assert "product 1024 x 1024 x 1024 fp32: needs 0.01 GiB, 0.00 GiB may be used" in session.passed_over
    late = Session(NumpyDevice(), 1e10)
    run_steps(late, product_steps(late.device, "fp32"), Budget(-1.0))
    assert late.points == []
    assert all("share of the time" in text for text in late.passed_over)


def test_a_whole_session_on_the_processor() -> None:
    device = NumpyDevice()
    target = Target("my-server", None, {"name": "x", "vendor": "Me", "origin": "domestic"})
    found = measure(device, target, "2026-11-23", quick=True, minutes=0.02, memory_gib=0.3)
    rows = list(csv.DictReader(StringIO(found.table)))
    assert tuple(rows[0]) == HEADER
    assert {"copy", "product"} <= {row["test"] for row in rows}
    assert all(row["accelerator"] == "my-server" and row["measured"] == "2026-11-23" for row in rows)
    assert all(
        float(row["fastest_ms"]) <= float(row["median_ms"]) <= float(row["slowest_ms"]) for row in rows
    )


def test_the_card_is_known_by_its_name_or_must_be_named() -> None:
    from planner.errors import InputError

    device, cards = NumpyDevice(), catalogue_cards()
    assert target_of(device, cards, "H100", "", "").accelerator == "nvidia_h100_sxm"
    assert target_of(device, cards, "mine", "Me", "domestic").head["vendor"] == "Me"
    with pytest.raises(InputError, match="has no --vendor and no --origin"):
        target_of(device, cards, "mine", "", "")
    with pytest.raises(InputError, match="--accelerator ID"):
        target_of(device, cards, "", "", "")
