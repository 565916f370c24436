"""The modelled part of the serving table: every layout of one llm, for every workload that asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from planner.inputs.llms import Llm
from planner.serving.admissible import Admissible, admissible
from planner.serving.asks import Ask
from planner.serving.dominated import undominated
from planner.serving.hardware import Hardware
from planner.serving.layout import Layout
from planner.serving.layouts import layouts_of
from planner.serving.model import ServingModel
from planner.serving.precisions import precisions_of
from planner.serving.reasons import (
    Refusal,
    Tried,
    context_too_long,
    missing_figures,
    nearest_refusal,
    precision_not_allowed,
)
from planner.serving.work import Numbers, Work


@dataclass(frozen=True)
class Answer:
    """What the layouts do for one workload.

    ``tried`` has the layouts the workload may use, and no rate where the request is longer than the context.
    ``modelled`` are the cards the model speaks for.
    """

    ask: Ask
    llm: Llm
    tried: Tried
    modelled: tuple[Hardware, ...]


def answers_of(
    llm: Llm,
    asks: Sequence[Ask],
    cards: Mapping[str, Sequence[Hardware]],
    bands_ms: Sequence[float],
    model: ServingModel,
) -> tuple[Answer, ...]:
    """Admissible load of all layouts of an llm, workload by workload.

    Parameters
    ----------
    llm : what is served
    asks : its workloads
    cards : of every workload, the cards the model speaks for
    bands_ms : network times
    model : the serving model
    """
    answers = []
    for ask in asks:
        mine = tuple(cards[ask.workload])
        layouts = tuple(
            layout for card in mine for layout in layouts_of(llm, card, model.engine, ask.precisions)
        )
        if not mine:
            continue
        work = model.work(layouts)
        result = _of_those_that_fit(work, layouts, ask, bands_ms, model)
        result.requests_per_s[:, too_long(ask, llm)] = 0.0
        answers.append(Answer(ask, llm, Tried(layouts, work, result, ask.promise, model.engine), mine))
    return tuple(answers)


def _of_those_that_fit(
    work: Work, layouts: Sequence[Layout], ask: Ask, bands_ms: Sequence[float], model: ServingModel
) -> Admissible:
    """Admissible loads; layouts whose weights do not fit are not computed and have 0 everywhere."""
    fits = np.flatnonzero(work.room_bytes[:, 0] > 0)
    some = work.take(fits)
    efficiency = model.efficiency([layouts[i] for i in fits.tolist()])
    found = admissible(some, efficiency, model.engine, ask.requests, ask.promise, bands_ms)
    every = {}
    for field in fields(Admissible):
        values = getattr(found, field.name)
        every[field.name] = np.zeros((len(layouts), *values.shape[1:]), dtype=values.dtype)
        every[field.name][fits] = values
    return Admissible(**every)


def too_long(ask: Ask, llm: Llm) -> NDArray[np.bool_]:
    """Buckets whose mean request is longer than the llm's context."""
    return ask.requests.input_tokens + ask.requests.output_tokens > llm.context_tokens


def useful_layouts(answers: Sequence[Answer]) -> tuple[Layout, ...]:
    """Layouts of one llm that serve something and that no other of the same card dominates, over all workloads."""
    by_id = {layout.layout: layout for answer in answers for layout in answer.tried.layouts}
    if not by_id:
        return ()
    layouts = sorted(by_id.values(), key=lambda layout: (layout.cards_per_replica, layout.layout))
    place = {layout.layout: i for i, layout in enumerate(layouts)}
    blocks: list[Numbers] = []
    for answer in answers:
        shape = (len(layouts), *answer.tried.result.requests_per_s.shape[1:])
        block = np.zeros(shape)
        block[[place[layout.layout] for layout in answer.tried.layouts]] = answer.tried.result.requests_per_s
        blocks.append(block.reshape(len(layouts), -1))
    cards = [layout.cards_per_replica for layout in layouts]
    per_card = np.concatenate(blocks, axis=1) / np.array(cards)[:, None]
    kept = undominated(per_card, cards, [layout.hardware.accelerator for layout in layouts])
    return tuple(layout for layout, keep in zip(layouts, kept, strict=True) if keep)


def refusals_of(answer: Answer, bands_ms: Sequence[float]) -> dict[tuple[int, int, str], Refusal]:
    """Why, by (bucket position, band position, accelerator), for every modelled card that has no rate there."""
    found: dict[tuple[int, int, str], Refusal] = {}
    served = answer.tried.result.requests_per_s > 0
    long = too_long(answer.ask, answer.llm)
    tokens = answer.ask.requests.input_tokens + answer.ask.requests.output_tokens
    for card in answer.modelled:
        mine = [i for i, layout in enumerate(answer.tried.layouts) if layout.hardware is card]
        whole = _refusal_of_card(answer, card, bool(mine))
        for j in range(len(answer.ask.buckets)):
            for k, band_ms in enumerate(bands_ms):
                if served[mine, j, k].any():
                    continue
                if whole is not None:
                    refusal = whole
                elif long[j]:
                    refusal = context_too_long(float(tokens[j]), float(answer.llm.context_tokens))
                else:
                    refusal = nearest_refusal(answer.tried, mine, (j, k), band_ms)
                found[j, k, card.accelerator] = refusal
    return found


def _refusal_of_card(answer: Answer, card: Hardware, has_layouts: bool) -> Refusal | None:
    """The reason that holds for a card whatever the bucket, if there is one."""
    if card.missing:
        return missing_figures(card.missing)
    if not has_layouts:
        computed = precisions_of(card, answer.llm.native_precision)
        return precision_not_allowed(answer.ask.precisions, computed)
    return None
