"""What the oracle counts with: money, time and cards of one instance, in fractions."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from tests.properties.tiny import Tables

HOURS_PER_MONTH = Fraction("365.2425") / 12 * 24  # the Gregorian year
ONE = Fraction(1)
Row = Mapping[str, Any]
Place = tuple[str, str]  # accelerator, site
Cards = Mapping[tuple[str, str, int], int]  # accelerator, site, node -> cards in service


class TooLargeError(Exception):
    """More to try than a test should."""


@dataclass(frozen=True)
class Unit:
    """One server of an offer, ordered for a site in a node."""

    offer: str
    accelerator: str
    site: str
    node: int
    cards: int
    serves: range
    landed: Fraction  # of the server, not discounted
    opex: Mapping[int, Fraction]  # maintenance, by node, not discounted
    cost: Fraction  # everything it costs if nothing runs on it, discounted


@functools.cache
def exact(value: float | str) -> Fraction:
    """The decimal that was written, not the double next to it."""
    return Fraction(repr(float(value)))


def blank(value: object) -> bool:
    """Absent text or number."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Rows as plain mappings."""
    columns = [table[name].tolist() for name in table.columns]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


class Facts:
    """One instance."""

    def __init__(self, tables: Tables) -> None:
        self.rows = {name: rows_of(table) for name, table in tables.items()}
        row = self.rows["settings"][0]
        self.months = int(row["period_months"])
        self.whole = row["replicas"] == "whole"
        self.currency = row["currency"]
        self.headroom, self.idle = exact(row["headroom_share"]), exact(row["idle_power_share"])
        self.rate = exact(row["discount_rate_per_year"])
        self.slices = {h["slice"]: h for h in sorted(self.rows["slices"], key=lambda h: h["index"])}
        self.share = {h: exact(row["share"]) for h, row in self.slices.items()}
        self.lost = {
            h: exact(row["switch_minutes"]) / 60 / exact(part["day_hours"]) for h, part in self.slices.items()
        }
        self.labels = [p["node"] for p in sorted(self.rows["periods"], key=lambda p: p["index"])]
        self.nodes = range(len(self.labels))
        self.number = {label: n for n, label in enumerate(self.labels)}
        self.cards = {c["accelerator"]: c for c in self.rows["cards"]}
        self.sites = {s["site"]: s for s in self.rows["sites"]}
        self.offers = {o["offer"]: o for o in self.rows["offers"]}
        self.layouts = self.rows["layouts"]
        self.rates = {
            (r["workload"], r["bucket"], r["band_ms"], r["layout"]): exact(r["requests_per_s"])
            for r in self.rows["rates"]
        }
        self.discount = [self.power(1 + self.rate, -n * self.months) for n in self.nodes]
        self.known_standing: dict[tuple[str, str, int], Fraction] = {}
        self.opening = self.opening_fleet()
        self.units = sorted(self.all_units(), key=lambda u: (u.cost, u.offer, u.site, u.node))
        self.known_nodes: dict[tuple[int, tuple[int, ...]], Fraction | None] = {}
        self.known_choices: dict[tuple[int, str, str | None], bool] = {}
        self.places = [(a, s) for a in self.cards for s in self.sites]

    # Time and money

    def power(self, base: Fraction, months: int) -> Fraction:
        """``base`` to the years that these months are."""
        years = Fraction(months, 12)
        if base == 1 or years.denominator == 1:
            return base ** int(years)
        return Fraction(float(base) ** float(years))

    def span(self, rule: Row) -> range:
        first, last = rule["from_period"], rule["to_period"]
        return range(
            0 if blank(first) else self.number[first],
            len(self.labels) if blank(last) else self.number[last] + 1,
        )

    def selects(self, rule: Row, accelerator: str, offer: str | None) -> bool:
        known = (id(rule), accelerator, offer)
        if known not in self.known_choices:
            self.known_choices[known] = self.really_selects(rule, accelerator, offer)
        return self.known_choices[known]

    def really_selects(self, rule: Row, accelerator: str, offer: str | None) -> bool:
        card = self.cards[accelerator]
        has = {"accelerator": accelerator, "vendor": card["vendor"], "origin": card["origin"]}
        has |= {"offer": offer} if offer is not None else {}
        return all(blank(rule[name]) or rule[name] == value for name, value in has.items())

    def exchange(self, currency: object, n: int) -> Fraction:
        if blank(currency) or currency == self.currency:
            return ONE
        found = {f["period"]: exact(f["rate"]) for f in self.rows["fx"] if f["currency"] == currency}
        return found.get(self.labels[n], found.get("*", Fraction(0)))

    def price(self, offer: Row, n: int) -> Fraction:
        for row in self.rows["prices"]:
            if row["offer"] == offer["offer"] and row["period"] == self.labels[n]:
                own = exact(row["price_per_card"])
                break
        else:
            change = 1 + exact(offer["price_change_per_year"])
            own = exact(offer["price_per_card"]) * self.power(change, n * self.months)
        return own * self.exchange(offer["currency"], n)

    def landed(self, offer: Row, n: int) -> Fraction:
        price = self.price(offer, n)
        border = price * (1 + exact(offer["freight_share"]))
        duty = border * exact(offer["duty_share"])
        vat = 0 if offer["vat_recoverable"] else (border + duty) * exact(offer["vat_share"])
        return border + duty + vat

    def tariff(self, site: str, n: int, h: str, origin: str) -> Fraction:
        best, best_rank = exact(self.sites[site]["tariff_per_kwh"]), -1
        for row in self.rows["tariffs"]:
            fits = (
                row["site"] == site
                and row["period"] in ("*", self.labels[n])
                and row["slice"] in ("*", h)
                and row["origin"] in ("*", origin)
            )
            rank = 4 * (row["period"] != "*") + 2 * (row["slice"] != "*") + (row["origin"] != "*")
            if fits and rank > best_rank:
                best, best_rank = exact(row["tariff_per_kwh"]), rank
        return best

    def full_power(self, accelerator: str, site: str, n: int, h: str) -> Fraction:
        """Energy of a card at full power in a slice of a node."""
        card = self.cards[accelerator]
        kwh = exact(card["power_kw"]) * exact(self.sites[site]["pue"]) * HOURS_PER_MONTH * self.months
        return kwh * self.share[h] * self.tariff(site, n, h, card["origin"])

    def standing(self, accelerator: str, site: str, n: int) -> Fraction:
        """Hosting and idle energy of a card in service."""
        key = (accelerator, site, n)
        if key not in self.known_standing:
            self.known_standing[key] = self.really_standing(accelerator, site, n)
        return self.known_standing[key]

    def really_standing(self, accelerator: str, site: str, n: int) -> Fraction:
        hosting = exact(self.sites[site]["hosting_per_kw_month"]) * exact(self.cards[accelerator]["power_kw"])
        energy = sum((self.full_power(accelerator, site, n, h) for h in self.slices), Fraction(0))
        return hosting * self.months + self.idle * energy

    # Hours

    def waits(self, workload: str) -> bool:
        """Whether work may be served in another slice than the one it arrives in."""
        row = next(w for w in self.rows["workloads"] if w["workload"] == workload)
        return len(self.slices) > 1 and bool(row["deferrable"])

    def served_in(self, workload: str, arrival: str) -> list[str]:
        """Slices whose end lies within the deadline from the start of the slice of arrival, and that slice itself."""
        if not self.waits(workload):
            return [arrival]
        row = next(w for w in self.rows["workloads"] if w["workload"] == workload)
        found, clock, at = [arrival], exact(self.slices[arrival]["day_hours"]), arrival
        while True:
            at = next(h for h, part in self.slices.items() if part["before"] == at)
            if at == arrival:
                return found
            clock += exact(self.slices[at]["day_hours"])
            if clock <= exact(row["deadline_hours"]):
                found.append(at)

    # Cards

    def opening_fleet(self) -> dict[tuple[str, str, int], int]:
        cards = {(a, s, n): 0 for a in self.cards for s in self.sites for n in self.nodes}
        for batch in self.rows["fleet"]:
            end = len(self.labels) if blank(batch["retires"]) else self.number[batch["retires"]]
            for n in range(end):
                cards[batch["accelerator"], batch["site"], n] += int(batch["cards"])
        return cards

    def upkeep(self, n: int) -> Fraction:
        """Maintenance of the opening fleet in a node."""
        total = Fraction(0)
        for batch in self.rows["fleet"]:
            if blank(batch["retires"]) or n < self.number[batch["retires"]]:
                total += exact(batch["maintenance_per_card_month"]) * int(batch["cards"]) * self.months
        return total

    def all_units(self) -> Iterator[Unit]:
        end = len(self.labels)
        for name, offer in self.offers.items():
            lead = math.ceil(exact(offer["lead_time_months"]) / self.months)
            life = max(1, math.floor(exact(offer["life_months"]) / self.months))
            accelerator = offer["accelerator"]
            box = offer["cards_per_server"]
            box = int(self.cards[accelerator]["cards_per_server"] if blank(box) else box)
            for n in self.nodes:
                start = n + lead
                if start >= end:
                    continue
                serves = range(start, min(end, start + life))
                landed = self.landed(offer, n) * box
                yearly = exact(offer["maintenance_share_per_year"]) * self.months / 12
                left = max(
                    Fraction(0), 1 - Fraction((end - start) * self.months) / exact(offer["life_months"])
                )
                residual = (
                    landed
                    * exact(offer["residual_share"])
                    * left
                    * self.power(1 + self.rate, -end * self.months)
                )
                for site in self.sites:
                    opex = {m: landed * yearly for m in serves}
                    cost = landed * self.discount[n] - residual
                    for m in serves:
                        cost += (opex[m] + box * self.standing(accelerator, site, m)) * self.discount[m]
                    if cost <= 0:
                        raise TooLargeError("an order that costs nothing")
                    yield Unit(name, accelerator, site, n, box, serves, landed, opex, cost)

    def installed(self, units: list[Unit]) -> dict[tuple[str, str, int], int]:
        installed = dict(self.opening)
        for unit in units:
            for n in unit.serves:
                installed[unit.accelerator, unit.site, n] += unit.cards
        return installed
