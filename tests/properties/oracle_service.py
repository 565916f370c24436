"""What the oracle's cards serve in a node, and what the rest costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tests.properties.exact_lp import largest
from tests.properties.oracle_facts import (
    HOURS_PER_MONTH,
    Cards,
    Facts,
    Place,
    Row,
    TooLargeError,
    Unit,
    blank,
    exact,
)
from tests.properties.tiny import TOKENS

Asked = tuple[str, str, str, str]  # workload, bucket, region, slice of arrival
Counts = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Way:
    """One way to serve a request.

    Attributes
    ----------
    key : what is asked for
    served : slice in which it is served
    part : requests/s of the slice of arrival that one request/s of the slice of service is
    energy : money of one request/s, of the slice of service
    rate : requests/s of one replica
    """

    key: Asked
    served: str
    part: Fraction
    site: str
    layout: Row
    energy: Fraction
    rate: Fraction

    @property
    def cards(self) -> Fraction:
        """Cards of one request/s."""
        return int(self.layout["cards_per_replica"]) / self.rate


class Service(Facts):
    """Replicas and requests of every node."""

    def with_service(
        self,
        cost: Fraction,
        units: list[Unit],
        installed: Cards,
        best: Fraction | None,
    ) -> Fraction | None:
        """The cost of the orders plus the least of energy for work and of work not served, node by node."""
        for n in self.nodes:
            room = [
                exact(b["amount"])
                - sum((self.standing_opex(m, units, installed) for m in self.span(b)), Fraction(0))
                for b in self.rows["budgets"]
                if b["kind"] == "opex" and n in self.span(b)
            ]
            if self.idle < 1 and any(
                b["kind"] == "opex" and len(self.span(b)) > 1 for b in self.rows["budgets"]
            ):
                raise TooLargeError("an opex budget over several nodes, and energy that follows the load")
            here = tuple(installed[a, s, n] for a, s in self.places)
            key = (n, (*here, *room))
            if key not in self.known_nodes:
                self.known_nodes[key] = self.node_cost(n, dict(zip(self.places, here, strict=True)), room)
            found = self.known_nodes[key]
            if found is None:
                return None
            cost += found * self.discount[n]
            if best is not None and cost >= best:
                return None
        return cost

    def node_cost(self, n: int, cards: Mapping[Place, int], room: list[Fraction]) -> Fraction | None:
        asked = {
            (r["workload"], r["bucket"], r["region"], r["slice"]): exact(r["requests_per_s"])
            for r in self.rows["requests"]
            if r["node"] == self.labels[n] and r["requests_per_s"] > 0
        }
        if not asked:
            return Fraction(0)
        worst = {key: self.mean(key[0], n, key[3]) * self.unmet_price(key[0], key[3]) for key in asked}
        ways = list(self.ways(n, asked))
        nothing = sum((asked[key] * worst[key] for key in asked), Fraction(0))
        if not ways:
            return nothing
        gain = [way.part * worst[way.key] - way.energy for way in ways]
        rows = [[way.part * (way.key == key) for way in ways] for key in asked]
        limits = list(asked.values())
        for amount in room:
            rows.append([way.energy for way in ways])
            limits.append(amount)
        for share_row in self.token_shares(n, ways):
            rows.append(share_row)
            limits.append(Fraction(0))
        best = Fraction(0)
        for extra_rows, extra_limits in self.capacities(cards, ways):
            best = max(best, largest(gain, rows + extra_rows, limits + extra_limits))
        return nothing - best

    def mean(self, workload: str, n: int, h: str) -> Fraction:
        """Mean over peak; of work that may wait over the whole week."""
        mine = [r for r in self.rows["requests"] if r["workload"] == workload and r["node"] == self.labels[n]]
        mine = [r for r in mine if self.waits(workload) or r["slice"] == h]
        peak = sum((exact(r["requests_per_s"]) * self.share[r["slice"]] for r in mine), Fraction(0))
        mean = sum((exact(r["mean_requests_per_s"]) * self.share[r["slice"]] for r in mine), Fraction(0))
        return mean / peak

    def unmet_price(self, workload: str, h: str) -> Fraction:
        """Of one request per second over a slice of a period."""
        penalty = next(
            w["unmet_penalty_per_mtok"] for w in self.rows["workloads"] if w["workload"] == workload
        )
        seconds = HOURS_PER_MONTH * self.months * 3600 * self.share[h]
        return exact(penalty) * seconds * TOKENS / 1_000_000

    def ways(self, n: int, asked: Mapping[Asked, Fraction]) -> Iterator[Way]:
        """Ways of a request: when, to which site and on which layout it is served."""
        for key, route, layout in itertools.product(asked, self.rows["routes"], self.layouts):
            w, b, r, arrival = key
            rate = self.rates.get((w, b, route["band_ms"], layout["layout"]))
            site, accelerator = route["site"], layout["accelerator"]
            if route["region"] != r or rate is None or not self.may_serve(w, r, site, accelerator):
                continue
            for h in self.served_in(w, arrival):
                full = self.full_power(accelerator, site, n, h)
                energy = self.mean(w, n, h) / rate * int(layout["cards_per_replica"]) * (1 - self.idle) * full
                yield Way(key, h, self.share[h] / self.share[arrival], site, layout, energy, rate)

    def may_serve(self, w: str, r: str, site: str, accelerator: str) -> bool:
        fits = [x for x in self.rows["residency"] if x["workload"] in ("*", w) and x["region"] in ("*", r)]
        if fits and all(x["site"] != site for x in fits):
            return False
        return not any(
            x["rule"] == "exclude" and x["workload"] == w and self.selects(x, accelerator, None)
            and (blank(x["site"]) or x["site"] == site)
            for x in self.rows["selections"]
        )  # fmt: skip

    def token_shares(self, n: int, ways: list[Way]) -> Iterator[list[Fraction]]:
        cards = [(self.cards[way.layout["accelerator"]], self.share[way.served]) for way in ways]
        for policy in self.rows["domestic_share"]:
            if policy["measure"] == "tokens" and n in self.span(policy):
                least = exact(policy["min_share"])
                yield [(least - (card["origin"] == "domestic")) * part for card, part in cards]
        for policy in self.rows["vendor_share"]:
            if policy["measure"] == "tokens" and n in self.span(policy):
                most = exact(policy["max_share"])
                for vendor in {card["vendor"] for card in self.cards.values()}:
                    if policy["vendor"] in ("*", vendor):
                        yield [((card["vendor"] == vendor) - most) * part for card, part in cards]

    def capacities(
        self, cards: Mapping[Place, int], ways: list[Way]
    ) -> Iterator[tuple[list[list[Fraction]], list[Fraction]]]:
        """Every choice of replicas that leaves no room for one more, as rows on the ways."""
        choices = []
        for place, count in cards.items():
            accelerator, name = place
            site = self.sites[name]
            free = (1 - exact(site["spare_share"])) * count
            free -= int(site["spare_servers"]) * int(self.cards[accelerator]["cards_per_server"])
            mine = [c for c in self.layouts if c["accelerator"] == accelerator]
            if free < 0:  # then nothing may run, and nothing must be kept free
                free = Fraction(0)
            choices.append([(place, mine, counts) for counts in self.weeks(free, mine)])
        for combination in itertools.product(*choices):
            rows, limits = [], []
            for (accelerator, site), mine, counts in combination:
                for h, running in zip(self.slices, counts, strict=True):
                    here = [w.site == site and w.served == h for w in ways]
                    if not self.whole:
                        rows.append(
                            [
                                at * (w.layout["accelerator"] == accelerator) * w.cards
                                for at, w in zip(here, ways, strict=True)
                            ]
                        )
                        limits.append((1 - self.headroom) * running[0])
                        continue
                    for layout, count in zip(mine, running, strict=True):
                        rows.append(
                            [(at and w.layout is layout) / w.rate for at, w in zip(here, ways, strict=True)]
                        )
                        limits.append((1 - self.headroom) * count)
            yield rows, limits

    def weeks(self, free: Fraction, layouts: list[Row]) -> list[tuple[Counts, ...]]:
        """Replicas on these cards in every slice, starts included; a fractional choice is one number of cards."""
        if not self.whole:
            if len(self.slices) > 1 and any(self.lost.values()):
                raise TooLargeError("parts of replicas that start")
            return [((free,),) * len(self.slices)]
        if len(self.slices) == 1:
            return [(counts,) for counts in self.fillings(free, layouts)]
        if not layouts:
            return [((),) * len(self.slices)]
        sizes = [int(layout["cards_per_replica"]) for layout in layouts]
        counts = list(itertools.product(*(range(int(free // size) + 1) for size in sizes)))
        fit = [
            week
            for week in itertools.product(counts, repeat=len(self.slices))
            if self.startable(week, sizes, free)
        ]
        best = [week for week in fit if not any(other != week and _covers(other, week) for other in fit)]
        return [tuple(tuple(Fraction(count) for count in running) for running in week) for week in best]

    def startable(self, week: tuple[tuple[int, ...], ...], sizes: list[int], free: Fraction) -> bool:
        """Whether what runs, and for a part of its slice what starts, fits on the free cards."""
        running = dict(zip(self.slices, week, strict=True))
        for h, part in self.slices.items():
            used = Fraction(0)
            for size, now, before in zip(sizes, running[h], running[part["before"]], strict=True):
                used += size * (now + self.lost[h] * max(0, now - before))
            if used > free:
                return False
        return True

    def fillings(self, free: Fraction, layouts: list[Row]) -> list[Counts]:
        """Numbers of replicas on these cards that leave no room for one more."""
        sizes = [int(layout["cards_per_replica"]) for layout in layouts]
        found = []
        for counts in itertools.product(*(range(int(free // size) + 1) for size in sizes)):
            left = free - sum(size * count for size, count in zip(sizes, counts, strict=True))
            if left >= 0 and all(left < size for size in sizes):
                found.append(tuple(Fraction(count) for count in counts))
        return found or [tuple(Fraction(0) for _ in sizes)]


def _covers(more: tuple[tuple[int, ...], ...], less: tuple[tuple[int, ...], ...]) -> bool:
    return all(a >= b for own, other in zip(more, less, strict=True) for a, b in zip(own, other, strict=True))
