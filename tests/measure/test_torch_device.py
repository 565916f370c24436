"""Through PyTorch, on the processor; skipped where it is not installed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from planner.errors import UnreachableError  # noqa: E402
from planner.measure.all_reduce import all_reduce_points  # noqa: E402
from planner.measure.device import AttentionShape, LayerShape, NotOfferedError  # noqa: E402
from planner.measure.suite import Session, product_steps, run_steps  # noqa: E402
from planner.measure.timing import Budget  # noqa: E402
from planner.measure.torch_device import open_torch  # noqa: E402


def test_works_have_the_shapes_that_were_asked_for() -> None:
    device = open_torch("cpu")
    for precision in ("bf16", "fp32", "int8"):
        assert tuple(device.product(32, 16, 8, precision)().shape) == (32, 8), precision
    shape = AttentionShape(2, 1, 6, heads=4, kv_heads=2, head_width=8)
    assert tuple(device.attention(shape, "bf16")().shape) == (2, 4, 1, 8)
    prompt = AttentionShape(1, 6, 6, heads=4, kv_heads=2, head_width=8)
    assert tuple(device.attention(prompt, "fp32")().shape) == (1, 4, 6, 8)
    small = LayerShape(hidden_width=32, ffn_width=48, heads=4, kv_heads=2, head_width=8)
    made = device.layer(small, 1, 6, 6, "fp32")()
    assert tuple(made.shape) == (6, 32)
    assert bool(torch.isfinite(made).all())


def test_a_product_is_timed() -> None:
    session = Session(open_torch("cpu"), 1e9, quick=True)
    run_steps(session, product_steps(session.device, "fp32")[:1], Budget(0.5))
    assert session.points[0].rate > 0


def test_what_the_library_cannot_do_is_said() -> None:
    device = open_torch("cpu")
    with pytest.raises(NotOfferedError, match="not offered by torch"):
        device._tried(lambda: lambda: torch.mm(torch.ones(2, 3), torch.ones(2, 3)))
    with pytest.raises(UnreachableError, match="finds no device 'npu'"):
        open_torch("npu")


def test_all_reduce_over_two_processes() -> None:
    points = all_reduce_points(open_torch("cpu").facts, 2, quick=True)
    assert [point.cards for point in points] == [2, 2]
    for point in points:  # bus bandwidth of two: as many bytes as the buffer has
        assert point.rate * 1e9 * point.timing.median_s == pytest.approx(point.size_bytes)
