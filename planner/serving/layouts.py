"""Layouts: ways to put one llm on cards of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from planner.inputs.llms import Llm
from planner.serving.efficiency import Efficiency
from planner.serving.hardware import Hardware
from planner.serving.memory import kv_room_bytes
from planner.serving.precisions import precisions_of

TENSOR_PARALLEL = (1, 2, 4, 8, 16)  # powers of two, which divide the heads of the catalogue's models
MOST_STAGES = 4  # assumed: published minimum deployments span up to 4 servers (market facts fit-005, fit-009)


@dataclass(frozen=True)
class Layout:
    """One way to serve an llm on a card: precision, cards side by side (tensor parallel), and stages one after
    another (pipeline parallel) where one server does not hold the weights.

    ``role`` and further kinds of parallelism belong here when prefill and decode part ways.
    """

    llm: Llm
    hardware: Hardware
    precision: str
    tensor_parallel: int
    stages: int = 1
    role: str = "whole"

    @property
    def layout(self) -> str:
        """Its id: llm/accelerator/precision/tp8, or tp8pp2 with two stages."""
        cards = f"tp{self.tensor_parallel}" + (f"pp{self.stages}" if self.stages > 1 else "")
        return "/".join((self.llm.llm, self.hardware.accelerator, self.precision, cards))

    @property
    def cards_per_replica(self) -> int:
        """Cards of one replica."""
        return self.tensor_parallel * self.stages

    @property
    def servers_per_replica(self) -> int:
        """Servers one replica touches."""
        return ceil(self.cards_per_replica / self.hardware.cards_per_server)

    @property
    def inside_domain(self) -> bool:
        """Whether cards side by side reach each other over the scale-up interconnect."""
        return self.tensor_parallel <= self.hardware.scale_up_cards


def layouts_of(
    llm: Llm, hardware: Hardware, efficiency: Efficiency, allowed: Sequence[str] = ()
) -> tuple[Layout, ...]:
    """Every layout worth looking at, by precision and then by cards; some may not hold the weights.

    Up to 16 cards side by side inside a server or the scale-up domain. Beyond, only when none of these holds the
    weights in any allowed precision: the largest as a stage, the least number of stages that holds them, and one
    more. A card
    without a known interconnect has layouts of one card only.

    Parameters
    ----------
    llm, hardware : what is served, and on what
    efficiency : for the memory it leaves to weights
    allowed : precisions allowed; empty: any
    """
    if hardware.missing:
        return ()
    known = hardware.link_bytes_per_s is not None
    within = max(hardware.cards_per_server, hardware.scale_up_cards) if known else 1
    sizes = [n for n in TENSOR_PARALLEL if n <= within and llm.architecture.heads % n == 0]
    precisions = precisions_of(hardware, llm.native_precision, allowed)
    inside = [Layout(llm, hardware, precision, n) for precision in precisions for n in sizes]
    if not known or any(holds_weights(layout, efficiency) for layout in inside):
        return tuple(inside)
    beyond: list[Layout] = []
    for precision in precisions:
        staged = [Layout(llm, hardware, precision, sizes[-1], p) for p in range(2, MOST_STAGES + 1)]
        beyond += [layout for layout in staged if holds_weights(layout, efficiency)][:2]
    return tuple(inside + beyond)


def holds_weights(layout: Layout, efficiency: Efficiency) -> bool:
    """Whether weights and workspace leave any room on each card."""
    a, cards = layout.llm.architecture, layout.cards_per_replica
    return kv_room_bytes(a, layout.hardware, layout.precision, cards, efficiency) > 0
