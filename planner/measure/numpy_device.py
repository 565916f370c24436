"""The processor through NumPy: no bf16, no fused attention; a floor for what the machine can do, without PyTorch."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np

from planner.measure.device import AttentionShape, DeviceFacts, LayerShape, NotOfferedError, Work
from planner.units import GIB_BYTES

SPREAD = 0.02  # assumed: the usual spread of weights, so that sums stay in range
Array = np.ndarray[Any, np.dtype[Any]]


def memory_gib() -> tuple[float, float]:
    """Memory of this machine and what of it is free [GiB]; 0 where the system does not say."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return page * os.sysconf("SC_PHYS_PAGES") / GIB_BYTES, page * os.sysconf(
            "SC_AVPHYS_PAGES"
        ) / GIB_BYTES
    except (ValueError, OSError, AttributeError):  # not every system names these
        return 0.0, 0.0


class NumpyDevice:
    """This machine's processor, by NumPy and its BLAS."""

    precisions: tuple[str, ...] = ("fp32",)

    def __init__(self) -> None:
        whole, free = memory_gib()
        name = platform.processor() or platform.machine()
        system = f"{platform.system()} {platform.release()}"
        self.facts = DeviceFacts("numpy", name, 1, whole, free, f"numpy {np.__version__}", system)
        self._random = np.random.default_rng(0)

    def product(self, rows: int, inner: int, columns: int, precision: str) -> Work:
        """Product of two matrices."""
        self._need(precision)
        left, right = self._matrix(rows, inner), self._matrix(inner, columns)
        out = np.empty((rows, columns), np.float32)
        return lambda: np.matmul(left, right, out=out)

    def copy(self, size_bytes: int) -> Work:
        """Copy of a buffer."""
        source = np.ones(size_bytes // 8, np.float64)
        target = np.empty_like(source)
        return lambda: np.copyto(target, source)

    def attention(self, shape: AttentionShape, precision: str) -> Work:
        """Attention with all scores at once."""
        self._need(precision)
        queries = self._matrix(
            shape.batch, shape.kv_heads, shape.heads // shape.kv_heads * shape.queries, shape.head_width
        )
        keys = self._matrix(shape.batch, shape.kv_heads, shape.head_width, shape.context)
        values = self._matrix(shape.batch, shape.kv_heads, shape.context, shape.head_width)
        return lambda: _attend(queries, keys, values)

    def layer(self, shape: LayerShape, batch: int, queries: int, context: int, precision: str) -> Work:
        """One layer; keys and values of the earlier tokens are there already."""
        self._need(precision)
        width = shape.head_width
        into = self._matrix(shape.hidden_width, (shape.heads + 2 * shape.kv_heads) * width)
        back = self._matrix(shape.heads * width, shape.hidden_width)
        up = self._matrix(shape.hidden_width, 2 * shape.ffn_width)
        down = self._matrix(shape.ffn_width, shape.hidden_width)
        keys = self._matrix(batch, shape.kv_heads, width, context)
        values = self._matrix(batch, shape.kv_heads, context, width)
        tokens = self._matrix(batch * queries, shape.hidden_width)

        def work() -> Array:
            asked = (_normed(tokens) @ into)[:, : shape.heads * width]
            grouped = asked.reshape(batch, shape.kv_heads, shape.heads // shape.kv_heads * queries, width)
            seen = (
                tokens + _attend(grouped, keys, values).reshape(batch * queries, shape.heads * width) @ back
            )
            both = _normed(seen) @ up
            gate, value = both[:, : shape.ffn_width], both[:, shape.ffn_width :]
            made: Array = seen + (gate / (1.0 + np.exp(-gate)) * value) @ down
            return made

        return work

    def synchronise(self) -> None:
        """Nothing to wait for: NumPy returns when it is done."""

    def release(self) -> None:
        """Nothing to give back: the arrays go with the work."""

    def _need(self, precision: str) -> None:
        if precision not in self.precisions:
            raise NotOfferedError(f"NumPy does not compute in {precision}")

    def _matrix(self, *shape: int) -> Array:
        return self._random.standard_normal(shape, np.float32) * np.float32(SPREAD)


def _attend(queries: Array, keys: Array, values: Array) -> Array:
    scores = queries @ keys
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    found: Array = scores @ values
    return found


def _normed(tokens: Array) -> Array:
    scaled: Array = tokens / np.sqrt(np.mean(tokens * tokens, axis=-1, keepdims=True) + np.float32(1e-5))
    return scaled
