"""The fit finds effects that data were made with, whatever the order of rows and in spite of a few wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from planner.calibration.fit import fit
from planner.inputs import Architecture, Card, Figure, Llm
from planner.serving.effects import PARAMETERS, Calibration, Subject, efficiency_of
from planner.serving.engine import Engine
from planner.serving.hardware import hardware_of
from planner.serving.layout import Layout
from planner.serving.step_time import step_s
from planner.serving.work import Numbers, Work, work_of

NOISE = 0.005  # typical residual, in logs
# What the measurements are made with: logs of constants, and of one family's effects.
TRUE = {
    ("bandwidth_share", "global", ""): np.log(0.62),
    ("bandwidth_share", "family", "slow"): np.log(0.8),
    ("compute_share", "global", ""): np.log(0.45),
    ("layer_s", "global", ""): np.log(30e-6),
    ("step_s", "global", ""): np.log(3e-3),
    ("sequence_s", "global", ""): np.log(20e-6),
}


@cache
def layouts() -> list[Layout]:
    """Three cards of two families, two dense models of 20 and 60 layers."""
    found = []
    for name, family, bandwidth, tflops in (
        ("a", "fast", 3350, 989),
        ("b", "fast", 4800, 989),
        ("c", "slow", 2000, 312),
    ):
        figures = {
            "memory_gib": 141.0,
            "memory_bandwidth_gb_per_s": bandwidth,
            "bf16_tflops": tflops,
            "cards_per_server": 8,
        }
        known = {key: Figure(float(value), "", "user") for key, value in figures.items()}
        hardware = hardware_of(Card(name, name, "paper", "domestic", (), known, family))
        for layers in (20, 60):
            shape = Architecture(
                layers=layers, hidden_width=4096, vocabulary_tokens=50_000, attention="gqa", heads=32, kv_heads=8,
                head_width=128, dense_layers=layers, dense_ffn_width=12_000,
            )  # fmt: skip
            llm = Llm(
                llm=str(layers),
                name="",
                architecture=shape,
                sources={},
                native_precision="bf16",
                context_tokens=9**9,
            )
            found.append(Layout(llm, hardware, "bf16", 1))
    return found


@cache
def rows() -> tuple[Work, list[Subject], Numbers, Numbers]:
    """Steps of few and many requests, with and without a prompt: work, subjects, decoding, prompt tokens."""
    decoding, prompts = np.meshgrid([1.0, 4, 16, 64, 160, 256], [0.0, 500, 4000], indexing="ij")
    each = decoding.size
    at = np.repeat(np.arange(len(layouts())), each)
    subjects = [Subject(layouts()[i].hardware.accelerator, layouts()[i].hardware.family) for i in at]
    work = work_of(layouts(), Engine()).take(at)
    return work, subjects, np.tile(decoding.ravel(), len(layouts())), np.tile(prompts.ravel(), len(layouts()))


def log_times(logs: Mapping[str, Numbers]) -> Numbers:
    """Logs of the step times of the rows; context 1,000."""
    work, _, decoding, prompts = rows()
    context = np.full_like(decoding, 1000.0)
    result: Numbers = np.log(step_s(work, efficiency_of(logs), decoding, context, prompts, context))
    return result


def measured(noise: float = NOISE, outliers: bool = False) -> Numbers:
    """Step times made with the true effects."""
    _, subjects, decoding, _ = rows()
    calibration = Calibration(TRUE)
    logs = {p.name: np.log(getattr(calibration.efficiency(subjects), p.name)) for p in PARAMETERS}
    draw = np.random.default_rng(7)
    times = log_times(logs) + noise * draw.standard_normal(decoding.size)
    if outliers:
        wrong = draw.choice(decoding.size, decoding.size // 20, replace=False)
        times[wrong] += np.log(5.0)
    return times


def fitted(times: Numbers, order: Numbers | None = None) -> Calibration:
    """The fit to these times, with the rows in that order."""
    _, subjects, _, _ = rows()
    order = np.arange(len(subjects)) if order is None else order
    back = np.argsort(order)

    def residuals(logs: Mapping[str, Numbers]) -> Numbers:
        found = log_times({name: value[back] for name, value in logs.items()})
        return ((found - times) / NOISE)[order][:, None]

    return fit([subjects[i] for i in order], residuals)


SUBJECTS = [Subject("a", "fast"), Subject("b", "fast"), Subject("c", "slow")]
SHOWN = ("bandwidth_share", "compute_share", "step_s", "layer_s", "sequence_s")


def test_constants_behind_the_data_are_found() -> None:
    # How a constant splits into global and family is a matter of the priors; what a card has in all is in the data.
    found, true = fitted(measured(noise=0.0)).efficiency(SUBJECTS), Calibration(TRUE).efficiency(SUBJECTS)
    for name in SHOWN:
        ratio = getattr(found, name) / getattr(true, name)
        assert np.abs(np.log(ratio)).max() < 0.05, name
    # The family that is slower than the other is found to be.
    assert found.bandwidth_share[2] / found.bandwidth_share[0] == pytest.approx(0.8, rel=0.03)  # type: ignore[index]


def test_what_no_row_shows_stays_at_its_centre() -> None:
    found = fitted(measured())
    for name in ("imbalance", "linear_layer_factor", "link_share", "first_token_s", "clumping"):
        (parameter,) = [p for p in PARAMETERS if p.name == name]
        assert found.effects[name, "global", ""] == pytest.approx(np.log(parameter.centre), abs=1e-6)


def test_one_wrong_row_in_twenty_moves_little() -> None:
    # Five times the time in 5 % of rows would move a plain mean of logs by 0.05 x ln 5 = 8 % everywhere.
    clean, dirty = fitted(measured()), fitted(measured(outliers=True))
    for name in SHOWN:
        before, after = (getattr(each.efficiency(SUBJECTS), name) for each in (clean, dirty))
        assert np.abs(np.log(after / before)).max() < 0.10, name
    _, subjects, _, _ = rows()
    times = [
        log_times({p.name: np.log(getattr(each.efficiency(subjects), p.name)) for p in PARAMETERS})
        for each in (clean, dirty)
    ]
    assert np.abs(times[1] - times[0]).mean() < 0.01
    assert np.abs(times[1] - times[0]).max() < 0.05


def test_the_order_of_rows_does_not_matter() -> None:
    times = measured()
    order = np.random.default_rng(3).permutation(len(times))
    one, two = fitted(times), fitted(times, order)
    assert one.effects.keys() == two.effects.keys()
    assert [one.effects[key] for key in one.effects] == pytest.approx(
        [two.effects[key] for key in one.effects], abs=1e-3
    )
