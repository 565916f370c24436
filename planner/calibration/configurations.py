"""What a row of measurements ran: card, llm and layout, by the catalogue; or why that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isnan

import pandas as pd

from planner.inputs.cards import Card, catalogue_cards
from planner.inputs.llms import Llm, catalogue_llms
from planner.inputs.names import find_card, find_llm
from planner.serving.engine import Engine
from planner.serving.hardware import Hardware, hardware_of
from planner.serving.layouts import TENSOR_PARALLEL, Layout, holds_weights
from planner.serving.precisions import BF16_BYTES

# TensorRT-LLM's low-precision checkpoints carry the scales of an 8-bit KV cache, and it is on with them
# (NVIDIA TensorRT-LLM documentation, Numerical Precision; reference/serving.md 5, point 2).
EIGHT_BIT_CACHE_ENGINES = frozenset({"trtllm", "nim"})
LOW_PRECISIONS = frozenset({"fp8", "fp4"})


@dataclass(frozen=True)
class Catalogue:
    """Cards and llms by which rows are understood."""

    cards: tuple[Card, ...]
    llms: tuple[Llm, ...]


@dataclass(frozen=True)
class Configuration:
    """One way a row may have run: so many replicas of a layout; prefill replicas apart where there is such a pool."""

    layout: Layout
    replicas: float
    prefill: Layout | None = None
    prefill_replicas: float = 0.0


@lru_cache(maxsize=1)
def shipped_catalogue() -> Catalogue:
    """The catalogue that ships with the package."""
    return Catalogue(catalogue_cards(), catalogue_llms())


def configurations_of(
    rows: pd.DataFrame, catalogue: Catalogue, engine: Engine
) -> list[tuple[tuple[Configuration, ...], str]]:
    """For every row the configurations it may have run, and the reason where there is none.

    A row that states its layout has one. A row that states only how many cards there were has every layout that
    holds the weights on them; the fastest is taken to have been used.
    """
    cards = {name: find_card(name, catalogue.cards) for name in rows["accelerator"].dropna().unique()}
    llms = {name: _llm(name, catalogue) for name in rows["model"].dropna().unique()}
    hardware: dict[str, Hardware] = {}
    found: dict[tuple[object, ...], tuple[tuple[Configuration, ...], str]] = {}
    result = []
    columns = ["accelerator", "model", "precision", "engine", "n_cards", "tp", "dp", "pp", "ep", "mode",
               "p_workers", "p_tp", "p_dp", "d_workers", "d_tp", "d_dp"]  # fmt: skip
    for row in rows.reindex(columns=columns).itertuples(index=False, name=None):
        key = tuple(None if isinstance(value, float) and isnan(value) else value for value in row)
        if key not in found:
            facts = dict(zip(columns, key, strict=True))
            found[key] = _configurations(facts, cards, llms, hardware, engine)
        result.append(found[key])
    return result


def _llm(name: str, catalogue: Catalogue) -> Llm | str:
    """The llm, or the names nearest to what was given."""
    answer = find_llm(name, catalogue.llms)
    return answer.record or f"llm {name} is not in the catalogue (nearest: {', '.join(answer.nearest)})"


def _configurations(facts, cards, llms, hardware, engine):  # type: ignore[no-untyped-def]
    card = cards.get(facts["accelerator"])
    if card is None or card.record is None:
        nearest = ", ".join(card.nearest) if card else ""
        return (), f"accelerator {facts['accelerator']} is not in the catalogue (nearest: {nearest})"
    llm = llms.get(facts["model"], "model not stated")
    if isinstance(llm, str):
        return (), llm
    known = hardware.setdefault(card.record.accelerator, hardware_of(card.record))
    if known.missing:
        return (), f"card {known.accelerator} lacks {', '.join(known.missing)}"
    if not facts["precision"]:
        return (), "precision not stated"
    cache = _cache_bytes(facts)

    def layout(side: object, groups: object, stages: object = 1, role: str = "whole") -> Layout:
        return Layout(
            llm, known, str(facts["precision"]), _whole(side), _whole(stages), role, _whole(groups),
            (facts["ep"] or 1) > 1 and llm.architecture.experts > 0, cache,
        )  # fmt: skip

    if facts["mode"] == "disagg":
        prefill = layout(facts["p_tp"] or facts["tp"], facts["p_dp"] or 1, role="prefill")
        decode = layout(facts["d_tp"] or facts["tp"], facts["d_dp"] or 1, role="decode")
        pools = Configuration(decode, facts["d_workers"] or 1.0, prefill, facts["p_workers"] or 1.0)
        return (pools,), ""
    if facts["tp"] or facts["dp"]:
        one = layout(facts["tp"] or 1, facts["dp"] or 1, facts["pp"] or 1)
        replicas = max((facts["n_cards"] or one.cards_per_replica) // one.cards_per_replica, 1.0)
        return (Configuration(one, replicas),), ""
    if not facts["n_cards"]:
        return (), "neither the layout (tp) nor the number of cards (n_cards) is stated"
    return _every_layout(layout, int(facts["n_cards"]), llm, engine)


def _every_layout(layout, cards: int, llm: Llm, engine: Engine):  # type: ignore[no-untyped-def]
    tried = []
    for side in (size for size in TENSOR_PARALLEL if size <= cards and llm.architecture.heads % size == 0):
        tried.append(layout(side, 1))
    if llm.architecture.experts:
        tried += [layout(1, groups) for groups in TENSOR_PARALLEL[1:] if groups <= cards]
    fits = tuple(
        Configuration(one, float(cards // one.cards_per_replica))
        for one in tried
        if holds_weights(one, engine)
    )
    return fits, "" if fits else f"weights do not fit in {cards} cards"


def _cache_bytes(facts: dict[str, object]) -> float:
    """Bytes per element of the KV cache where the engine's habit is known; 0: by the card's rule."""
    engine, precision = str(facts["engine"] or ""), facts["precision"]
    if engine in EIGHT_BIT_CACHE_ENGINES and precision in LOW_PRECISIONS:
        return 1.0
    return 0.0 if precision in (*LOW_PRECISIONS, "int4") else BF16_BYTES


def _whole(value: object) -> int:
    return max(int(float(value or 1)), 1)  # type: ignore[arg-type]


def stated_layouts(configurations: Sequence[tuple[tuple[Configuration, ...], str]]) -> list[bool]:
    """Whether a row has exactly one configuration."""
    return [len(options) == 1 for options, _ in configurations]
