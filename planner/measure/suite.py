"""The tests: which shapes are run, and what rate each gives.

Shapes grow, so that a slow device stops early: a shape is passed over when the best rates seen so far say that it
would not fit what is left of the test's share, or when its data would not fit the memory that may be used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from planner.measure.device import BYTES_OF, AttentionShape, Device, LayerShape, NotOfferedError, Work
from planner.measure.points import Point, giga, tera
from planner.measure.timing import LEAST_REPEATS, LEAST_WARM_UPS, Budget, Timing, time_work
from planner.units import GIB_BYTES

SQUARES = (512, 1024, 2048, 4096, 8192, 16384)
DECODE_ROWS = (1, 8, 32, 128, 512)
DECODE_WIDTH = (
    8192  # assumed: between the widths of 30- and 400-billion models; 128 MiB in bf16, beyond most caches
)
COPIES_MIB = (64, 256, 1024, 4096)
DECODE_ATTENTION = ((1, 4096), (8, 4096), (32, 4096), (64, 8192))  # sequences, context
PREFILL_QUERIES = (512, 2048, 8192, 32768)
DECODE_LAYER = ((1, 1024), (8, 1024), (32, 1024), (128, 1024))
PREFILL_LAYER = (512, 2048, 8192)
QUICK_STEPS = 3  # of each list, with --quick
STARTS = LEAST_WARM_UPS + LEAST_REPEATS
MIB = 2**20


@dataclass(frozen=True)
class Step:
    """One shape of a test: its work, what it computes and moves, and the memory it takes."""

    label: str
    precision: str
    start: Callable[[], Work]
    flops: float
    moved_bytes: float
    memory_bytes: float
    point: Callable[[Timing], Point]

    def work(self) -> dict[str, float]:
        """What it computes, by precision, and what it moves."""
        return {self.precision: self.flops, "bytes": self.moved_bytes}


@dataclass
class Session:
    """A device under test, what may be spent, and what came of it.

    Attributes
    ----------
    memory_bytes : most that the data of one work may take
    points, passed_over : results, what was left out and why
    """

    device: Device
    memory_bytes: float
    quick: bool = False
    points: list[Point] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    _best: dict[str, float] = field(default_factory=dict)

    def expects_s(self, step: Step) -> float:
        """Least time of one start, by the best rates so far; 0 when none is known."""
        known = [(work, self._best[what]) for what, work in step.work().items() if self._best.get(what)]
        return max((work / best for work, best in known), default=0.0)

    def learn(self, step: Step, seconds: float) -> None:
        """Remember the rate of a step that ran: of computing, or of moving when it only moves."""
        what, work = (step.precision, step.flops) if step.flops else ("bytes", step.moved_bytes)
        self._best[what] = max(self._best.get(what, 0.0), work / seconds)


def run_steps(session: Session, steps: list[Step], budget: Budget) -> None:
    """Run the steps of one test in order, within its share of the time."""
    for step in steps[: QUICK_STEPS if session.quick else None]:
        if step.memory_bytes > session.memory_bytes:
            needs, may = step.memory_bytes / GIB_BYTES, session.memory_bytes / GIB_BYTES
            session.passed_over.append(f"{step.label}: needs {needs:.2f} GiB, {may:.2f} GiB may be used")
            continue
        if budget.left_s <= 0 or STARTS * session.expects_s(step) > budget.left_s:
            session.passed_over.append(f"{step.label}: would not fit its share of the time")
            continue
        try:
            timing = time_work(session.device, step.start(), budget)
        except NotOfferedError as error:
            session.passed_over.append(f"{step.label}: {error}")
            return
        finally:
            session.device.release()
        session.points.append(step.point(timing))
        session.learn(step, timing.median_s)


def product_steps(device: Device, precision: str) -> list[Step]:
    """Squares."""
    return [_product_step(device, (size, size, size), precision) for size in SQUARES]


def decode_product_steps(device: Device, precision: str) -> list[Step]:
    """A few rows times a wide matrix, as when a batch decodes."""
    return [_product_step(device, (rows, DECODE_WIDTH, DECODE_WIDTH), precision) for rows in DECODE_ROWS]


def _product_step(device: Device, shape: tuple[int, int, int], precision: str) -> Step:
    rows, inner, columns = shape
    flops = 2.0 * rows * inner * columns
    size = BYTES_OF[precision]
    moved = size * (rows * inner + inner * columns) + max(size, 2) * rows * columns
    unit = "TOPS" if precision == "int8" else "TFLOPS"

    def point(time: Timing) -> Point:
        rate = tera(flops, time.median_s)
        return Point("product", precision, time, rate, unit, rows, inner, columns, size_bytes=moved)

    return Step(
        label=f"product {rows} x {inner} x {columns} {precision}",
        precision=precision,
        start=lambda: device.product(rows, inner, columns, precision),
        flops=flops,
        moved_bytes=moved,
        memory_bytes=moved,
        point=point,
    )


def copy_steps(device: Device) -> list[Step]:
    """Copies of growing buffers."""
    return [_copy_step(device, mib * MIB) for mib in COPIES_MIB]


def _copy_step(device: Device, size: int) -> Step:
    moved = 2.0 * size
    return Step(
        label=f"copy of {size // MIB} MiB",
        precision="copy",
        start=lambda: device.copy(size),
        flops=0.0,
        moved_bytes=moved,
        memory_bytes=moved,
        point=lambda time: Point("copy", "bytes", time, giga(moved, time.median_s), "GB/s", size_bytes=moved),
    )


def attention_decode_steps(device: Device, precision: str) -> list[Step]:
    """One new token per sequence over a long context."""
    return [
        _decode_step(device, AttentionShape(batch, 1, context), precision)
        for batch, context in DECODE_ATTENTION
    ]


def _decode_step(device: Device, shape: AttentionShape, precision: str) -> Step:
    read = shape.kv_bytes(precision)

    def point(time: Timing) -> Point:
        rate = giga(read, time.median_s)
        point = Point("attention-decode", precision, time, rate, "GB/s", size_bytes=read)
        return replace(point, batch=shape.batch, queries=1, context=shape.context)

    return Step(
        label=f"attention of {shape.batch} tokens over {shape.context} {precision}",
        precision=precision,
        start=lambda: device.attention(shape, precision),
        flops=shape.flops,
        moved_bytes=read,
        memory_bytes=2.0 * read,
        point=point,
    )


def attention_prefill_steps(device: Device, precision: str) -> list[Step]:
    """Whole prompts."""
    return [_prefill_step(device, AttentionShape(1, length, length), precision) for length in PREFILL_QUERIES]


def _prefill_step(device: Device, shape: AttentionShape, precision: str) -> Step:
    def point(time: Timing) -> Point:
        rate = tera(shape.flops, time.median_s)
        point = Point("attention-prefill", precision, time, rate, "TFLOPS")
        return replace(point, batch=1, queries=shape.queries, context=shape.context)

    return Step(
        label=f"attention of a prompt of {shape.queries} {precision}",
        precision=precision,
        start=lambda: device.attention(shape, precision),
        flops=shape.flops,
        moved_bytes=0.0,
        memory_bytes=6.0 * shape.kv_bytes(precision) + _scores_bytes(device, shape, precision),
        point=point,
    )


def _scores_bytes(device: Device, shape: AttentionShape, precision: str) -> float:
    """Memory of all scores of a prompt, twice: processors hold them, the fused kernels of accelerators do not."""
    if device.facts.kind not in ("numpy", "cpu"):
        return 0.0
    return 2.0 * shape.batch * shape.heads * shape.queries * shape.context * BYTES_OF[precision]


def layer_steps(device: Device, precision: str, decode: bool) -> list[Step]:
    """One layer, decoding a batch or prefilling a prompt."""
    shapes = [(b, 1, c) for b, c in DECODE_LAYER] if decode else [(1, q, q) for q in PREFILL_LAYER]
    return [_layer_step(device, shape, precision, decode) for shape in shapes]


def _layer_step(device: Device, shape: tuple[int, int, int], precision: str, decode: bool) -> Step:
    batch, queries, context = shape
    model = LayerShape()
    attention = AttentionShape(batch, queries, context, model.heads, model.kv_heads, model.head_width)
    size, tokens = BYTES_OF[precision], batch * queries
    name = "layer-decode" if decode else "layer-prefill"
    held = model.weights * size + attention.kv_bytes(precision) + 4.0 * tokens * model.ffn_width * size

    def point(time: Timing) -> Point:
        point = Point(name, precision, time, tokens / time.median_s, "tokens/s", size_bytes=held)
        return replace(point, batch=batch, queries=queries, context=context)

    return Step(
        label=f"{name} of {batch} x {queries} tokens over {context} {precision}",
        precision=precision,
        start=lambda: device.layer(model, batch, queries, context, precision),
        flops=2.0 * model.weights * tokens + attention.flops,
        moved_bytes=held,
        memory_bytes=held + _scores_bytes(device, attention, precision),
        point=point,
    )


def all_steps(device: Device) -> Iterator[tuple[str, list[Step]]]:
    """Every test with its steps; wide formats first, since the figures rest on them."""
    yield "copy", copy_steps(device)
    for precision in device.precisions:
        yield f"product {precision}", product_steps(device, precision)
    main = device.precisions[0]
    yield "decode product", decode_product_steps(device, main)
    yield "decode attention", attention_decode_steps(device, main)
    yield "prefill attention", attention_prefill_steps(device, main)
    yield "decode layer", layer_steps(device, main, True)
    yield "prefill layer", layer_steps(device, main, False)


def run_all(session: Session, budget: Budget) -> None:
    """Run every test, each with an even share of what is left."""
    tests = list(all_steps(session.device))
    for at, (_, steps) in enumerate(tests):
        run_steps(session, steps, budget.share(budget.left_s / (len(tests) - at)))
