"""What a device must offer to be measured.

A method that names work prepares its data on the device and returns a function that starts it once; `synchronise` waits
until all that was started is done. Work that the device cannot do raises `NotOfferedError`, which the tests note and
pass over. `planner.measure.torch_device` offers it through PyTorch, `planner.measure.numpy_device` through NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Work = Callable[[], object]
BYTES_OF = {"fp32": 4, "bf16": 2, "fp16": 2, "fp8": 1, "int8": 1}


class NotOfferedError(Exception):
    """The device or its library cannot do this work; the text says why."""


@dataclass(frozen=True)
class DeviceFacts:
    """What a device says of itself.

    Attributes
    ----------
    kind : PyTorch's name of the device type, such as ``cuda``, ``npu``, ``cpu``; ``numpy``
    name : as its driver prints it
    cards : of this kind in the machine
    memory_gib : of one card; for a processor, of the machine
    free_gib : of it, now
    library, driver : with versions
    """

    kind: str
    name: str
    cards: int
    memory_gib: float
    free_gib: float
    library: str
    driver: str


@dataclass(frozen=True)
class AttentionShape:
    """One call of attention with grouped queries.

    Attributes
    ----------
    batch : sequences
    queries : new tokens of each; 1 when decoding, the whole prompt when prefilling
    context : tokens each sequence attends to, its new ones included
    heads, kv_heads, head_width : of the model
    """

    batch: int
    queries: int
    context: int
    heads: int = 32
    kv_heads: int = 8
    head_width: int = 128

    @property
    def flops(self) -> float:
        """Multiplications and additions of scores and values; causal, so a prompt sees half of itself.

        Formula: 4 * heads * head_width * sum over queries of the tokens each sees.
        """
        seen = self.queries * (self.context - self.queries) + self.queries * (self.queries + 1) / 2
        return 4.0 * self.batch * self.heads * self.head_width * seen

    def kv_bytes(self, precision: str) -> float:
        """Keys and values read [bytes]."""
        return 2.0 * self.batch * self.context * self.kv_heads * self.head_width * BYTES_OF[precision]


@dataclass(frozen=True)
class LayerShape:
    """One dense layer: grouped-query attention and a gated feed-forward block; as in Llama-3.1-8B's config.json."""

    hidden_width: int = 4096
    ffn_width: int = 14336
    heads: int = 32
    kv_heads: int = 8
    head_width: int = 128

    @property
    def weights(self) -> int:
        """Weights of the layer, norms left out."""
        attention = self.hidden_width * self.head_width * 2 * (self.heads + self.kv_heads)
        return attention + 3 * self.hidden_width * self.ffn_width


class Device(Protocol):
    """A device that can be measured."""

    facts: DeviceFacts
    precisions: tuple[str, ...]

    def product(self, rows: int, inner: int, columns: int, precision: str) -> Work:
        """Product of a (rows, inner) and an (inner, columns) matrix."""

    def copy(self, size_bytes: int) -> Work:
        """Copy of a buffer: reads and writes it once."""

    def attention(self, shape: AttentionShape, precision: str) -> Work:
        """Attention, causal within the new tokens."""

    def layer(self, shape: LayerShape, batch: int, queries: int, context: int, precision: str) -> Work:
        """One layer over ``batch`` sequences with ``queries`` new tokens each."""

    def synchronise(self) -> None:
        """Wait until all started work is done."""

    def release(self) -> None:
        """Give back memory that no work holds any more."""
