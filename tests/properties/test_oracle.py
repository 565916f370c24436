"""The program's optimum is the one that trying everything finds.

Building a program takes far longer than solving a tiny one, so instances of one world share a program in which nothing
connects them; those with rules that count over a whole case (shares, budgets) have a program each.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest

from planner.optimization.families import FAMILIES
from planner.optimization.scale import MONEY
from tests.program.photograph import ELSEWHERE, OF_SLICES
from tests.properties.audited import faults
from tests.properties.draw import WORLDS, random_tables
from tests.properties.exact_lp import largest
from tests.properties.in_process import Planned, money_by_instance, plan
from tests.properties.oracle import Optimum, TooLargeError, optimum
from tests.properties.tiny import Tables, merged
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

SIDE_BY_SIDE = 48  # instances per world that share a program
ALONE = 3  # instances per world with a program of their own
MOST_TRIES = 60  # sets of orders; an instance that needs more is passed over
COUNT = range(len(WORLDS))
PREFIX = len("i000-")


def solvable(world: int, *, alone: bool) -> Iterator[tuple[str, Tables, Optimum]]:
    """Instances that have a plan and are small enough to try everything."""
    for seed in itertools.count():
        prefix = f"i{seed:03d}-"
        tables = random_tables(1000 * world + seed, WORLDS[world], "" if alone else prefix, alone=alone)
        try:
            found = optimum(tables, most_tries=MOST_TRIES)
        except TooLargeError:
            continue
        if found is not None:
            yield prefix, tables, found


@cache
def shared(world: int) -> tuple[list[tuple[str, Tables, Optimum]], Planned]:
    """Instances of a world and the plan of all of them."""
    chosen = list(itertools.islice(solvable(world, alone=False), SIDE_BY_SIDE))
    planned = plan(merged([tables for _, tables, _ in chosen]), prefix=PREFIX)
    assert planned is not None
    return chosen, planned


@cache
def singles(world: int) -> list[tuple[Tables, Optimum, Planned]]:
    """Instances with rules over the whole case, each with its plan."""
    found = []
    for _, tables, best in itertools.islice(solvable(world, alone=True), ALONE):
        planned = plan(tables)
        assert planned is not None, "trying everything found a plan, the program says there is none"
        found.append((tables, best, planned))
    return found


@pytest.mark.parametrize("world", COUNT)
def test_trying_everything_finds_the_same_cost_side_by_side(world: int) -> None:
    chosen, planned = shared(world)
    costs = money_by_instance(planned, PREFIX)
    expected = {prefix: float(best.without_fleet) for prefix, _, best in chosen}
    assert {prefix: costs[prefix] for prefix in expected} == pytest.approx(expected, rel=SAME_COST_SHARE)
    assert planned.cost == pytest.approx(float(sum(best.cost for *_, best in chosen)), rel=SAME_COST_SHARE)


@pytest.mark.parametrize("world", COUNT)
def test_trying_everything_finds_the_same_cost_alone(world: int) -> None:
    for tables, best, planned in singles(world):
        assert planned.cost == pytest.approx(float(best.cost), rel=SAME_COST_SHARE)
        assert planned.bound <= planned.cost * (1 + PROVEN_SHARE)
        assert faults(tables, planned) == []


@pytest.mark.parametrize("world", COUNT)
def test_the_cost_is_a_plan_of_the_matrix_and_above_the_bound(world: int) -> None:
    chosen, planned = shared(world)
    assert planned.bound <= planned.cost * (1 + PROVEN_SHARE)
    assert faults(merged([tables for _, tables, _ in chosen]), planned) == []


def test_every_family_and_cost_term_has_been_tried() -> None:
    families: Counter[str] = Counter()
    terms: set[str] = set()
    for planned in [*(shared(w)[1] for w in COUNT), *(p for w in COUNT for _, _, p in singles(w))]:
        families.update(name for name, rows in planned.built.program.families.items() if len(rows.keys))
        terms |= set(planned.tables["costs"]["term"])
    assert min(families[name] for name in FAMILIES if name not in (*OF_SLICES[:2], *ELSEWHERE)) >= 4
    assert terms == {
        "purchase",
        "freight_duty",
        "vat",
        "maintenance",
        "hosting",
        "energy",
        "unmet",
        "residual",
    }


def test_two_hundred_instances_and_no_two_alike() -> None:
    """Counted where they are compared, with names taken out; most of them are decisions, not foregone conclusions."""
    together = [
        (_text(tables).replace(prefix, ""), best) for w in COUNT for prefix, tables, best in shared(w)[0]
    ]
    tried = [*together, *((_text(tables), best) for w in COUNT for tables, best, _ in singles(w))]
    assert len({text for text, _ in tried}) == len(tried) >= 200
    assert sum(best.tried > 1 for _, best in tried) >= 100


def _text(tables: Tables) -> str:
    return "\n".join(f"{name}\n{table.to_csv(index=False)}" for name, table in sorted(tables.items()))


def test_exact_lp_on_paper() -> None:
    """Machine hours 4 and 6: products need (1, 2) and (3, 1); gains 3 and 5. Corner (1.6, 1.2): 4.8 + 6 = 10.8."""
    fraction = [[Fraction(1), Fraction(2)], [Fraction(3), Fraction(1)]]
    assert largest([Fraction(3), Fraction(5)], fraction, [Fraction(4), Fraction(6)]) == Fraction("10.8")


def test_money_is_the_matrix_times_a_thousand() -> None:
    """The sum that this file makes of the cost terms is the objective."""
    _, planned = shared(0)
    fixed = planned.built.matrix.offset * MONEY
    assert sum(money_by_instance(planned, PREFIX).values()) + fixed == pytest.approx(
        planned.cost, rel=SAME_COST_SHARE
    )
