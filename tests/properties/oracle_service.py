"""What the oracle's cards serve in a node, and what the rest costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

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
            (r["workload"], r["bucket"], r["region"]): exact(r["requests_per_s"])
            for r in self.rows["requests"]
            if r["node"] == self.labels[n] and r["requests_per_s"] > 0
        }
        if not asked:
            return Fraction(0)
        worst = {key: self.mean(key[0], n) * self.unmet_price(key[0]) for key in asked}
        paths = list(self.paths(n, asked))
        nothing = sum((asked[key] * worst[key] for key in asked), Fraction(0))
        if not paths:
            return nothing
        gain = [worst[path[:3]] - path[5] for path in paths]
        rows = [[Fraction(path[:3] == key) for path in paths] for key in asked]
        limits = list(asked.values())
        for amount in room:
            rows.append([path[5] for path in paths])
            limits.append(amount)
        for share_row in self.token_shares(n, paths):
            rows.append(share_row)
            limits.append(Fraction(0))
        best = Fraction(0)
        for extra_rows, extra_limits in self.capacities(cards, paths):
            best = max(best, largest(gain, rows + extra_rows, limits + extra_limits))
        return nothing - best

    def mean(self, workload: str, n: int) -> Fraction:
        """Mean over peak."""
        mine = [r for r in self.rows["requests"] if r["workload"] == workload and r["node"] == self.labels[n]]
        peak = sum((exact(r["requests_per_s"]) for r in mine), Fraction(0))
        return sum((exact(r["mean_requests_per_s"]) for r in mine), Fraction(0)) / peak

    def unmet_price(self, workload: str) -> Fraction:
        """Of one request per second over a period."""
        penalty = next(
            w["unmet_penalty_per_mtok"] for w in self.rows["workloads"] if w["workload"] == workload
        )
        return exact(penalty) * HOURS_PER_MONTH * self.months * 3600 * TOKENS / 1_000_000

    def paths(
        self, n: int, asked: Mapping[tuple[str, str, str], Fraction]
    ) -> Iterator[tuple[str, str, str, str, Row, Fraction, Fraction]]:
        """Ways of a request: workload, bucket, region, site, layout, energy of one per second, rate."""
        for (w, b, r), route, layout in itertools.product(asked, self.rows["routes"], self.layouts):
            rate = self.rates.get((w, b, route["band_ms"], layout["layout"]))
            site, accelerator = route["site"], layout["accelerator"]
            if route["region"] != r or rate is None or not self.may_serve(w, r, site, accelerator):
                continue
            full = self.full_power(accelerator, site, n)
            energy = self.mean(w, n) / rate * int(layout["cards_per_replica"]) * (1 - self.idle) * full
            yield w, b, r, site, layout, energy, rate

    def may_serve(self, w: str, r: str, site: str, accelerator: str) -> bool:
        fits = [x for x in self.rows["residency"] if x["workload"] in ("*", w) and x["region"] in ("*", r)]
        if fits and all(x["site"] != site for x in fits):
            return False
        return not any(
            x["rule"] == "exclude" and x["workload"] == w and self.selects(x, accelerator, None)
            and (blank(x["site"]) or x["site"] == site)
            for x in self.rows["selections"]
        )  # fmt: skip

    def token_shares(self, n: int, paths: list[Any]) -> Iterator[list[Fraction]]:
        card_of = [self.cards[path[4]["accelerator"]] for path in paths]
        for policy in self.rows["domestic_share"]:
            if policy["measure"] == "tokens" and n in self.span(policy):
                yield [exact(policy["min_share"]) - (card["origin"] == "domestic") for card in card_of]
        for policy in self.rows["vendor_share"]:
            if policy["measure"] == "tokens" and n in self.span(policy):
                for vendor in {card["vendor"] for card in self.cards.values()}:
                    if policy["vendor"] in ("*", vendor):
                        yield [(card["vendor"] == vendor) - exact(policy["max_share"]) for card in card_of]

    def capacities(
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
            choices.append([(place, mine, counts) for counts in self.fillings(free, mine)])
        for combination in itertools.product(*choices):
            rows, limits = [], []
            for place, mine, counts in combination:
                if not self.whole:
                    use = [
                        self.cards_per_request(p) * (p[3] == place[1]) * (p[4]["accelerator"] == place[0])
                        for p in paths
                    ]
                    rows.append(use)
                    limits.append((1 - self.headroom) * counts[0])
                    continue
                for layout, count in zip(mine, counts, strict=True):
                    rows.append([(p[3] == place[1] and p[4] is layout) / p[6] for p in paths])
                    limits.append((1 - self.headroom) * count)
            yield rows, limits

    def cards_per_request(self, path: Any) -> Fraction:
        return int(path[4]["cards_per_replica"]) / path[6]

    def fillings(self, free: Fraction, layouts: list[Row]) -> list[tuple[Fraction, ...]]:
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
