"""One measured point, and the table of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from planner.measure.device import DeviceFacts
from planner.measure.timing import Timing
from planner.units import GIGA, MEGA, MS_PER_S, TERA


@dataclass(frozen=True)
class Point:
    """One measured point.

    Attributes
    ----------
    test : product, copy, attention-decode, attention-prefill, layer-decode, layer-prefill, all-reduce
    precision : number format
    rows, inner, columns : of a product; 0 elsewhere
    batch, queries, context : of attention or a layer: sequences, new tokens of each, tokens attended to
    size_bytes : moved or held by the work
    cards : taking part
    timing : of one start
    rate, unit : TFLOPS or TOPS of a product and of prefill attention; GB/s of a copy (read and written), of decode
        attention (keys and values read) and of an all-reduce (bus bandwidth); tokens/s through a layer
    note : what was different from the usual
    """

    test: str
    precision: str
    timing: Timing
    rate: float
    unit: str
    rows: int = 0
    inner: int = 0
    columns: int = 0
    batch: int = 0
    queries: int = 0
    context: int = 0
    size_bytes: float = 0.0
    cards: int = 1
    note: str = ""


SHAPE = ("rows", "inner", "columns", "batch", "queries", "context", "size_bytes", "cards")
HEADER = ("accelerator", "measured", "device", "driver", "library", "test", "precision", *SHAPE, "median_ms",
          "fastest_ms", "slowest_ms", "repeats", "rate", "unit", "note")  # fmt: skip


def tera(work: float, seconds: float) -> float:
    """Work per second, in 1e12."""
    return work / seconds / TERA


def giga(size_bytes: float, seconds: float) -> float:
    """Bytes per second, in 1e9."""
    return size_bytes / seconds / GIGA


def points_csv(points: Iterable[Point], accelerator: str, day: str, facts: DeviceFacts) -> str:
    """The points as CSV, in the columns `HEADER`; each row names the device and the day."""
    out = StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEADER)
    for point in points:
        time = point.timing
        shape = [
            f"{getattr(point, name):.0f}" if name == "size_bytes" else getattr(point, name) for name in SHAPE
        ]
        times = [f"{seconds * MS_PER_S:.6g}" for seconds in (time.median_s, time.fastest_s, time.slowest_s)]
        who = [accelerator, day, facts.name, facts.driver, facts.library, point.test, point.precision]
        table.writerow([*who, *shape, *times, time.repeats, f"{point.rate:.5g}", point.unit, point.note])
    return out.getvalue()


def shape_text(point: Point) -> str:
    """The shape of a point in a few words."""
    said = [f"{name} {getattr(point, name)}" for name in SHAPE[:-2] if getattr(point, name)]
    if not said:
        said.append(f"of {point.size_bytes / MEGA:.0f} MB")
    return " ".join([*said, *([f"on {point.cards} cards"] if point.cards > 1 else [])])
