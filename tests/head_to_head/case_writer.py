"""Writes a peer's instance as a case folder, the only way into the product.

A peer answers for one moment: hourly prices, a request rate, most requests per second of a card by request size. As a
case: one period, no discount, energy or residual value, the price of a card is its price per hour, the rates are the
case's own serving table, and work is deferrable, so that nothing is sized above the rate given.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

SECONDS_PER_DAY = 86_400
SECONDS_PER_PERIOD = 2_629_746  # a month of 365.2425 / 12 days, in which unmet requests add up
# Unmet work costs this many times what the best card asks for it; assumed. At 1,000 two instances of B2 would leave
# one request in 20,000 unmet rather than buy a larger card for it.
UNMET_OVER_MARGINAL = 10_000.0


@dataclass(frozen=True)
class Bucket:
    """Requests with input in (in_lo, in_hi] and output in (out_lo, out_hi] tokens, and their share."""

    in_lo: float
    in_hi: float
    out_lo: float
    out_hi: float
    share: float
    mean_in: float
    mean_out: float

    @property
    def bucket(self) -> str:
        """Its name in the serving table."""
        return f"in{self.in_hi:g}-out{self.out_hi:g}"


@dataclass(frozen=True)
class Work:
    """A workload of so many requests per second."""

    workload: str
    requests_per_s: float
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Rate:
    """Most requests per second of one replica; layouts of one name share their replicas between buckets."""

    workload: str
    bucket: str
    card: str
    requests_per_s: float
    layout: str = "given"
    cards_per_replica: int = 1


@dataclass(frozen=True)
class Instance:
    """A peer's question: hourly price per card, work, rates, and most cards of each type (absent: no limit)."""

    name: str
    price_per_card: Mapping[str, float]
    work: tuple[Work, ...]
    rates: tuple[Rate, ...]
    max_cards: Mapping[str, int] = field(default_factory=dict)


def write_case(instance: Instance, folder: Path) -> Path:
    """Write the instance into ``folder``, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    _yaml(folder / "case.yaml", {
        "name": instance.name, "currency": "USD", "start": "2027-01", "periods": 1, "discount_rate_per_year": 0,
        "routing_buckets": 60, "headroom_share": 0, "gap": 0,
    })  # fmt: skip
    _yaml(folder / "sites.yaml", {"sites": {"cloud": {}}})
    cards = sorted(instance.price_per_card)
    _yaml(folder / "accelerators.yaml", {"accelerators": {
        card: {"name": card, "vendor": "any", "origin": "imported",
               "figures": {"tdp_w": 0, "cards_per_server": 1}} for card in cards
    }})  # fmt: skip
    _yaml(folder / "workloads.yaml", {"workloads": {
        work.workload: {
            "llm": "llama-3.1-8b", "length_profile": work.workload, "max_ttft_ms": 10_000, "max_tpot_ms": 1_000,
            "unmet_penalty_per_mtok": unmet_penalty(instance, work), "deferrable": True,
        } for work in instance.work
    }})  # fmt: skip
    _csv(folder / "routes.csv", ("region", "site", "network_ms"), [("users", "cloud", 0)])
    _csv(folder / "demand.csv", ("period", "region", "workload", "requests_per_day"), (
        ("2027-01", "users", work.workload, work.requests_per_s * SECONDS_PER_DAY) for work in instance.work
    ))  # fmt: skip
    _csv(
        folder / "length_profiles.csv",
        ("profile", "in_lo", "in_hi", "out_lo", "out_hi", "share", "mean_in", "mean_out"),
        ((work.workload, b.in_lo, b.in_hi, b.out_lo, b.out_hi, b.share, b.mean_in, b.mean_out)
         for work in instance.work for b in work.buckets),
    )  # fmt: skip
    _csv(folder / "offers.csv", ("offer", "accelerator", "price_per_card", "residual_share"), (
        (f"buy-{card}", card, instance.price_per_card[card], 0) for card in cards
    ))  # fmt: skip
    _csv(
        folder / "serving.csv",
        ("workload", "bucket", "accelerator", "layout", "cards_per_replica", "requests_per_s"),
        ((r.workload, r.bucket, r.card, r.layout, r.cards_per_replica, r.requests_per_s)
         for r in (*instance.rates, *_cannot(instance))),
    )  # fmt: skip
    if instance.max_cards:
        _csv(folder / "supply.csv", ("limit", "accelerator", "max_cards"), (
            (f"cap-{card}", card, most) for card, most in sorted(instance.max_cards.items())
        ))  # fmt: skip
    return folder


def unmet_penalty(instance: Instance, work: Work) -> float:
    """Price of a million unmet tokens, at which no bucket is cheaper left alone than served.

    The cheapest card's price per request/s, times `UNMET_OVER_MARGINAL`, over the tokens that one request/s comes to
    in a period; the dearest bucket decides. Any value at which a plan leaves nothing unmet gives the same optimum.
    """
    dearest = 0.0
    for bucket in work.buckets:
        marginal = min(
            instance.price_per_card[rate.card] * rate.cards_per_replica / rate.requests_per_s
            for rate in instance.rates
            if (rate.workload, rate.bucket) == (work.workload, bucket.bucket) and rate.requests_per_s > 0
        )
        mtok = SECONDS_PER_PERIOD * (bucket.mean_in + bucket.mean_out) / 1e6
        dearest = max(dearest, marginal / mtok)
    return float(f"{dearest * UNMET_OVER_MARGINAL:.6g}")


def _cannot(instance: Instance) -> list[Rate]:
    """A rate of nothing for every workload and card without a rate, so that the case says all there is to know."""
    rated = {(rate.workload, rate.card) for rate in instance.rates}
    return [
        Rate(work.workload, "*", card, 0.0)
        for work in instance.work
        for card in sorted(instance.price_per_card)
        if (work.workload, card) not in rated
    ]


def _yaml(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
