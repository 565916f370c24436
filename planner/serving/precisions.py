"""Weight precisions: bytes in memory, peak rate in compute, and which of them a pair of llm and card may use.

Compute falls back to 16 bits where the card lacks the type; memory does not: an FP8 checkpoint takes one byte per
weight on every card, and is multiplied at the 16-bit rate where there is no FP8.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.serving.hardware import Hardware

BF16_BYTES = 2.0
# Bytes per weight, scales included (reference/serving.md 2.1; prototypes/serving_model.py WBYTES): FP4 has an
# 8-bit scale per 16 weights, 4 + 8/16 bits; INT4 a 16-bit scale and zero per 128 weights, about 4.25 bits.
WEIGHT_BYTES = {"bf16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5625, "int4": 0.53}
# Four-bit checkpoints of expert models quantise the experts only (reference/serving.md 5, point 5).
EXPERTS_ONLY = frozenset({"fp4", "int4"})
# Released weights also served as they are where the card cannot multiply them.
STORED_ONLY = frozenset({"fp8", "fp4", "int4"})


def precisions_of(hardware: Hardware, native_precision: str, allowed: Sequence[str] = ()) -> tuple[str, ...]:
    """Precisions to consider for an llm on a card, in the order of `WEIGHT_BYTES`.

    Parameters
    ----------
    hardware : the card
    native_precision : of the released weights
    allowed : the workload's ``precisions``, in lower case; empty: any

    Returns
    -------
    tuple of str
        ``bf16``, ``fp8`` and ``int8`` (W8A8) where the card computes them, and the llm's own low precision on
        any card with a 16-bit rate to fall back on, or that computes it.
    """
    computed = {name for name in ("bf16", "fp8", "int8") if name in hardware.peak_flops_per_s}
    falls_back = native_precision in STORED_ONLY and "bf16" in hardware.peak_flops_per_s
    if falls_back or native_precision in hardware.peak_flops_per_s:
        computed.add(native_precision)
    return tuple(name for name in WEIGHT_BYTES if name in computed and (not allowed or name in allowed))


def peak_flops_per_s(hardware: Hardware, precision: str) -> float:
    """Peak matrix rate of a layout: that of its precision, else the 16-bit rate [flop/s]."""
    return hardware.peak_flops_per_s.get(precision, hardware.peak_flops_per_s.get("bf16", 0.0))


def weight_bytes(precision: str, experts: bool, mixture: bool) -> float:
    """Bytes per weight of the experts, or of everything else, in a model with or without experts."""
    if mixture and not experts and precision in EXPERTS_ONLY:
        return BF16_BYTES
    return WEIGHT_BYTES[precision]


def kv_bytes(hardware: Hardware, precision: str) -> float:
    """Bytes per element of the KV cache.

    One byte for low-precision weights on a card that computes FP4 (the usual setting on that generation,
    reference/serving.md 5, point 2), else two.
    """
    low = precision in STORED_ONLY and "fp4" in hardware.peak_flops_per_s
    return 1.0 if low else BF16_BYTES
