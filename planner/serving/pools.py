"""Rates of replicas that only prefill or only decode, for the serving table of a case that plans pools.

The hand-over of a cache is as fast as the slower of its two sides: cards of a replica times the network of a card
(`Engine.outside_link_gb_per_s`) times the share of it that is reached. Which decode replica a prompt goes to is the
program's choice, so the slowest that the table has for the workload and bucket is taken, whatever card it is on and
whatever cards may exchange caches in the case; then freedom of pools never makes a prefill replica slower. Layers
handed over while later ones are still computed would be faster (assumed: none are).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.inputs.llms import Llm
from planner.serving.asks import Ask
from planner.serving.columns import Row
from planner.serving.dominated import undominated
from planner.serving.efficiency import Efficiency
from planner.serving.hand_over import DECODE, PREFILL
from planner.serving.hardware import Hardware
from planner.serving.layout import Layout
from planner.serving.layouts import layouts_of
from planner.serving.model import ServingModel
from planner.serving.modelled import too_long
from planner.serving.roles import decode_rate, handed_over_s, prefill_rate
from planner.serving.work import Numbers, Work
from planner.units import MS_PER_S


@dataclass(frozen=True)
class RoleAnswer:
    """What layouts of one role take of one workload: arrays of shape (layouts, buckets, bands); 0: nothing.

    ``time_ms`` is the time to first token of a prefill replica, transfer included, or the time per token of one that
    decodes, at the promise's quantile.
    """

    ask: Ask
    role: str
    layouts: tuple[Layout, ...]
    requests_per_s: Numbers
    time_ms: Numbers


def pool_answers(
    llm: Llm,
    asks: Sequence[Ask],
    cards: Mapping[str, Sequence[Hardware]],
    bands_ms: Sequence[float],
    model: ServingModel,
) -> tuple[RoleAnswer, ...]:
    """Rates of both roles, workload by workload; parameters as `modelled.answers_of`."""
    found = []
    for ask in asks:
        whole = [
            layout
            for card in cards[ask.workload]
            for layout in layouts_of(llm, card, model.engine, ask.precisions)
        ]
        work = model.work(whole) if whole else None
        if work is None:
            continue
        fits = np.flatnonzero(work.room_bytes[:, 0] > 0)
        mine = [whole[i] for i in fits.tolist()]
        if mine:
            found += _answers(ask, llm, mine, work.take(fits), bands_ms, model)
    return tuple(found)


def _answers(
    ask: Ask, llm: Llm, layouts: Sequence[Layout], work: Work, bands_ms: Sequence[float], model: ServingModel
) -> list[RoleAnswer]:
    efficiency, engine, requests = model.efficiency(layouts), model.engine, ask.requests
    speed = link_speed(layouts, efficiency)
    fits = ~too_long(ask, llm)
    decoded, tpot = decode_rate(work, efficiency, engine, requests, ask.promise)
    decoded = np.where(fits, decoded, 0.0)
    slowest = np.where(decoded > 0, speed, np.inf).min(axis=0)
    takes = fits & np.isfinite(slowest)
    handed = handed_over_s(work, efficiency, requests, speed, engine, np.where(takes, slowest, np.inf))
    rates, times = [], []
    for band_ms in bands_ms:
        limit = (ask.promise.max_ttft_ms - band_ms) / MS_PER_S - handed
        rate, ttft = prefill_rate(work, efficiency, engine, requests, ask.promise, limit)
        rates.append(np.where(takes, rate, 0.0))
        times.append((ttft + handed) * MS_PER_S)
    every = (len(layouts), len(ask.buckets), len(bands_ms))
    return [
        RoleAnswer(
            ask, PREFILL, _named(layouts, PREFILL), np.stack(rates, axis=-1), np.stack(times, axis=-1)
        ),
        RoleAnswer(
            ask,
            DECODE,
            _named(layouts, DECODE),
            np.broadcast_to(decoded[..., None], every),
            np.broadcast_to(tpot[..., None] * MS_PER_S, every),
        ),
    ]


def link_speed(layouts: Sequence[Layout], efficiency: Efficiency) -> Numbers:
    """Cards of every replica times the share of their network that is reached, shape (layouts, 1) [cards]."""
    cards = np.array([float(layout.cards_per_replica) for layout in layouts])[:, None]
    result: Numbers = cards * efficiency.link_share
    return result


def _named(layouts: Sequence[Layout], role: str) -> tuple[Layout, ...]:
    return tuple(replace(layout, role=role) for layout in layouts)


def useful_roles(answers: Sequence[RoleAnswer], model: ServingModel) -> tuple[Layout, ...]:
    """Layouts of both roles that serve something and that no other of the same card and role dominates.

    A prefill layout dominates only those that hand over no fewer bytes.
    """
    useful: list[Layout] = []
    for role in (PREFILL, DECODE):
        mine = [answer for answer in answers if answer.role == role]
        by_id = {layout.layout: layout for answer in mine for layout in answer.layouts}
        if not by_id:
            continue
        layouts = sorted(by_id.values(), key=lambda layout: (layout.cards_per_replica, layout.layout))
        place = {layout.layout: i for i, layout in enumerate(layouts)}
        blocks = []
        for answer in mine:
            block = np.zeros((len(layouts), *answer.requests_per_s.shape[1:]))
            block[[place[layout.layout] for layout in answer.layouts]] = answer.requests_per_s
            blocks.append(block.reshape(len(layouts), -1))
        cards = [layout.cards_per_replica for layout in layouts]
        per_card = np.concatenate(blocks, axis=1) / np.array(cards)[:, None]
        sizes = model.work(layouts).transfer_bytes[:, 0] if role == PREFILL else np.zeros(len(layouts))
        kinds = [
            f"{layout.hardware.accelerator} {size:g}" for layout, size in zip(layouts, sizes, strict=True)
        ]
        kept = undominated(per_card, cards, kinds)
        useful += [layout for layout, keep in zip(layouts, kept, strict=True) if keep]
    return tuple(useful)


def role_rate_rows(answer: RoleAnswer, useful: set[str], bands_ms: Sequence[float]) -> list[Row]:
    """Positive rates of the useful layouts, as rows of the serving table; the time of the other role is blank."""
    kept = np.array([layout.layout in useful for layout in answer.layouts], dtype=bool)
    rows: list[Row] = []
    for i, j, k in np.argwhere((answer.requests_per_s > 0) & kept[:, None, None]).tolist():
        time = answer.time_ms[i, j, k]
        times = (time, np.nan) if answer.role == PREFILL else (np.nan, time)
        key = (answer.ask.workload, answer.ask.buckets[j], bands_ms[k], answer.layouts[i].layout)
        rows.append((*key, answer.requests_per_s[i, j, k], np.nan, *times))
    return rows
