"""Measured points as figures of a card, in the form of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from planner.inputs.cards import Card
from planner.inputs.declarations.catalogue import FIGURES
from planner.measure.device import DeviceFacts
from planner.measure.points import Point, shape_text

ABOVE_PEAK_SHARE = 0.02  # assumed: clocks above the sheet's and rounding; more needs a look
FAR_BELOW_SHARE = (
    0.2  # assumed: below a fifth of the peak something else runs, or the wrong library is in use
)
LEAST_GROWTH = 1.5  # assumed: far below 8, above the scatter of two equal times
# figure -> test, precisions in order of preference, figure of the data sheet
SUSTAINED = {
    "measured_bf16_tflops": ("product", ("bf16", "fp16", "fp32"), "bf16_tflops"),
    "measured_fp8_tflops": ("product", ("fp8",), "fp8_tflops"),
    "measured_int8_tops": ("product", ("int8",), "int8_tops"),
    "measured_memory_bandwidth_gb_per_s": ("copy", ("bytes",), "memory_bandwidth_gb_per_s"),
}
_UNITS = {column.name: column.unit for column in FIGURES}


@dataclass(frozen=True)
class MeasuredFigure:
    """One figure: its name, value, the point it rests on, and what to know of it."""

    name: str
    value: float
    point: Point | None
    note: str = ""


def figures_of(points: Sequence[Point], card: Card | None, facts: DeviceFacts) -> list[MeasuredFigure]:
    """Best sustained rates; for a card without a data sheet they stand for the sheet's figures too.

    Where ``card`` lacks memory, bandwidth or a peak, the measured one is written under the sheet's name, so that the
    card can be planned; its note says so, since a model that takes a share of a peak is then pessimistic.
    """
    found = []
    for name, (test, precisions, sheet) in SUSTAINED.items():
        best = _best(points, test, precisions)
        if best is None:
            continue
        note = "" if best.precision in (precisions[0], "bytes") else f"computed in {best.precision}"
        found.append(MeasuredFigure(name, best.rate, best, note))
        if card is None or card.get(sheet) is None:
            stands = "no data sheet: best sustained rate, not a peak"
            found.append(MeasuredFigure(sheet, best.rate, best, f"{stands}; {note}" if note else stands))
    if (card is None or card.get("memory_gib") is None) and facts.memory_gib > 0:
        found.append(MeasuredFigure("memory_gib", facts.memory_gib, None, "as the driver reports it"))
    return found


def _best(points: Sequence[Point], test: str, precisions: Sequence[str]) -> Point | None:
    """The fastest point of the first precision that has one."""
    for precision in precisions:
        fitting = [point for point in points if point.test == test and point.precision == precision]
        if fitting:
            return max(fitting, key=lambda point: point.rate)
    return None


def warnings_of(points: Sequence[Point], card: Card) -> list[str]:
    """Where a measured rate and the data sheet cannot both be right, or are far apart."""
    said = []
    for name, (test, precisions, sheet) in SUSTAINED.items():
        best, peak = _best(points, test, precisions), card.get(sheet)
        if best is None or peak is None or best.precision == "fp32":
            continue
        share = best.rate / peak
        text = (
            f"{name} {best.rate:.4g} {best.unit} is {share:.0%} of the {sheet} {peak:g} of {card.accelerator}"
        )
        if share > 1.0 + ABOVE_PEAK_SHARE:
            said.append(
                f"{text}: above what the data sheet allows. Is it this card, and is the sheet's figure dense?"
            )
        elif share < FAR_BELOW_SHARE:
            said.append(f"{text}. Is the card shared, throttled, or driven by a library for another card?")
    bandwidth, links = card.get("memory_bandwidth_gb_per_s"), card.get("interconnect_gb_per_s")
    for point in points:
        limit = {"attention-decode": bandwidth, "all-reduce": links and links / 2.0}.get(point.test)
        if limit and point.rate > limit * (1.0 + ABOVE_PEAK_SHARE):
            said.append(
                f"{point.test} {shape_text(point)}: {point.rate:.4g} GB/s, above the {limit:g} of the data sheet: "
                "a cache answers, or the sheet is wrong."
            )
    return said


def not_waited_for(points: Sequence[Point]) -> list[str]:
    """A product of twice the width is eight times the work: a time that hardly grows is not the device's."""
    said = []
    for precision in {point.precision: None for point in points}:
        squares = [
            point
            for point in points
            if point.test == "product"
            and point.precision == precision
            and point.rows == point.columns == point.inner
        ]
        for small, large in pairwise(sorted(squares, key=lambda point: point.rows)[-2:]):
            grown = large.timing.median_s / small.timing.median_s
            if grown < LEAST_GROWTH:
                said.append(
                    f"product {precision}: {large.rows} takes only {grown:.2g} times as long as {small.rows}, for "
                    f"{(large.rows / small.rows) ** 3:g} times the work: is the device waited for, and is it idle?"
                )
    return said


def profile_yaml(
    accelerator: str, figures: Sequence[MeasuredFigure], facts: DeviceFacts, day: str, head: dict[str, str]
) -> str:
    """An ``accelerators.yaml`` with the measured figures of one card.

    Parameters
    ----------
    head : name, vendor, origin of a card that the catalogue lacks; empty for one it has
    """
    source = f"capplan measure on {facts.name}, {facts.driver}, {facts.library}"
    lines = [
        "# Written by capplan measure. Put it into a case folder as accelerators.yaml, or copy the figures there.",
        "accelerators:",
        f"  {accelerator}:",
        *(f"    {key}: {json.dumps(text, ensure_ascii=False)}" for key, text in head.items()),
        "    figures:",
    ]
    for figure in figures:
        parts = [
            f"value: {figure.value:.5g}",
            f"unit: {_UNITS[figure.name]}",
            "grade: measured",
            f"date: '{day}'",
            f"source: {json.dumps(source, ensure_ascii=False)}",
        ]
        notes = [figure.note, f"{figure.point.test} {shape_text(figure.point)}" if figure.point else ""]
        note = "; ".join(text for text in notes if text)
        if note:
            parts.append(f"note: {json.dumps(note, ensure_ascii=False)}")
        lines.append(f"      {figure.name}: {{{', '.join(parts)}}}")
    return "\n".join(lines) + "\n"
