"""The figures of a card that the serving model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.inputs.cards import Card
from planner.units import GIB_BYTES, GIGA, TERA

# Figure of the card behind each precision that multiplies matrices.
PEAK_FIGURES = {"bf16": "bf16_tflops", "fp8": "fp8_tflops", "int8": "int8_tops", "fp4": "fp4_tflops"}


@dataclass(frozen=True)
class Hardware:
    """One card as the serving model sees it. Peak figures, not measured ones: `Efficiency` says what is reached.

    Attributes
    ----------
    memory_bytes, bandwidth_bytes_per_s : capacity and peak bandwidth of the card's memory.
    peak_flops_per_s : peak matrix rate by precision; a precision the card does not compute is absent.
    link_bytes_per_s : interconnect, one direction; ``None`` where unknown.
    scale_up_cards : cards that reach each other over that interconnect.
    cards_per_server : smallest box.
    family : microarchitecture, '' where unknown.
    """

    accelerator: str
    memory_bytes: float
    bandwidth_bytes_per_s: float
    peak_flops_per_s: Mapping[str, float]
    link_bytes_per_s: float | None = None
    scale_up_cards: int = 1
    cards_per_server: int = 1
    family: str = ""
    missing: tuple[str, ...] = field(default=())

    @property
    def attention_flops_per_s(self) -> float:
        """Peak rate inside attention, which runs in 16 bits.

        A card that states only 8-bit rates has half of the smaller one there (assumed: on nearly every catalogue
        card that states both, the 8-bit peak is twice the 16-bit one; Gaudi 3 has them equal).
        """
        if "bf16" in self.peak_flops_per_s:
            return self.peak_flops_per_s["bf16"]
        eight_bit = [rate for name, rate in self.peak_flops_per_s.items() if name in ("fp8", "int8")]
        return min(eight_bit, default=0.0) / 2


def hardware_of(card: Card) -> Hardware:
    """The serving figures of a catalogue card, in base units.

    An INT8 rate that is no higher than the 16-bit rate is left out: it has collapsed (B300 and GB300 state 153.5
    TOPS beside 2,250 TFLOPS), and such a card is served in FP8 or FP4 instead. One direction of the interconnect
    is half of the stated bidirectional bandwidth. The scale-up domain, where not stated, is one server when the
    interconnect is known.

    Returns
    -------
    Hardware
        ``missing`` names the figures without which nothing can be modelled; the card then has no layout.
    """
    memory, bandwidth = card.get("memory_gib"), card.get("memory_bandwidth_gb_per_s")
    stated = {precision: card.get(figure) for precision, figure in PEAK_FIGURES.items()}
    peaks = {precision: value * TERA for precision, value in stated.items() if value}
    if "int8" in peaks and peaks["int8"] <= peaks.get("bf16", 0.0):
        del peaks["int8"]
    missing = [name for name in ("memory_gib", "memory_bandwidth_gb_per_s") if not card.get(name)]
    if not {"bf16", "fp8", "int8"} & set(peaks):
        missing.append("bf16_tflops, fp8_tflops or int8_tops")
    link = card.get("interconnect_gb_per_s")
    per_server = int(card.get("cards_per_server") or 1)
    return Hardware(
        accelerator=card.accelerator,
        memory_bytes=(memory or 0.0) * GIB_BYTES,
        bandwidth_bytes_per_s=(bandwidth or 0.0) * GIGA,
        peak_flops_per_s=peaks,
        link_bytes_per_s=link / 2 * GIGA if link else None,
        scale_up_cards=int(card.get("scale_up_domain_cards") or per_server),
        cards_per_server=per_server,
        family=card.family,
        missing=tuple(missing),
    )
