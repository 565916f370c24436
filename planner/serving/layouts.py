"""Layouts: ways to put one llm on cards of one kind."""

from __future__ import annotations

from collections.abc import Sequence

from planner.inputs.llms import Llm
from planner.serving.engine import Engine
from planner.serving.hardware import Hardware
from planner.serving.layout import Layout
from planner.serving.memory import kv_room_bytes
from planner.serving.precisions import precisions_of

TENSOR_PARALLEL = (1, 2, 4, 8, 16)  # powers of two, which divide the heads of the catalogue's models
# Wide expert parallelism: DeepSeek serves from 32 cards on (reference/serving.md 1).
ATTENTION_GROUPS = (8, 16, 32)
# Assumed: published minimum deployments span up to 4 servers (market facts fit-005, fit-009).
MOST_SERVERS = 4


def layouts_of(
    llm: Llm, hardware: Hardware, engine: Engine, allowed: Sequence[str] = ()
) -> tuple[Layout, ...]:
    """Every layout worth looking at, by precision and then by cards; some may not hold the weights.

    Up to 16 cards side by side inside a server or the scale-up domain. Beyond, only when none of these holds the
    weights in any allowed precision: the largest as a stage, the least number of stages that holds them, and one
    more. A card without a known interconnect has layouts of one card only. A model with experts may also spread them
    whole over up to four servers, every card attending to its own requests.

    Parameters
    ----------
    llm, hardware : what is served, and on what
    engine : for the memory it leaves to weights
    allowed : precisions allowed; empty: any
    """
    if hardware.missing:
        return ()
    known = hardware.link_bytes_per_s is not None
    within = max(hardware.cards_per_server, hardware.scale_up_cards) if known else 1
    sizes = [n for n in TENSOR_PARALLEL if n <= within and llm.architecture.heads % n == 0]
    precisions = precisions_of(hardware, llm.native_precision, allowed)
    inside = [Layout(llm, hardware, precision, n) for precision in precisions for n in sizes]
    spread = _spread_experts(llm, hardware, precisions, within) if known and llm.architecture.experts else []
    if not known or any(holds_weights(layout, engine) for layout in inside):
        return tuple(inside + spread)
    beyond: list[Layout] = []
    for precision in precisions:
        staged = [Layout(llm, hardware, precision, sizes[-1], p) for p in range(2, MOST_SERVERS + 1)]
        beyond += [layout for layout in staged if holds_weights(layout, engine)][:2]
    return tuple(inside + beyond + spread)


def _spread_experts(llm: Llm, hardware: Hardware, precisions: Sequence[str], within: int) -> list[Layout]:
    """Experts spread whole over the cards, each of which attends to its own requests."""
    most = max(within, MOST_SERVERS * hardware.cards_per_server)
    return [
        Layout(llm, hardware, precision, 1, attention_groups=n, expert_parallel=True)
        for precision in precisions
        for n in ATTENTION_GROUPS
        if n <= most
    ]


def holds_weights(layout: Layout, engine: Engine) -> bool:
    """Whether weights and workspace leave any room on each card."""
    return kv_room_bytes(layout, engine) > 0
