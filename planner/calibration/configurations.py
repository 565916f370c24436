"""What a row of measurements ran: card, llm and layout, by the catalogue; or why that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isnan
from typing import Any, cast

import pandas as pd

from planner.inputs.cards import Card, catalogue_cards
from planner.inputs.llms import Llm, catalogue_llms
from planner.inputs.names import Found, find_card, find_llm
from planner.serving.engine import Engine
from planner.serving.hardware import Hardware, hardware_of
from planner.serving.layout import Layout
from planner.serving.layouts import TENSOR_PARALLEL, holds_weights
from planner.serving.precisions import BF16_BYTES

# TensorRT-LLM's low-precision checkpoints carry the scales of an 8-bit KV cache, and it is on with them
# (NVIDIA TensorRT-LLM documentation, Numerical Precision; reference/serving.md 5, point 2).
EIGHT_BIT_CACHE_ENGINES = frozenset({"trtllm", "nim"})
LOW_PRECISIONS = frozenset({"fp8", "fp4"})
MOST_GROWN = 128  # times the cards a row states: beyond it the row is taken at its word


@dataclass(frozen=True)
class Catalogue:
    """Cards and llms by which rows are understood."""

    cards: tuple[Card, ...]
    llms: tuple[Llm, ...]


@dataclass(frozen=True)
class Configuration:
    """One way a row may have run: so many replicas of a layout; prefill replicas apart where there is such a pool.

    ``replicas`` and ``prefill_replicas`` are 0 where a run in two pools does not say how many there were.
    """

    layout: Layout
    replicas: float
    prefill: Layout | None = None
    prefill_replicas: float = 0.0


@lru_cache(maxsize=1)
def shipped_catalogue() -> Catalogue:
    """The catalogue that ships with the package."""
    return Catalogue(catalogue_cards(), catalogue_llms())


def configurations_of(
    rows: pd.DataFrame, catalogue: Catalogue, engine: Engine, grow: bool = True
) -> list[tuple[tuple[Configuration, ...], str]]:
    """For every row the configurations it may have run, and the reason where there is none.

    A row that states its layout has one. A row that states only how many cards there were has every layout that
    holds the weights on them; the fastest is taken to have been used. A stated layout that does not hold the weights
    grows, or is refused where ``grow`` is false.
    """
    columns = ["accelerator", "model", "precision", "engine", "n_cards", "tp", "dp", "pp", "ep", "mode",
               "p_workers", "p_tp", "p_dp", "d_workers", "d_tp", "d_dp"]  # fmt: skip
    rows = rows.reindex(columns=columns)
    cards = {name: find_card(name, catalogue.cards) for name in rows["accelerator"].dropna().unique()}
    llms = {name: _llm(name, catalogue) for name in rows["model"].dropna().unique()}
    hardware: dict[str, Hardware] = {}
    found: dict[tuple[object, ...], tuple[tuple[Configuration, ...], str]] = {}
    result = []
    for row in rows.itertuples(index=False, name=None):
        key = tuple(None if isinstance(value, float) and isnan(value) else value for value in row)
        if key not in found:
            facts = dict(zip(columns, key, strict=True))
            found[key] = _configurations(facts, cards, llms, hardware, engine, grow)
        result.append(found[key])
    return result


def _llm(name: str, catalogue: Catalogue) -> Llm | str:
    """The llm, or the names nearest to what was given."""
    answer = find_llm(name, catalogue.llms)
    return answer.record or f"llm {name} is not in the catalogue (nearest: {', '.join(answer.nearest)})"


def _configurations(
    facts: Mapping[str, Any],
    cards: Mapping[str, Found[Card]],
    llms: Mapping[str, Llm | str],
    hardware: dict[str, Hardware],
    engine: Engine,
    grow: bool,
) -> tuple[tuple[Configuration, ...], str]:
    card = cards.get(facts["accelerator"])
    llm = llms.get(facts["model"], "model not stated")
    if card is None or card.record is None:
        named = f"accelerator {facts['accelerator']} is not in the catalogue"
        return (), f"{named} (nearest: {', '.join(card.nearest)})" if card else "accelerator not stated"
    known = hardware.setdefault(card.record.accelerator, hardware_of(card.record))
    fault = llm if isinstance(llm, str) else "" if facts["precision"] else "precision not stated"
    fault = fault or (f"card {known.accelerator} lacks {', '.join(known.missing)}" if known.missing else "")
    if fault or isinstance(llm, str):
        return (), fault
    return _Stated(facts, llm, known, engine, grow).configurations()


@dataclass(frozen=True)
class _Stated:
    """What one row states, with its card and llm found."""

    facts: Mapping[str, Any]
    llm: Llm
    hardware: Hardware
    engine: Engine
    grow: bool

    def configurations(self) -> tuple[tuple[Configuration, ...], str]:
        facts = self.facts
        if facts["mode"] == "disagg":
            prefill = self.holding(self.layout(facts["p_tp"] or facts["tp"], facts["p_dp"], role="prefill"))
            decode = self.holding(self.layout(facts["d_tp"] or facts["tp"], facts["d_dp"], role="decode"))
            tight = [one for one in (prefill, decode) if not self.holds(one)]
            if tight:
                return (), _too_small(tight[0].cards_per_replica)
            return (Configuration(decode, facts["d_workers"] or 0.0, prefill, facts["p_workers"] or 0.0),), ""
        cards = facts["n_cards"]
        if not (facts["tp"] or facts["dp"]):
            return self.every_layout(int(cards)) if cards else ((), "neither tp nor n_cards is stated")
        one = self.layout(facts["tp"], facts["dp"], facts["pp"])
        if not holds_weights(one, self.engine) and cards and cards > one.cards_per_replica:
            return self.every_layout(int(cards))
        one = self.holding(one)
        if not self.holds(one):
            return (), _too_small(one.cards_per_replica)
        return (Configuration(one, max((cards or 1) // one.cards_per_replica, 1.0)),), ""

    def layout(self, side: object, groups: object, stages: object = 1, role: str = "whole") -> Layout:
        apart = (self.facts["ep"] or 1) > 1 and self.llm.architecture.experts > 0
        return Layout(
            self.llm, self.hardware, str(self.facts["precision"]), _whole(side), _whole(stages), role,
            _whole(groups), apart, _cache_bytes(self.facts),
        )  # fmt: skip

    def holds(self, one: Layout) -> bool:
        """Whether the layout may be taken; one that was measured is, where layouts grow."""
        return self.grow or holds_weights(one, self.engine)

    def holding(self, stated: Layout) -> Layout:
        """The layout, with as many more cards as hold the weights: a run that was measured did hold them."""
        grown, more = stated, 1
        while self.grow and not holds_weights(grown, self.engine) and more < MOST_GROWN:
            more *= 2
            if self.llm.architecture.experts:
                grown = replace(stated, attention_groups=stated.attention_groups * more)
            else:
                grown = replace(stated, tensor_parallel=stated.tensor_parallel * more)
        return grown if holds_weights(grown, self.engine) else stated

    def every_layout(self, cards: int) -> tuple[tuple[Configuration, ...], str]:
        """Every layout on so many cards that holds the weights."""
        a = self.llm.architecture
        tried = [self.layout(side, 1) for side in TENSOR_PARALLEL if side <= cards and a.heads % side == 0]
        if a.experts:
            tried += [self.layout(1, groups) for groups in TENSOR_PARALLEL[1:] if groups <= cards]
        fits = [one for one in tried if holds_weights(one, self.engine)]
        if not fits:
            return (), _too_small(cards)
        return tuple(Configuration(one, float(cards // one.cards_per_replica)) for one in fits), ""


def _too_small(cards: int) -> str:
    return f"weights do not fit in {cards} card{'s' if cards > 1 else ''} by our count"


def _cache_bytes(facts: Mapping[str, Any]) -> float:
    """Bytes per element of the KV cache where the engine's habit is known; 0: by the card's rule."""
    engine, precision = str(facts["engine"] or ""), facts["precision"]
    if engine in EIGHT_BIT_CACHE_ENGINES and precision in LOW_PRECISIONS:
        return 1.0
    return 0.0 if precision in (*LOW_PRECISIONS, "int4") else BF16_BYTES


def _whole(value: object) -> int:
    return max(int(cast("float", value or 1)), 1)
