"""Any accelerator that PyTorch knows: CUDA and ROCm, Ascend, Cambricon, Moore Threads, Intel, or the processor.

PyTorch is imported here and nowhere else, and only when a device is opened. Makers' back ends register themselves when
their module is imported (torch_npu, torch_mlu, torch_musa...), and then look alike: ``torch.<kind>`` has
`device_count`, `get_device_name`, `synchronize`, `mem_get_info`, `empty_cache`. Iluvatar, MetaX and Hygon cards appear
as ``cuda`` with their makers' builds.
"""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from functools import partial
from typing import Any

from planner.errors import UnreachableError
from planner.measure.device import AttentionShape, DeviceFacts, LayerShape, NotOfferedError, Work
from planner.measure.numpy_device import SPREAD, memory_gib
from planner.units import GIB_BYTES

# Kind of device -> module that registers it ('' when PyTorch has it built in). Makers' installation guides, 2026.
KINDS = {"cuda": "", "npu": "torch_npu", "mlu": "torch_mlu", "musa": "torch_musa", "gcu": "torch_gcu", "xpu": "",
         "mps": "", "cpu": ""}  # fmt: skip
INSTALL = (
    "PyTorch is not installed. Install the build for your card: 'pip install torch' (NVIDIA, or the processor); for "
    "AMD, Intel and others see pytorch.org/get-started; Ascend: torch and torch_npu of the version that fits CANN; "
    "Cambricon: torch_mlu; Moore Threads: torch_musa; Iluvatar, MetaX and Hygon: the maker's own torch. "
    "Or measure the processor without it: --device numpy."
)
FP8 = ("float8_e4m3fn", "float8_e4m3fnuz")  # the second is what CDNA3 computes in
DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


def open_torch(kind: str = "auto") -> TorchDevice:
    """The first accelerator that PyTorch finds, or the one of a kind.

    Raises
    ------
    UnreachableError : PyTorch is not installed, or finds no such device
    """
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise UnreachableError(INSTALL) from error
    wanted = [kind] if kind != "auto" else list(KINDS)
    for name in wanted:
        if _there(torch, name):
            return TorchDevice(torch, name)
    raise UnreachableError(
        f"PyTorch {torch.__version__} finds no device '{kind}'. Kinds: {', '.join(KINDS)}; is its driver loaded, "
        f"and is this PyTorch the build for it?{_needs(kind)}"
    )


def _needs(kind: str) -> str:
    return f" '{kind}' needs the module {KINDS[kind]}." if KINDS.get(kind) else ""


def _there(torch: Any, kind: str) -> bool:
    """Whether PyTorch has a device of that kind; its maker's module is imported when it is installed."""
    if kind == "cpu":
        return True
    if KINDS.get(kind):
        try:
            importlib.import_module(KINDS[kind])
        except ImportError:
            return False
    offers = getattr(torch, kind, None)
    return bool(offers is not None and hasattr(offers, "is_available") and offers.is_available())


