"""At which price, and at which efficiency, a card enters the plan or leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.explain.changed import Varied, slowed, ways_to_get, without
from planner.explain.opened import Opened, Relaxation, relaxation
from planner.optimization.matrix import FloatArray, IntArray
from planner.optimization.scale import MONEY

NEAR = 0.01  # prices and rates are confirmed this far on both sides; nobody knows them better
SEEN = 1e-7  # share of the cost below which a saving is the solver's dust
MOST_STEPS = 20  # of a search that ends after a handful
MOST_FACTOR = 8.0  # efficiencies beyond this, either way, are not looked at; assumed
SEEN_UNITS = 1e-6  # servers or cards below which nothing is ordered


@dataclass(frozen=True, eq=False)
class PriceAnswer:
    """The price at which a card is just worth ordering.

    Attributes
    ----------
    factor : break-even price over the price as it is; 0: not even for nothing; None: no plan keeps the rules without it
    confirmed : solved again 1 % below (it is ordered) and 1 % above (it is not)
    inside : the relaxation with the card just in the plan (1 % below the break-even price), None where it never is
    """

    factor: float | None
    confirmed: bool
    inside: Relaxation | None


def break_even_price(
    priced: Varied, columns: IntArray, outside: Relaxation | None, now: Relaxation, guess: float | None = None
) -> PriceAnswer:
    """The highest factor on the price at which ordering the card lowers the cost.

    Formula (Dinkelbach's method on the relaxation): cost(f) is concave in the price f, so its tangent at a factor where
    the card is ordered meets the cost without the card at no more than the break-even. From f the next factor is
    ``f + (cost_without - cost(f)) / spend(f)``, with ``spend`` the money for the card per unit of the factor; it rises
    until nothing is saved any more. Where money also counts in rows (budgets), a bisection mends what is left.

    Parameters
    ----------
    columns : that bring the card
    outside : the relaxation without the card, None where no plan keeps the rules
    now : the relaxation at the price as it is
    guess : what the duals say, for a card that is not ordered now; where solving again confirms it, nothing is searched
    """
    if outside is None:
        return PriceAnswer(None, False, now)
    dust = SEEN * max(1.0, abs(outside.cost))
    if guess is not None and guess > NEAR:
        at_once = _held_up(priced, outside, guess, dust)
        if at_once is not None:
            return at_once
    factor, inside = (1.0, now) if outside.cost - now.cost > dust else (0.0, relaxation(priced.at(0.0)))
    if inside is None or outside.cost - inside.cost <= dust:
        return PriceAnswer(0.0, True, None)
    low = factor
    for _ in range(MOST_STEPS):
        step = (outside.cost - inside.cost) / _spend(priced.slope, inside.values, columns)
        if not step > NEAR * NEAR * max(factor, NEAR):
            break
        low, factor = factor, factor + step
        found = relaxation(priced.at(factor))
        if found is None or outside.cost - found.cost <= dust:
            break
        inside = found
    return _confirmed(priced, outside, low, factor, dust)


def _spend(slope: FloatArray, values: FloatArray, columns: IntArray) -> float:
    return float((slope[columns] * values[columns]).sum()) * MONEY


def _held_up(priced: Varied, outside: Relaxation, factor: float, dust: float) -> PriceAnswer | None:
    """The factor, where the card is ordered 1 % below it and not 1 % above."""
    below = relaxation(priced.at((1.0 - NEAR) * factor))
    if below is None or outside.cost - below.cost <= dust:
        return None
    above = relaxation(priced.at((1.0 + NEAR) * factor))
    return (
        None if above is not None and outside.cost - above.cost > dust else PriceAnswer(factor, True, below)
    )


def _confirmed(priced: Varied, outside: Relaxation, low: float, factor: float, dust: float) -> PriceAnswer:
    """The factor where solving again confirms it; else narrowed by bisection between it and one that orders."""
    high = (1.0 + NEAR) * factor
    for _ in range(MOST_STEPS):
        held = _held_up(priced, outside, factor, dust)
        if held is not None:
            return held
        found = relaxation(priced.at(factor))
        ordered = found is not None and outside.cost - found.cost > dust
        low, high = (factor, max(high, 2.0 * factor)) if ordered else (low, factor)
        factor = (low + high) / 2.0
    return PriceAnswer(factor, False, None)


@dataclass(frozen=True)
class EfficiencyAnswer:
    """The factor on all rates of a card at which it is just ordered; None: not within a factor of 8 either way."""

    factor: float | None


def break_even_efficiency(program: Opened, card: str, used: bool) -> EfficiencyAnswer:
    """The least factor on the card's rates at which the relaxation orders it, to two per cent, by bisection of its log.

    A card that is ordered now is slowed, one that is not is made faster.
    """
    low, high = (1.0 / MOST_FACTOR, 1.0) if used else (1.0, MOST_FACTOR)
    varied, columns = slowed(program, card), ways_to_get(program, card)["column"].to_numpy(int)

    def ordered(factor: float) -> bool:
        found = relaxation(varied.at(1.0 / factor))
        return found is not None and float(found.values[columns].sum()) > SEEN_UNITS

    if ordered(low if used else high) == used:
        return EfficiencyAnswer(None)
    while high / low > 1.0 + 2.0 * NEAR:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if ordered(middle) else (middle, high)
    return EfficiencyAnswer(high)


def relaxed_without(program: Opened, card: str) -> Relaxation | None:
    """The relaxation without ordering the card; None where no plan keeps the rules."""
    return relaxation(without(program.matrix, ways_to_get(program, card)["column"].to_numpy(int)))
