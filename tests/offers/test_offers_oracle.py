"""Trying everything finds the program's cost: orders, terms, cards by the hour, tokens and what is left unmet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import pytest

from tests.offers.offers_world import LLM, RATE, world
from tests.properties.audited import faults
from tests.properties.in_process import Planned, money_by_instance, plan
from tests.properties.tiny import Tables, merged
from tests.tolerances import PROVEN_SHARE

pytestmark = pytest.mark.deep

COUNT = 32  # instances of a world, side by side in one program
PREFIX = len("i00-")
HOURS = Fraction("365.2425") / 12 * 24  # of a month
SLICES = {1: (Fraction(1),), 2: (Fraction(1, 3), Fraction(2, 3))}
WORLDS = ((3, 1), (2, 2), (1, 2))  # nodes and slices
MOST = 4  # cards bought, or rented, in a node: as many as the most demand takes


@dataclass(frozen=True)
class Drawn:
    """One instance: what is asked by node and slice, and the terms of each offer."""

    asked: tuple[tuple[int, ...], ...]
    mean: Fraction
    price: int
    month: int
    most_rented: int
    least_rented: int
    term: int
    hour: int
    token: Fraction  # of a million tokens on average
    most_tokens: int
    peak: int  # price in the first slice over list price
    penalty: int


def drawn(world_number: int, number: int) -> Drawn:
    """The same numbers give the same instance."""
    nodes, slices = WORLDS[world_number]
    rng = random.Random(1000 * world_number + number)
    pick = rng.choice
    return Drawn(
        asked=tuple(tuple(pick([0, 4, 8, 12, 25, 33]) for _ in range(slices)) for _ in range(nodes)),
        mean=pick([Fraction(1), Fraction(1, 2)]),
        price=pick([20_000, 30_000, 60_000]),
        month=pick([9_000, 15_000, 22_000]),
        most_rented=pick([1, 2, 4]),
        least_rented=pick([0, 0, 2]),
        term=pick([1, 1, 2]),
        hour=pick([20, 30, 60]),
        token=Fraction(pick([1, 2, 4, 8])),
        most_tokens=pick([3, 10, 40]),
        peak=pick([1, 3]),
        penalty=pick([1, 3, 20]),
    )


def tables_of(one: Drawn, p: str) -> Tables:
    """The instance as tables; prices of input and output are such that their mean is ``token``."""
    rentals: list[dict[str, Any]] = [
        {"rental": f"{p}term", "accelerator": f"{p}card", "site": f"{p}hall", "price_per_card_month": one.month,
         "max_cards": one.most_rented, "min_cards": min(one.least_rented, one.most_rented), "term_months": one.term},
        {"rental": f"{p}hour", "accelerator": f"{p}card", "site": f"{p}hall", "price_per_card_hour": one.hour},
    ]  # fmt: skip
    api = {
        "offer": f"{p}api", "llm": LLM, "workloads": (f"{p}chat",), "origin": "domestic",
        "input_price_per_mtok": float(one.token / 2), "output_price_per_mtok": float(one.token * 3 / 2),
        "max_requests_per_s": one.most_tokens,
    }  # fmt: skip
    several = len(one.asked[0]) > 1
    factors = [{"offer": f"{p}api", "slice": "day", "factor": one.peak}] if several else []
    offers = [
        {"offer": f"{p}buy", "accelerator": f"{p}card", "price_per_card": one.price, "residual_share": 0.0}
    ]
    return world(
        [list(row) for row in one.asked],
        offers=offers,
        mean=float(one.mean),
        penalty=one.penalty,
        prefix=p,
        rentals=rentals,
        token_offers=[api],
        token_factors=factors,
    )


def least_cost(one: Drawn) -> Fraction:
    """Every number of cards bought and terms started in each node; the rest follows node by node, slice by slice."""
    nodes = range(len(one.asked))
    best: Fraction | None = None
    known: dict[tuple[int, int], Fraction] = {}
    for bought in product(range(MOST + 1), repeat=len(one.asked)):
        for started in product(range(one.most_rented + 1), repeat=len(one.asked)):
            least = min(one.least_rented, one.most_rented)
            serving = [sum(started[max(0, n - one.term + 1) : n + 1]) for n in nodes]
            if max(serving) > one.most_rented or any(0 < count < least for count in started):
                continue
            cost = Fraction(one.price) * sum(bought) + one.month * sum(serving)
            for n in nodes:
                cards = sum(bought[: n + 1]) + serving[n]
                if (n, cards) not in known:
                    known[n, cards] = sum(_slices(one, n, cards), Fraction(0))
                cost += known[n, cards]
            best = cost if best is None else min(best, cost)
    assert best is not None
    return best


def _slices(one: Drawn, n: int, cards: int) -> Iterator[Fraction]:
    """Least cost of each slice with so many cards: more by the hour, tokens while cheaper than unmet, the rest."""
    shares = SLICES[len(one.asked[n])]
    for at, (asked, share) in enumerate(zip(one.asked[n], shares, strict=True)):
        mtok = one.mean * HOURS * share * 3600 / 1000  # of one request/s with 1,000 tokens
        factor = one.peak if at == 0 and len(shares) > 1 else 1
        token, penalty = mtok * one.token * factor, mtok * one.penalty
        costs = []
        for by_hour in range(MOST + 1):
            left = max(Fraction(0), Fraction(asked) - RATE * (cards + by_hour))
            api = min(left, Fraction(one.most_tokens)) if token < penalty else Fraction(0)
            costs.append(by_hour * one.hour * HOURS * share + api * token + (left - api) * penalty)
        yield min(costs)


@cache
def solved(number: int) -> tuple[list[Drawn], Tables, Planned]:
    """Instances of a world that ask for anything, and the plan of all of them."""
    chosen = [
        one for one in (drawn(number, i) for i in range(2 * COUNT)) if all(any(row) for row in one.asked)
    ]
    chosen = chosen[:COUNT]
    tables = merged([tables_of(one, f"i{i:02d}-") for i, one in enumerate(chosen)])
    found = plan(tables, prefix=PREFIX)
    assert found is not None
    return chosen, tables, found


@pytest.mark.parametrize("number", range(len(WORLDS)))
def test_trying_everything_finds_the_same_cost(number: int) -> None:
    chosen, _, found = solved(number)
    costs = money_by_instance(found, PREFIX)
    expected = {f"i{i:02d}-": float(least_cost(one)) for i, one in enumerate(chosen)}
    assert {name: costs[name] for name in expected} == pytest.approx(expected, rel=PROVEN_SHARE)


@pytest.mark.parametrize("number", range(len(WORLDS)))
def test_the_audit_is_clean(number: int) -> None:
    _, tables, found = solved(number)
    assert faults(tables, found) == []


def test_enough_instances_and_every_way_is_taken() -> None:
    every = [solved(number) for number in range(len(WORLDS))]
    assert sum(len(set(chosen)) for chosen, _, _ in every) >= 60
    for name in ("orders", "rentals", "hourly", "bought", "unmet"):
        assert sum(len(found.tables[name]) for _, _, found in every) >= 5, name