class TorchDevice:
    """A device through PyTorch."""

    def __init__(self, torch: Any, kind: str) -> None:
        self._torch = torch
        self._offers = getattr(torch, kind, None) if kind != "cpu" else None
        self._device = torch.device(kind)
        self.facts = _facts(torch, kind, self._offers)
        self.precisions: tuple[str, ...] = (
            ("bf16", "fp16", "fp8", "int8") if kind != "cpu" else ("bf16", "fp32", "int8")
        )

    def product(self, rows: int, inner: int, columns: int, precision: str) -> Work:
        """Product of two matrices; fp8 and int8 by the operations that engines use."""
        torch = self._torch
        if precision == "fp8":
            return self._first([partial(self._fp8_product, rows, inner, columns, name) for name in FP8])
        if precision == "int8":
            left = torch.randint(-64, 64, (max(rows, 32), inner), dtype=torch.int8, device=self._device)
            right = torch.randint(-64, 64, (columns, inner), dtype=torch.int8, device=self._device).t()
            return self._tried(lambda: lambda: torch._int_mm(left, right))
        left, right = self._random(precision, rows, inner), self._random(precision, inner, columns)
        out = self._random(precision, rows, columns)
        return self._tried(lambda: lambda: torch.mm(left, right, out=out))

    def _fp8_product(self, rows: int, inner: int, columns: int, name: str) -> Work:
        torch = self._torch
        left = self._random("bf16", max(rows, 16), inner).to(getattr(torch, name))
        right = self._random("bf16", columns, inner).to(getattr(torch, name)).t()
        one = torch.ones((), dtype=torch.float32, device=self._device)
        return lambda: torch._scaled_mm(left, right, scale_a=one, scale_b=one, out_dtype=torch.bfloat16)

    def copy(self, size_bytes: int) -> Work:
        """Copy of a buffer on the device."""
        torch = self._torch
        source = torch.ones(size_bytes // 4, dtype=torch.float32, device=self._device)
        target = torch.empty_like(source)
        return lambda: target.copy_(source)

    def attention(self, shape: AttentionShape, precision: str) -> Work:
        """PyTorch's scaled-dot-product attention, which picks the back end's fused kernel."""
        queries = self._random(precision, shape.batch, shape.heads, shape.queries, shape.head_width)
        keys = self._random(precision, shape.batch, shape.kv_heads, shape.context, shape.head_width)
        values = self._random(precision, shape.batch, shape.kv_heads, shape.context, shape.head_width)

        def work(grouped: bool) -> Any:
            return self._attend(queries, keys, values, grouped)

        return self._first([lambda: partial(work, True), lambda: partial(work, False)])

    def _attend(self, queries: Any, keys: Any, values: Any, grouped: bool) -> Any:
        """Attention, causal when there are as many new tokens as tokens in all.

        Where the kernels do not share keys and values among query heads, they are repeated first, as engines do there.
        """
        causal = queries.shape[2] == keys.shape[2] and keys.shape[2] > 1
        attention = self._torch.nn.functional.scaled_dot_product_attention
        if grouped:
            return attention(queries, keys, values, is_causal=causal, enable_gqa=True)
        times = queries.shape[1] // keys.shape[1]
        repeated = (part.repeat_interleave(times, dim=1) for part in (keys, values))
        return attention(queries, *repeated, is_causal=causal)

    def layer(self, shape: LayerShape, batch: int, queries: int, context: int, precision: str) -> Work:
        """One layer; keys and values of the earlier tokens are there already."""
        torch, width = self._torch, shape.head_width
        into = self._random(precision, shape.hidden_width, (shape.heads + 2 * shape.kv_heads) * width)
        back = self._random(precision, shape.heads * width, shape.hidden_width)
        up = self._random(precision, shape.hidden_width, 2 * shape.ffn_width)
        down = self._random(precision, shape.ffn_width, shape.hidden_width)
        keys = self._random(precision, batch, shape.kv_heads, context, width)
        values = self._random(precision, batch, shape.kv_heads, context, width)
        tokens = self._random(precision, batch * queries, shape.hidden_width)
        functional = torch.nn.functional

        def work(grouped: bool) -> Any:
            normed = functional.rms_norm(tokens, (shape.hidden_width,))
            asked = (normed @ into)[:, : shape.heads * width]
            asked = asked.reshape(batch, queries, shape.heads, width).transpose(1, 2)
            seen = (
                self._attend(asked, keys, values, grouped)
                .transpose(1, 2)
                .reshape(batch * queries, shape.heads * width)
            )
            seen = tokens + seen @ back
            gate, value = (functional.rms_norm(seen, (shape.hidden_width,)) @ up).chunk(2, dim=-1)
            return seen + (functional.silu(gate) * value) @ down

        return self._first([lambda: partial(work, True), lambda: partial(work, False)])

    def synchronise(self) -> None:
        """Wait for the device."""
        if self._offers is not None:
            self._offers.synchronize()

    def release(self) -> None:
        """Give cached memory back to the driver."""
        if self._offers is not None and hasattr(self._offers, "empty_cache"):
            self._offers.empty_cache()

    def _random(self, precision: str, *shape: int) -> Any:
        torch = self._torch
        drawn = torch.randn(
            shape, dtype=torch.float32 if self.facts.kind == "cpu" else torch.float16, device=self._device
        )
        return drawn.mul_(SPREAD).to(getattr(torch, DTYPES[precision]))

    def _first(self, ways: list[Callable[[], Work]]) -> Work:
        """The first way that the device can do."""
        for way in ways[:-1]:
            try:
                return self._tried(way)
            except NotOfferedError:
                continue  # the last way says why, when it cannot be done either
        return self._tried(ways[-1])

    def _tried(self, prepare: Callable[[], Work]) -> Work:
        """Work that ran once; PyTorch says in many ways that a device cannot."""
        torch = self._torch
        try:
            work: Work = prepare()
            with torch.inference_mode():
                work()
            self.synchronise()
        except (RuntimeError, NotImplementedError, AttributeError, TypeError) as error:
            first = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
            raise NotOfferedError(f"not offered by {self.facts.library}: {first}") from error

        def started() -> object:
            with torch.inference_mode():
                return work()

        return started


def _facts(torch: Any, kind: str, offers: Any) -> DeviceFacts:
    """What the device says of itself."""
    library = f"torch {torch.__version__}"
    if kind == "cpu":
        whole, free = memory_gib()
        name = platform.processor() or platform.machine()
        return DeviceFacts(kind, name, 1, whole, free, library, f"{platform.system()} {platform.release()}")
    name = offers.get_device_name(0) if hasattr(offers, "get_device_name") else kind
    cards = offers.device_count() if hasattr(offers, "device_count") else 1
    free_bytes, whole_bytes = offers.mem_get_info() if hasattr(offers, "mem_get_info") else (0, 0)
    if KINDS.get(kind):
        module = importlib.import_module(KINDS[kind])
        library += f", {KINDS[kind]} {getattr(module, '__version__', 'of unknown version')}"
    return DeviceFacts(
        kind, name, cards, whole_bytes / GIB_BYTES, free_bytes / GIB_BYTES, library, _driver(torch, kind)
    )


def _driver(torch: Any, kind: str) -> str:
    """Version of the platform PyTorch was built for; the kernel driver's own is not asked."""
    versions = torch.version
    hip, cuda = getattr(versions, "hip", None), getattr(versions, "cuda", None)
    if kind == "cuda":
        return f"ROCm {hip}" if hip else f"CUDA {cuda}"
    return str(
        getattr(versions, "cann", None)
        or getattr(versions, kind, None)
        or f"{kind} driver, version not stated"
    )
