"""The least cost of a tiny instance by trying everything, in fractions; knows neither the program nor the audit.

Orders are tried one server at a time in the order of what they cost, until the next one alone costs more than the
best plan so far. Cards in service, rules on orders and the cost of owning follow by counting. What is left of every
node is how many replicas of which layout run (each choice that leaves no room is tried) and what they serve, a linear
program for `exact_lp`. Written from the contract's formulas: delivery, rows and cost terms.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from tests.properties.exact_lp import largest
from tests.properties.tiny import TOKENS, Tables

HOURS_PER_MONTH = Fraction("365.2425") / 12 * 24  # the Gregorian year
ONE = Fraction(1)
Row = Mapping[str, Any]
Place = tuple[str, str]  # accelerator, site


class TooLarge(Exception):
    """More to try than a test should."""


@dataclass(frozen=True)
class Optimum:
    """Least cost [case currency] with and without the upkeep of the opening fleet, and how much was tried."""

    cost: Fraction
    without_fleet: Fraction
    servers: Mapping[tuple[str, str, int], int]
    tried: int


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


def optimum(tables: Tables, most_tries: int = 1500) -> Optimum | None:
    """The least cost, or None where no plan keeps the rules.

    Raises
    ------
    TooLarge
        More than ``most_tries`` sets of orders would have to be looked at.
    """
    return _Instance(tables).optimum(most_tries)


class _Instance:
    def __init__(self, tables: Tables) -> None:
        self.rows = {name: rows_of(table) for name, table in tables.items()}
        row = self.rows["settings"][0]
        self.months = int(row["period_months"])
        self.whole = row["replicas"] == "whole"
        self.currency = row["currency"]
        self.headroom, self.idle = exact(row["headroom_share"]), exact(row["idle_power_share"])
        self.rate = exact(row["discount_rate_per_year"])
        self.labels = [p["node"] for p in sorted(self.rows["periods"], key=lambda p: p["index"])]
        self.nodes = range(len(self.labels))
        self.number = {label: n for n, label in enumerate(self.labels)}
        self.cards = {c["accelerator"]: c for c in self.rows["cards"]}
        self.sites = {s["site"]: s for s in self.rows["sites"]}
        self.offers = {o["offer"]: o for o in self.rows["offers"]}
        self.layouts = self.rows["layouts"]
        self.rates = {
            (r["workload"], r["bucket"], r["band_ms"], r["layout"]): exact(r["requests_per_s"]) for r in self.rows["rates"]
        }
        self.discount = [self._power(1 + self.rate, -n * self.months) for n in self.nodes]
        self.known_standing: dict[tuple[str, str, int], Fraction] = {}
        self.opening = self._opening_fleet()
        self.units = sorted(self._all_units(), key=lambda u: (u.cost, u.offer, u.site, u.node))
        self.known_nodes: dict[tuple[int, tuple[int, ...]], Fraction | None] = {}
        self.known_choices: dict[tuple[int, str, str | None], bool] = {}
        self.places = [(a, s) for a in self.cards for s in self.sites]

    # Time and money

    def _power(self, base: Fraction, months: int) -> Fraction:
        """``base`` to the years that these months are."""
        years = Fraction(months, 12)
        if base == 1 or years.denominator == 1:
            return base ** int(years)
        return Fraction(float(base) ** float(years))

    def _span(self, rule: Row) -> range:
        first, last = rule["from_period"], rule["to_period"]
        return range(
            0 if blank(first) else self.number[first], len(self.labels) if blank(last) else self.number[last] + 1
        )

    def _selects(self, rule: Row, accelerator: str, offer: str | None) -> bool:
        known = (id(rule), accelerator, offer)
        if known not in self.known_choices:
            self.known_choices[known] = self._really_selects(rule, accelerator, offer)
        return self.known_choices[known]

    def _really_selects(self, rule: Row, accelerator: str, offer: str | None) -> bool:
        card = self.cards[accelerator]
        has = {"accelerator": accelerator, "vendor": card["vendor"], "origin": card["origin"]}
        has |= {"offer": offer} if offer is not None else {}
        return all(blank(rule[name]) or rule[name] == value for name, value in has.items())

    def _exchange(self, currency: object, n: int) -> Fraction:
        if blank(currency) or currency == self.currency:
            return ONE
        found = {f["period"]: exact(f["rate"]) for f in self.rows["fx"] if f["currency"] == currency}
        return found.get(self.labels[n], found.get("*", Fraction(0)))

    def _price(self, offer: Row, n: int) -> Fraction:
        for row in self.rows["prices"]:
            if row["offer"] == offer["offer"] and row["period"] == self.labels[n]:
                own = exact(row["price_per_card"])
                break
        else:
            change = 1 + exact(offer["price_change_per_year"])
            own = exact(offer["price_per_card"]) * self._power(change, n * self.months)
        return own * self._exchange(offer["currency"], n)

    def _landed(self, offer: Row, n: int) -> Fraction:
        price = self._price(offer, n)
        border = price * (1 + exact(offer["freight_share"]))
        duty = border * exact(offer["duty_share"])
        vat = 0 if offer["vat_recoverable"] else (border + duty) * exact(offer["vat_share"])
        return border + duty + vat

    def _tariff(self, site: str, n: int, origin: str) -> Fraction:
        best, best_rank = exact(self.sites[site]["tariff_per_kwh"]), -1
        for row in self.rows["tariffs"]:
            fits = row["site"] == site and row["period"] in ("*", self.labels[n]) and row["origin"] in ("*", origin)
            rank = 2 * (row["period"] != "*") + (row["origin"] != "*")
            if fits and rank > best_rank:
                best, best_rank = exact(row["tariff_per_kwh"]), rank
        return best

    def _full_power(self, accelerator: str, site: str, n: int) -> Fraction:
        """Energy of a card at full power for a node."""
        card = self.cards[accelerator]
        kwh = exact(card["power_kw"]) * exact(self.sites[site]["pue"]) * HOURS_PER_MONTH * self.months
        return kwh * self._tariff(site, n, card["origin"])

    def _standing(self, accelerator: str, site: str, n: int) -> Fraction:
        """Hosting and idle energy of a card in service."""
        key = (accelerator, site, n)
        if key not in self.known_standing:
            self.known_standing[key] = self._really_standing(accelerator, site, n)
        return self.known_standing[key]

    def _really_standing(self, accelerator: str, site: str, n: int) -> Fraction:
        hosting = exact(self.sites[site]["hosting_per_kw_month"]) * exact(self.cards[accelerator]["power_kw"])
        return hosting * self.months + self.idle * self._full_power(accelerator, site, n)

    # Cards

    def _opening_fleet(self) -> dict[tuple[str, str, int], int]:
        cards = {(a, s, n): 0 for a in self.cards for s in self.sites for n in self.nodes}
        for batch in self.rows["fleet"]:
            end = len(self.labels) if blank(batch["retires"]) else self.number[batch["retires"]]
            for n in range(end):
                cards[batch["accelerator"], batch["site"], n] += int(batch["cards"])
        return cards

    def _upkeep(self, n: int) -> Fraction:
        """Maintenance of the opening fleet in a node."""
        total = Fraction(0)
        for batch in self.rows["fleet"]:
            if blank(batch["retires"]) or n < self.number[batch["retires"]]:
                total += exact(batch["maintenance_per_card_month"]) * int(batch["cards"]) * self.months
        return total

    def _all_units(self) -> Iterator[Unit]:
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
                landed = self._landed(offer, n) * box
                yearly = exact(offer["maintenance_share_per_year"]) * self.months / 12
                left = max(Fraction(0), 1 - Fraction((end - start) * self.months) / exact(offer["life_months"]))
                residual = landed * exact(offer["residual_share"]) * left * self._power(1 + self.rate, -end * self.months)
                for site in self.sites:
                    opex = {m: landed * yearly for m in serves}
                    cost = landed * self.discount[n] - residual
                    for m in serves:
                        cost += (opex[m] + box * self._standing(accelerator, site, m)) * self.discount[m]
                    if cost <= 0:
                        raise TooLarge("an order that costs nothing")
                    yield Unit(name, accelerator, site, n, box, serves, landed, opex, cost)

    # Search

    def optimum(self, most_tries: int) -> Optimum | None:
        """Orders in the order of their cost; a set that breaks a limit is not extended."""
        fleet = sum(
            (cards * self._standing(a, s, n) * self.discount[n] for (a, s, n), cards in self.opening.items()), Fraction(0)
        )
        upkeep = sum((self._upkeep(n) * self.discount[n] for n in self.nodes), Fraction(0))
        best: Fraction | None = None
        servers: dict[tuple[str, str, int], int] = {}
        heap: list[tuple[Fraction, tuple[int, ...]]] = [(fleet, ())]
        tried = 0
        while heap:
            cost, chosen = heapq.heappop(heap)
            if best is not None and cost >= best:
                break
            tried += 1
            if tried > most_tries:
                raise TooLarge(f"{tried} sets of orders")
            units = [self.units[i] for i in chosen]
            installed = self._installed(units)
            if not self._within_limits(units, installed):
                continue
            if self._as_asked(units, installed):
                total = self._with_service(cost, units, installed, best)
                if total is not None and (best is None or total < best):
                    best = total
                    servers = {}
                    for unit in units:
                        key = (unit.offer, unit.site, unit.node)
                        servers[key] = servers.get(key, 0) + 1
            for i in range(chosen[-1] if chosen else 0, len(self.units)):
                heapq.heappush(heap, (cost + self.units[i].cost, (*chosen, i)))
        return None if best is None else Optimum(best + upkeep, best, servers, tried)

    def _installed(self, units: list[Unit]) -> dict[tuple[str, str, int], int]:
        installed = dict(self.opening)
        for unit in units:
            for n in unit.serves:
                installed[unit.accelerator, unit.site, n] += unit.cards
        return installed

    def _within_limits(self, units: list[Unit], installed: Mapping[tuple[str, str, int], int]) -> bool:
        """Rules that more orders cannot mend."""
        for limit in self.rows["supply"]:
            span = self._span(limit)
            hit = (u for u in units if u.node in span and self._selects(limit, u.accelerator, u.offer))
            if sum(u.cards for u in hit) > limit["max_cards"]:
                return False
        for unit in units:
            permits = [p for p in self.rows["permits"] if self._selects(p, unit.accelerator, unit.offer)]
            if permits and not any(unit.node in self._span(p) for p in permits):
                return False
            for rule in self.rows["selections"]:
                if rule["rule"] == "exclude" and blank(rule["workload"]) and self._selected_unit(rule, unit):
                    return False
        for budget in self.rows["budgets"]:
            span = self._span(budget)
            if budget["kind"] == "capex":
                spent = sum((u.landed for u in units if u.node in span), Fraction(0))
            else:
                spent = sum((self._standing_opex(n, units, installed) for n in span), Fraction(0))
            if spent > exact(budget["amount"]):
                return False
        for name, site in self.sites.items():
            for n in self.nodes if not (blank(site["power_kw"]) and blank(site["racks"])) else ():
                used = sum(
                    (installed[a, name, n] * exact(card["power_kw"]) for a, card in self.cards.items()), Fraction(0)
                )
                if not blank(site["power_kw"]) and used * exact(site["pue"]) > exact(site["power_kw"]):
                    return False
                if not blank(site["racks"]) and used > exact(site["racks"]) * exact(site["rack_kw"]):
                    return False
        return True

    def _standing_opex(self, n: int, units: list[Unit], installed: Mapping[tuple[str, str, int], int]) -> Fraction:
        paid = self._upkeep(n) + sum((u.opex.get(n, Fraction(0)) for u in units), Fraction(0))
        return paid + sum((installed[a, s, n] * self._standing(a, s, n) for a, s in self.places), Fraction(0))

    def _selected_unit(self, rule: Row, unit: Unit) -> bool:
        return self._selects(rule, unit.accelerator, unit.offer) and (blank(rule["site"]) or rule["site"] == unit.site)

    def _as_asked(self, units: list[Unit], installed: Mapping[tuple[str, str, int], int]) -> bool:
        """Rules that more orders may mend."""
        for name, offer in self.offers.items():
            for n in self.nodes:
                servers = sum(u.offer == name and u.node == n for u in units)
                if 0 < servers < offer["min_order_servers"]:
                    return False
        for rule in self.rows["selections"]:
            if rule["rule"] == "include":
                if sum(u.cards for u in units if self._selected_unit(rule, u)) < rule["min_cards"]:
                    return False
        for policy, domestic in [
            *((p, True) for p in self.rows["domestic_share"]), *((p, False) for p in self.rows["vendor_share"])
        ]:  # fmt: skip
            if policy["measure"] == "tokens":
                continue
            for amounts in self._measured(policy, units, installed):
                if not self._share_kept(policy, domestic, amounts):
                    return False
        return True

    def _measured(
        self, policy: Row, units: list[Unit], installed: Mapping[tuple[str, str, int], int]
    ) -> Iterator[dict[str, Fraction]]:
        """Amount by card, for each node of the span; one for spend."""
        span = self._span(policy)
        if policy["measure"] == "spend":
            yield {a: sum((u.landed for u in units if u.accelerator == a and u.node in span), Fraction(0)) for a in self.cards}
            return
        for n in span:
            yield {
                a: sum((Fraction(installed[a, s, n]) for s in self.sites), Fraction(0))
                * (exact(card["bf16_tflops"]) if policy["measure"] == "compute" else 1)
                for a, card in self.cards.items()
            }

    def _share_kept(self, policy: Row, domestic: bool, amounts: Mapping[str, Fraction]) -> bool:
        total = sum(amounts.values(), Fraction(0))
        if domestic:
            own = sum((x for a, x in amounts.items() if self.cards[a]["origin"] == "domestic"), Fraction(0))
            return own >= exact(policy["min_share"]) * total
        for vendor in {card["vendor"] for card in self.cards.values()}:
            own = sum((x for a, x in amounts.items() if self.cards[a]["vendor"] == vendor), Fraction(0))
            if policy["vendor"] in ("*", vendor) and own > exact(policy["max_share"]) * total:
                return False
        return True

    # Service

    def _with_service(
        self, cost: Fraction, units: list[Unit], installed: Mapping[tuple[str, str, int], int], best: Fraction | None
    ) -> Fraction | None:
        """The cost of the orders plus the least of energy for work and of work not served, node by node."""
        for n in self.nodes:
            room = [
                exact(b["amount"]) - sum((self._standing_opex(m, units, installed) for m in self._span(b)), Fraction(0))
                for b in self.rows["budgets"]
                if b["kind"] == "opex" and n in self._span(b)
            ]
            if self.idle < 1 and any(b["kind"] == "opex" and len(self._span(b)) > 1 for b in self.rows["budgets"]):
                raise TooLarge("an opex budget over several nodes, and energy that follows the load")
            here = tuple(installed[a, s, n] for a, s in self.places)
            key = (n, (*here, *room))
            if key not in self.known_nodes:
                self.known_nodes[key] = self._node_cost(n, dict(zip(self.places, here, strict=True)), room)
            found = self.known_nodes[key]
            if found is None:
                return None
            cost += found * self.discount[n]
            if best is not None and cost >= best:
                return None
        return cost

    def _node_cost(self, n: int, cards: Mapping[Place, int], room: list[Fraction]) -> Fraction | None:
        asked = {
            (r["workload"], r["bucket"], r["region"]): exact(r["requests_per_s"])
            for r in self.rows["requests"]
            if r["node"] == self.labels[n] and r["requests_per_s"] > 0
        }
        if not asked:
            return Fraction(0)
        worst = {key: self._mean(key[0], n) * self._unmet_price(key[0]) for key in asked}
        paths = list(self._paths(n, asked))
        nothing = sum((asked[key] * worst[key] for key in asked), Fraction(0))
        if not paths:
            return nothing
        gain = [worst[path[:3]] - path[5] for path in paths]
        rows = [[Fraction(path[:3] == key) for path in paths] for key in asked]
        limits = list(asked.values())
        for amount in room:
            rows.append([path[5] for path in paths])
            limits.append(amount)
        for share_row in self._token_shares(n, paths):
            rows.append(share_row)
            limits.append(Fraction(0))
        best = Fraction(0)
        for extra_rows, extra_limits in self._capacities(cards, paths):
            best = max(best, largest(gain, rows + extra_rows, limits + extra_limits))
        return nothing - best

    def _mean(self, workload: str, n: int) -> Fraction:
        """Mean over peak."""
        mine = [r for r in self.rows["requests"] if r["workload"] == workload and r["node"] == self.labels[n]]
        peak = sum((exact(r["requests_per_s"]) for r in mine), Fraction(0))
        return sum((exact(r["mean_requests_per_s"]) for r in mine), Fraction(0)) / peak

    def _unmet_price(self, workload: str) -> Fraction:
        """Of one request per second over a period."""
        penalty = next(w["unmet_penalty_per_mtok"] for w in self.rows["workloads"] if w["workload"] == workload)
        return exact(penalty) * HOURS_PER_MONTH * self.months * 3600 * TOKENS / 1_000_000

    def _paths(
        self, n: int, asked: Mapping[tuple[str, str, str], Fraction]
    ) -> Iterator[tuple[str, str, str, str, Row, Fraction, Fraction]]:
        """Ways of a request: workload, bucket, region, site, layout, energy of one per second, rate."""
        for (w, b, r), route, layout in itertools.product(asked, self.rows["routes"], self.layouts):
            rate = self.rates.get((w, b, route["band_ms"], layout["layout"]))
            site, accelerator = route["site"], layout["accelerator"]
            if route["region"] != r or rate is None or not self._may_serve(w, r, site, accelerator):
                continue
            full = self._full_power(accelerator, site, n)
            energy = self._mean(w, n) / rate * int(layout["cards_per_replica"]) * (1 - self.idle) * full
            yield w, b, r, site, layout, energy, rate

    def _may_serve(self, w: str, r: str, site: str, accelerator: str) -> bool:
        fits = [x for x in self.rows["residency"] if x["workload"] in ("*", w) and x["region"] in ("*", r)]
        if fits and all(x["site"] != site for x in fits):
            return False
        return not any(
            x["rule"] == "exclude" and x["workload"] == w and self._selects(x, accelerator, None)
            and (blank(x["site"]) or x["site"] == site)
            for x in self.rows["selections"]
        )  # fmt: skip

    def _token_shares(self, n: int, paths: list[Any]) -> Iterator[list[Fraction]]:
        card_of = [self.cards[path[4]["accelerator"]] for path in paths]
        for policy in self.rows["domestic_share"]:
            if policy["measure"] == "tokens" and n in self._span(policy):
                yield [exact(policy["min_share"]) - (card["origin"] == "domestic") for card in card_of]
        for policy in self.rows["vendor_share"]:
            if policy["measure"] == "tokens" and n in self._span(policy):
                for vendor in {card["vendor"] for card in self.cards.values()}:
                    if policy["vendor"] in ("*", vendor):
                        yield [(card["vendor"] == vendor) - exact(policy["max_share"]) for card in card_of]

    def _capacities(
        self, cards: Mapping[Place, int], paths: list[Any]
    ) -> Iterator[tuple[list[list[Fraction]], list[Fraction]]]:
        """Every choice of replicas that leaves no room for one more, as rows on the paths."""
        choices = []
        for place, count in cards.items():
            accelerator, name = place
            site = self.sites[name]
            free = (1 - exact(site["spare_share"])) * count
            free -= int(site["spare_servers"]) * int(self.cards[accelerator]["cards_per_server"])
            mine = [c for c in self.layouts if c["accelerator"] == accelerator]
            if free < 0:  # then nothing may run, and nothing must be kept free
                free = Fraction(0)
            choices.append([(place, mine, counts) for counts in self._fillings(free, mine)])
        for combination in itertools.product(*choices):
            rows, limits = [], []
            for place, mine, counts in combination:
                if not self.whole:
                    use = [self._cards_per_request(p) * (p[3] == place[1]) * (p[4]["accelerator"] == place[0]) for p in paths]
                    rows.append(use)
                    limits.append((1 - self.headroom) * counts[0])
                    continue
                for layout, count in zip(mine, counts, strict=True):
                    rows.append([(p[3] == place[1] and p[4] is layout) / p[6] for p in paths])
                    limits.append((1 - self.headroom) * count)
            yield rows, limits

    def _cards_per_request(self, path: Any) -> Fraction:
        return int(path[4]["cards_per_replica"]) / path[6]

    def _fillings(self, free: Fraction, layouts: list[Row]) -> list[tuple[Fraction, ...]]:
        """Numbers of replicas on these cards; a fractional choice is one number of cards."""
        if not self.whole:
            return [(free,)]
        sizes = [int(layout["cards_per_replica"]) for layout in layouts]
        found = []
        for counts in itertools.product(*(range(int(free // size) + 1) for size in sizes)):
            left = free - sum(size * count for size, count in zip(sizes, counts, strict=True))
            if left >= 0 and all(left < size for size in sizes):
                found.append(tuple(Fraction(count) for count in counts))
        return found or [tuple(Fraction(0) for _ in sizes)]
