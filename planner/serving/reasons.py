"""Why a card cannot serve a bucket of a workload: one reason, with the numbers of the nearest miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.serving.admissible import Admissible, Promise
from planner.serving.layout import Layout
from planner.serving.memory import usable_bytes_per_card, weight_bytes_per_card
from planner.serving.work import Work
from planner.units import GIB_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.serving.engine import Engine

# What was asked, as it stands in the columns ``promise`` of a refusal.
TTFT, TPOT, MEMORY, KV_ROOM = "max_ttft_ms", "max_tpot_ms", "memory_gib", "kv_room_gib"
CONTEXT, PRECISION, FIGURE, GIVEN = "context_tokens", "precisions", "figures", "given rate"
LENGTHS = "lengths together"


@dataclass(frozen=True)
class Refusal:
    """A reason in words; what was asked (``promise``), its limit and the nearest figure, where there are numbers.

    ``layout`` is the nearest layout, or '' where there is none.
    """

    reason: str
    promise: str
    limit: float = np.nan
    nearest: float = np.nan
    layout: str = ""


def context_too_long(tokens: float, context_tokens: float) -> Refusal:
    """The request is longer than the llm's context."""
    reason = f"too long: {tokens:,.0f} tokens in and out against a context of {context_tokens:,.0f}"
    return Refusal(reason, CONTEXT, context_tokens, tokens)


def precision_not_allowed(allowed: Sequence[str], computed: Sequence[str]) -> Refusal:
    """The workload's precisions and those of the pair of llm and card have none in common."""
    wanted = ", ".join(allowed)
    can = ", ".join(computed) or "none that the planner knows"
    return Refusal(
        f"precision not allowed: the workload takes {wanted}; this card and llm can {can}", PRECISION
    )


def missing_figures(missing: Sequence[str]) -> Refusal:
    """The card lacks figures, so nothing can be said about it."""
    return Refusal(f"missing figure: {', '.join(missing)}; give it in accelerators.yaml", FIGURE)


def given_as_none(layout: str) -> Refusal:
    """The case's serving table says that it cannot."""
    return Refusal("given rate is 0 in the serving table", GIVEN, layout=layout)


def not_given() -> Refusal:
    """The case's serving table has rows for the workload and card, but none for this bucket."""
    return Refusal("no rate given: the serving table names this workload and card but not this bucket", GIVEN)


def weights_do_not_fit(layout: Layout, engine: Engine) -> Refusal:
    """Weights against usable memory, over all cards of the layout."""
    n = layout.cards_per_replica
    needs = weight_bytes_per_card(layout) * n / GIB_BYTES
    has = max(usable_bytes_per_card(layout.hardware, engine), 0.0) * n / GIB_BYTES
    reason = (
        f"weights do not fit: needs {needs:,.0f} GiB in {layout.precision}, has {has:,.0f} GiB on {cards(n)}"
    )
    if layout.hardware.link_bytes_per_s is None:
        reason += " (its interconnect is not known, so no layout has more)"
    return Refusal(reason, MEMORY, has, needs, layout.layout)


def cards(count: int) -> str:
    """'1 card', '8 cards'."""
    return "1 card" if count == 1 else f"{count} cards"


@dataclass(frozen=True)
class Tried:
    """The layouts tried for one workload, and what came of it; rows of ``work`` and ``result`` are layouts."""

    layouts: tuple[Layout, ...]
    work: Work
    result: Admissible
    promise: Promise
    engine: Engine


def nearest_refusal(tried: Tried, positions: Sequence[int], at: tuple[int, int], band_ms: float) -> Refusal:
    """The reason of the layout that came nearest, among those of one card.

    A layout that misses a promise is nearer than one without KV room, and that nearer than one whose weights do
    not fit; among equals the smallest ratio of nearest figure to limit counts, then the fewest cards.

    Parameters
    ----------
    tried : for the workload
    positions : of the card's layouts
    at : positions of the bucket and of the network time
    band_ms : that network time
    """
    misses: list[tuple[int, float, int, Refusal]] = []
    for i in positions:
        layout = tried.layouts[i]
        if not tried.result.weights_fit[i]:
            stage, refusal = 2, weights_do_not_fit(layout, tried.engine)
        elif not tried.result.one_fits[i, at[0]]:
            stage, refusal = 1, _no_kv_room(tried, i, at[0])
        else:
            stage, refusal = 0, _missed_promise(tried, (i, *at), band_ms)
        ratio = refusal.nearest / refusal.limit if refusal.limit > 0 else np.inf
        misses.append((stage, float(ratio), layout.cards_per_replica, refusal))
    return min(misses, key=lambda miss: miss[:3])[3]


def _no_kv_room(tried: Tried, position: int, bucket: int) -> Refusal:
    """One whole request against the room weights leave."""
    layout = tried.layouts[position]
    room = float(tried.work.room_bytes[position, 0]) / GIB_BYTES
    one = float(tried.result.one_bytes[position, bucket]) / GIB_BYTES
    where = cards(layout.cards_per_replica)
    reason = f"no KV room for one request: {one:,.1f} GiB against {room:,.1f} GiB on each of {where}"
    return Refusal(reason, KV_ROOM, room, one, layout.layout)


def _missed_promise(tried: Tried, at: tuple[int, int, int], band_ms: float) -> Refusal:
    """The promise that an idle replica misses by the larger factor."""
    layout, max_tpot_ms = tried.layouts[at[0]], tried.promise.max_tpot_ms
    tpot, ttft = float(tried.result.tpot_ms[at]), float(tried.result.ttft_ms[at])
    limit_ttft_ms = tried.promise.max_ttft_ms - band_ms
    name, n = layout.layout, cards(layout.cards_per_replica)
    if tpot / max_tpot_ms > (ttft / limit_ttft_ms if limit_ttft_ms > 0 else np.inf):
        reason = f"time per token: {tpot:,.0f} ms against {max_tpot_ms:,.0f} on {n}, idle"
        return Refusal(reason, TPOT, max_tpot_ms, tpot, name)
    reason = f"time to first token: {ttft:,.0f} ms against {limit_ttft_ms:,.0f} on {n}, idle"
    return Refusal(reason, TTFT, limit_ttft_ms, ttft, name)


def explain_refusal(row: Mapping[str, object]) -> str:
    """One row of ``ServingTables.refused`` as a sentence.

    Examples
    --------
    >>> explain_refusal({"workload": "chat", "bucket": "in8192-out64", "band_ms": 50.0, "accelerator": "card-a",
    ...                  "reason": "no rate given"})
    'card-a cannot serve chat in8192-out64 at 50 ms of network: no rate given.'
    """
    who = f"{row['accelerator']} cannot serve {row['workload']} {row['bucket']} at {row['band_ms']:g} ms of network"
    return f"{who}: {row['reason']}."
