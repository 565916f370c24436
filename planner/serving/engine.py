"""Settings of the serving engine that bound memory and batches; the same for every layout."""

from __future__ import annotations

from dataclasses import dataclass

from planner.serving.hardware import Hardware
from planner.units import GIB_BYTES

LARGE_CARD_BYTES = (
    70 * GIB_BYTES
)  # vLLM vllm/engine/arg_utils.py: defaults for large batches from this memory on


@dataclass(frozen=True)
class Engine:
    """How the engine is run.

    Attributes
    ----------
    usable_memory_share : share of the card's memory the engine takes.
    workspace_bytes, workspace_base_bytes, workspace_share :
        What it needs there besides weights and KV cache: at most the first; the second and a share of the memory.
    outside_link_gb_per_s : one-direction bandwidth per card between servers.
    outside_latency_factor : latency beyond the scale-up domain over that inside.
    running_requests_large, running_requests_small : the engine's cap on running sequences on cards with at least
        70 GiB, and on others.
    chunk_tokens : most prompt tokens in one step.
    speculated_tokens, accepted_share : tokens a draft proposes per step, and the share of them that is accepted one by
        one; 0: no speculative decoding.
    fullest_share : most mean running requests over places.
    prefill_busy_share : most of the time that may go to prompts, counted in full chunks.
    """

    usable_memory_share: float = 0.92  # engine default, vllm-project/vllm 002f10e vllm/config/cache.py
    workspace_bytes: float = 4e9  # reference/serving.md 2.1, KV capacity
    # A line through these 4 GB on 80 GiB and 2 GB on 24 GiB, which replays of a measured vLLM run there need.
    workspace_base_bytes: float = 1e9
    workspace_share: float = 0.035
    outside_link_gb_per_s: float = 50.0  # assumed: one 400 Gb/s port per card, as on H100 and 910C servers
    outside_latency_factor: float = 2.0  # reference/serving.md 2.1, collectives outside the domain
    running_requests_large: float = 1024.0  # vLLM vllm/engine/arg_utils.py, API server on a large card
    running_requests_small: float = 256.0  # same place, other cards
    chunk_tokens: float = 8192.0  # assumed: engine default of vLLM; the calibration used it too
    # Fuller replicas fell 1 to 4 % behind their queue in replays: evicted requests are read again.
    fullest_share: float = 0.95
    prefill_busy_share: float = 0.95  # assumed: beyond it the wait of a prompt is not stable
    speculated_tokens: float = 0.0
    accepted_share: float = 0.0

    @property
    def tokens_per_step(self) -> float:
        """Tokens a running request makes per step: (1 - p^(k+1)) / (1 - p) of k proposals accepted with chance p.

        Source: Leviathan, Kalman and Matias 2023, Fast Inference from Transformers via Speculative Decoding, eq. 1.
        The draft's own time is not counted (its weights are a small part of the llm's).

        Examples
        --------
        >>> Engine(speculated_tokens=3, accepted_share=0.8).tokens_per_step
        2.952
        """
        k, p = self.speculated_tokens, self.accepted_share
        return round((1.0 - p ** (k + 1.0)) / (1.0 - p), 12) if p < 1.0 else k + 1.0

    def workspace(self, hardware: Hardware) -> float:
        """Memory for activations, graphs and the runtime on one card [bytes]."""
        grown = self.workspace_base_bytes + self.workspace_share * hardware.memory_bytes
        return min(self.workspace_bytes, grown)

    def most_running(self, hardware: Hardware) -> float:
        """Cap on the running sequences of one engine, by the card's memory."""
        large = hardware.memory_bytes >= LARGE_CARD_BYTES
        return self.running_requests_large if large else self.running_requests_small
