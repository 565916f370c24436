"""The least cost of a tiny instance by trying everything, in fractions; knows neither the program nor the audit.

Orders are tried one server at a time in the order of what they cost, until the next one alone costs more than the
best plan so far. Cards in service, rules on orders and the cost of owning follow by counting. What is left of every
node is how many replicas of which layout run (each choice that leaves no room is tried) and what they serve, a linear
program for `exact_lp`. Written from the contract's formulas: delivery, rows and cost terms.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fractions import Fraction

from tests.properties.oracle_facts import Cards, TooLargeError
from tests.properties.oracle_rules import Rules
from tests.properties.oracle_service import Service
from tests.properties.tiny import Tables


@dataclass(frozen=True)
class Optimum:
    """Least cost [case currency] with and without the upkeep of the opening fleet, and how much was tried."""

    cost: Fraction
    without_fleet: Fraction
    servers: Cards
    tried: int


def optimum(tables: Tables, most_tries: int = 1500) -> Optimum | None:
    """The least cost, or None where no plan keeps the rules.

    Raises
    ------
    TooLargeError
        More than ``most_tries`` sets of orders would have to be looked at.
    """
    return _Search(tables).cheapest(most_tries)


class _Search(Rules, Service):
    """Orders, one server at a time."""

    def cheapest(self, most_tries: int) -> Optimum | None:
        """Orders in the order of their cost; a set that breaks a limit is not extended."""
        fleet = sum(
            (cards * self.standing(a, s, n) * self.discount[n] for (a, s, n), cards in self.opening.items()),
            Fraction(0),
        )
        upkeep = sum((self.upkeep(n) * self.discount[n] for n in self.nodes), Fraction(0))
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
                raise TooLargeError(f"{tried} sets of orders")
            units = [self.units[i] for i in chosen]
            installed = self.installed(units)
            if not self.within_limits(units, installed):
                continue
            if self.as_asked(units, installed):
                total = self.with_service(cost, units, installed, best)
                if total is not None and (best is None or total < best):
                    best = total
                    servers = {}
                    for unit in units:
                        key = (unit.offer, unit.site, unit.node)
                        servers[key] = servers.get(key, 0) + 1
            for i in range(chosen[-1] if chosen else 0, len(self.units)):
                heapq.heappush(heap, (cost + self.units[i].cost, (*chosen, i)))
        return None if best is None else Optimum(best + upkeep, best, servers, tried)
