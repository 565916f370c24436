"""One way to put an llm on cards of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from planner.inputs.llms import Llm
from planner.serving.hardware import Hardware
from planner.serving.precisions import kv_bytes


@dataclass(frozen=True)
class Layout:
    """One way to serve an llm on cards of one kind.

    Attributes
    ----------
    precision : of the weights.
    tensor_parallel : cards side by side that share every matrix.
    attention_groups : groups of such cards, each attending to its own requests while all share the experts
        (data-parallel attention); 1: none.
    expert_parallel : experts are spread whole over the cards of a stage, not cut.
    stages : pipeline stages one after another, where one server does not hold the weights.
    role : ``whole``, or ``prefill`` or ``decode`` in a pool of its own.
    cache_bytes_per_element : of the KV cache; 0: by the rule of `precisions.kv_bytes`.
    """

    llm: Llm
    hardware: Hardware
    precision: str
    tensor_parallel: int
    stages: int = 1
    role: str = "whole"
    attention_groups: int = 1
    expert_parallel: bool = False
    cache_bytes_per_element: float = 0.0

    @property
    def layout(self) -> str:
        """Its id: llm/accelerator/precision/tp8, with dp4, ep and pp2 where there are groups, experts and stages."""
        cards = f"tp{self.tensor_parallel}"
        cards += f"dp{self.attention_groups}" if self.attention_groups > 1 else ""
        cards += "ep" if self.expert_parallel else ""
        cards += f"pp{self.stages}" if self.stages > 1 else ""
        parts = (self.llm.llm, self.hardware.accelerator, self.precision, cards)
        return "/".join(parts if self.role == "whole" else (*parts, self.role))

    @property
    def cards_per_stage(self) -> int:
        """Cards that work on a layer together."""
        return self.tensor_parallel * self.attention_groups

    @property
    def cards_per_replica(self) -> int:
        """Cards of one replica."""
        return self.cards_per_stage * self.stages

    @property
    def servers_per_replica(self) -> int:
        """Servers one replica touches."""
        return ceil(self.cards_per_replica / self.hardware.cards_per_server)

    @property
    def inside_domain(self) -> bool:
        """Whether the cards of a stage reach each other over the scale-up interconnect."""
        return self.cards_per_stage <= self.hardware.scale_up_cards

    @property
    def kv_bytes_per_element(self) -> float:
        """Bytes per element of the KV cache."""
        return self.cache_bytes_per_element or kv_bytes(self.hardware, self.precision)
