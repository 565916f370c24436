"""Tiny instances with pools, and their least cost by trying every fleet and every number of replicas."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from fractions import Fraction

from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR
from tests.properties.tiny import TOKENS, Tables, instance

PENALTY = 5  # per million tokens: 13,149 for a request/s of a month
MONTHLY_MTOK = Fraction(str(HOURS_PER_MONTH * SECONDS_PER_HOUR)) * TOKENS / 1_000_000
CACHE = 2e6  # bytes per token: a prompt of 500 tokens hands over 1 GB


@dataclass(frozen=True)
class Kind:
    """A card: its price, maker, and rates of a replica by role; None: it cannot. Replicas have ``cards`` cards."""

    name: str
    vendor: str
    price: int
    whole: int | None
    prefill: int | None
    decode: int | None
    cards: int = 1

    def rates(self) -> dict[str, int]:
        """Rates by role, of those it can."""
        every = {"whole": self.whole, "prefill": self.prefill, "decode": self.decode}
        return {role: rate for role, rate in every.items() if rate}


@dataclass(frozen=True)
class World:
    """One site, one month, one workload."""

    kinds: tuple[Kind, ...]
    demand: int
    kv_gb_per_s: int | None = None


def drawn(seed: int, prefix: str = "") -> World:
    """A random world of two or three cards, two of them of one maker."""
    rng = random.Random(seed)
    kinds = tuple(
        Kind(
            f"{prefix}a{i}",
            f"{prefix}v{i % 2}",
            rng.choice([9, 11, 14, 17]) * 1000,
            rng.choice([None, 1, 1, 2]),
            rng.choice([None, 2, 3, 5]),
            rng.choice([None, 2, 3, 5]),
            rng.choice([1, 1, 1, 2]),
        )
        for i in range(rng.choice([2, 3]))
    )
    return World(kinds, rng.choice([3, 4, 5]), rng.choice([None, None, None, 2]))


def tables_of(world: World, pools: str, prefix: str = "") -> Tables:
    """The tables the program and the audit read."""
    layouts, rates = [], []
    for kind in world.kinds:
        for role, rate in kind.rates().items():
            name = f"{kind.name}/{role}"
            layouts.append({"layout": name, "accelerator": kind.name, "cards_per_replica": kind.cards, "role": role,
                            "cache_bytes_per_token": CACHE if role == "prefill" else 0.0})  # fmt: skip
            if role == "whole" or pools != "none":
                rates.append({"workload": f"{prefix}w", "layout": name, "requests_per_s": rate})
    site = {"site": f"{prefix}s"} | ({} if world.kv_gb_per_s is None else {"kv_gb_per_s": world.kv_gb_per_s})
    nothing = [{"workload": f"{prefix}w", "layout": f"{prefix}none", "requests_per_s": 1}]
    return instance(
        settings={"pools": pools},
        sites=[site],
        routes=[{"region": f"{prefix}r", "site": f"{prefix}s"}],
        workloads=[{"workload": f"{prefix}w", "unmet_penalty_per_mtok": PENALTY}],
        requests=[{"workload": f"{prefix}w", "region": f"{prefix}r", "requests_per_s": world.demand}],
        layouts=layouts,
        rates=rates or nothing,
        cards=[{"accelerator": kind.name, "vendor": kind.vendor} for kind in world.kinds],
        offers=[
            {"offer": kind.name, "accelerator": kind.name, "price_per_card": kind.price, "residual_share": 0}
            for kind in world.kinds
        ],
    )


def class_of(kind: Kind, pools: str) -> str:
    """Cards of one class may exchange caches."""
    return {"same_card": kind.name, "same_vendor": kind.vendor, "any": ""}[pools]


def served(world: World, counts: list[dict[str, int]], pools: str) -> Fraction:
    """Requests per second that these replicas serve, by hand: whole ones alone, pools as far as both sides go."""
    whole = sum(rate * n["whole"] for kind, n in zip(world.kinds, counts, strict=True)
                for role, rate in kind.rates().items() if role == "whole")  # fmt: skip
    if pools == "none":
        return Fraction(min(world.demand, whole))
    pooled = 0
    for name in {class_of(kind, pools) for kind in world.kinds}:
        sides = dict.fromkeys(("prefill", "decode"), 0)
        for kind, n in zip(world.kinds, counts, strict=True):
            for role in sides:
                if class_of(kind, pools) == name:
                    sides[role] += kind.rates().get(role, 0) * n[role]
        pooled += min(sides.values())
    if world.kv_gb_per_s is not None:  # a request hands over 1 GB
        pooled = min(pooled, world.kv_gb_per_s)
    return Fraction(min(world.demand, whole + pooled))


def least_cost(world: World, pools: str) -> Fraction:
    """Every number of cards whose price is below that of serving nothing, and every way to lay replicas on them."""
    unmet = PENALTY * MONTHLY_MTOK
    best = world.demand * unmet
    most = [int(best // kind.price) for kind in world.kinds]
    for numbers in itertools.product(*(range(n + 1) for n in most)):
        price = sum(kind.price * n for kind, n in zip(world.kinds, numbers, strict=True))
        if price >= best:
            continue
        ways = [fillings(n // kind.cards, kind) for kind, n in zip(world.kinds, numbers, strict=True)]
        most_served = max(served(world, list(counts), pools) for counts in itertools.product(*ways))
        best = min(best, price + (world.demand - most_served) * unmet)
    return best


def fillings(replicas: int, kind: Kind) -> list[dict[str, int]]:
    """Ways to divide so many replicas over the roles that the card can play."""
    ways = [
        {"whole": w, "prefill": p, "decode": replicas - w - p}
        for w in range(replicas + 1)
        for p in range(replicas - w + 1)
    ]
    able = kind.rates()
    return [way for way in ways if all(not n or role in able for role, n in way.items())] or [
        dict.fromkeys(ways[0], 0)
    ]
