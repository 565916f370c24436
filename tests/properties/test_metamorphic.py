"""What a change of the case may do to the cost, on instances too many to work out by hand.

Compared are intervals: "never lower" is refuted only when the bound of the first case is above the cost of the second.
Instances of one world share a program (see `test_oracle`), so each example tries a dozen of them.
"""

from __future__ import annotations

import math
import random
from functools import cache

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.properties.audited import faults
from tests.properties.changes import (
    IDS,
    PREFIX,
    Change,
    added,
    any_number,
    dearer,
    later,
    less_power,
    more_demand,
    more_spares,
    nothing_to_hold,
    one_period_more,
    renamed,
    scaled,
    shuffled,
    slower,
    steady_prices,
    twice_the_places,
    with_new_card,
    without,
    without_includes,
)
from tests.properties.draw import WORLDS, World, random_tables
from tests.properties.in_process import (
    Interval,
    interval,
    intervals,
    money_by_instance,
    plan,
)
from tests.properties.tiny import Tables, frame, instance, merged
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

BLOCK = 12  # instances that share a program
BLOCKS = 1  # per world
profile = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
once = settings(profile, max_examples=1)  # where an example takes several programs
blocks = st.tuples(st.sampled_from([3, 2, 1, 0]), st.integers(0, BLOCKS - 1))  # worlds, the richest first


def changed(block: tuple[int, int], *changes: Change) -> dict[str, Interval]:
    """Intervals of the instances of a block after changes to each."""
    return _changed(block, changes)


@cache
def _changed(block: tuple[int, int], changes: tuple[Change, ...]) -> dict[str, Interval]:
    return intervals(_tables(block, changes), PREFIX)


def _tables(block: tuple[int, int], changes: tuple[Change, ...]) -> Tables:
    world, number = block
    parts = []
    for i in range(BLOCK):
        seed = 50_000 + 1000 * world + 100 * number + i
        tables = _drawn(seed, WORLDS[world], f"i{i:03d}-")
        for j, change in enumerate(changes):
            tables = change(tables, random.Random(f"{seed} {j}"))
        parts.append(tables)
    return merged(parts)


@cache
def _drawn(seed: int, world: World, prefix: str) -> Tables:
    return without_includes(random_tables(seed, world, prefix, alone=False), random.Random(seed))


def check_never_lower(dearer: dict[str, Interval], cheaper: dict[str, Interval]) -> None:
    """Every cost of the first is at least that of the second."""
    wrong = {
        name: (cheaper[name], dearer[name])
        for name in cheaper
        if cheaper[name][0] > dearer[name][1] + _slack(dearer[name][1])
    }
    assert not wrong
    sound = [found for both in (dearer, cheaper) for found in both.values()]
    assert all(bound <= cost + _slack(cost) for bound, cost in sound)
    assert any(math.isfinite(cost) and cost > 0 for _, cost in dearer.values())


def check_equal(one: dict[str, Interval], other: dict[str, Interval]) -> None:
    """Neither refutes the other."""
    assert set(one) == set(other)
    check_never_lower(one, other)
    check_never_lower(other, one)


def _slack(cost: float) -> float:
    return PROVEN_SHARE * max(1.0, abs(cost)) if math.isfinite(cost) else 0.0


# Relations


NEVER_LOWER: dict[str, tuple[tuple[Change, ...], Change]] = {
    "more demand": ((), more_demand),
    "a dearer card": ((), dearer),
    "a tighter promise": ((), slower),
    "less supply": ((), added("supply", {"limit": "{p}less", "offer": "{p}a0-o0", "max_cards": 1})),
    "a permit needed": (
        (without("permits"),),
        added("permits", {"permit": "{p}late", "vendor": "{p}v1", "to_period": "2027-01"}),
    ),
    "a card banned": ((), added("selections", {"selection": "{p}ban", "rule": "exclude", "accelerator": "{p}a0"})),
    "a workload banned from a card": (
        (),
        added("selections", {"selection": "{p}ban", "rule": "exclude", "accelerator": "{p}a0", "workload": "{p}w0"}),
    ),
    "data that must stay": (
        (without("residency"),),
        added("residency", {"workload": "{p}w0", "region": "*", "site": "{p}s0"}),
    ),
    "a longer lead time": ((steady_prices, without("prices", "permits", "supply")), later),
    "spare servers": ((), more_spares),
    "less power": ((), less_power),
}  # fmt: skip


@pytest.mark.parametrize("name", NEVER_LOWER)
@given(data=st.data())
@once
def test_never_lowers_the_cost(name: str, data: st.DataObject) -> None:
    prepare, change = NEVER_LOWER[name]
    first = list(NEVER_LOWER).index(name)
    worlds = [(first + i) % len(WORLDS) for i in range(len(WORLDS))]
    block = data.draw(st.tuples(st.sampled_from(worlds), st.integers(0, BLOCKS - 1)))
    if name == "a permit needed" and WORLDS[block[0]].settings["period_months"] == 3:
        block = (1, block[1])  # periods of that world are labelled by quarters
    check_never_lower(changed(block, *prepare, change), changed(block, *prepare))


@given(block=blocks)
@profile
def test_a_new_card_never_raises_the_cost(block: tuple[int, int]) -> None:
    check_never_lower(changed(block), changed(block, with_new_card))


@given(block=blocks)
@profile
def test_more_supply_never_raises_the_cost(block: tuple[int, int]) -> None:
    check_never_lower(changed(block), changed(block, more_supply))


def more_supply(tables: Tables, rng: random.Random) -> Tables:
    """Quotas twice as large."""
    return tables | {"supply": tables["supply"].assign(max_cards=tables["supply"]["max_cards"] * 2)}


@given(block=blocks)
@profile
def test_order_and_names_of_rows_change_nothing(block: tuple[int, int]) -> None:
    check_equal(changed(block), changed(block, shuffled, renamed))


@given(block=blocks, factor=st.sampled_from([2.0, 0.25]))
@profile
def test_scaled_money_scales_the_cost(block: tuple[int, int], factor: float) -> None:
    plain = {name: (bound * factor, cost * factor) for name, (bound, cost) in changed(block).items()}
    check_equal(plain, changed(block, scaled(factor)))


@given(block=blocks)
@once
def test_two_places_cost_what_each_does(block: tuple[int, int]) -> None:
    alone = (any_number, without("supply"))
    twice = {name: (2 * bound, 2 * cost) for name, (bound, cost) in changed(block, *alone).items()}
    check_equal(twice, changed(block, *alone, twice_the_places))


@given(block=blocks)
@once
def test_a_period_without_demand_costs_nothing(block: tuple[int, int]) -> None:
    check_equal(changed(block, nothing_to_hold), changed(block, nothing_to_hold, one_period_more))


@given(block=blocks)
@once
def test_either_an_offer_is_taken_or_it_is_not(block: tuple[int, int]) -> None:
    """The better of the two halves is the whole."""
    alone = (prompt,)
    without_it = changed(
        block, *alone, added("selections", {"selection": "{p}no", "rule": "exclude", "offer": "{p}a0-o0"})
    )
    taken = {"selection": "{p}yes", "rule": "include", "offer": "{p}a0-o0", "min_cards": 1}
    with_it = changed(block, *alone, added("selections", taken))
    halves = {
        name: (min(without_it[name][0], with_it[name][0]), min(without_it[name][1], with_it[name][1]))
        for name in with_it
    }
    check_equal(halves, changed(block, *alone))


def prompt(tables: Tables, rng: random.Random) -> Tables:
    """The first offer arrives at once."""
    offers = tables["offers"].copy()
    offers.loc[offers.index[0], "lead_time_months"] = 0.0
    return tables | {"offers": offers}


@given(block=blocks)
@profile
def test_two_solvers_agree(block: tuple[int, int]) -> None:
    check_equal(changed(block), intervals(_tables(block, ()), PREFIX, "scip"))


@given(number=st.integers(0, BLOCKS - 1))
@profile
def test_a_plan_that_is_owned_leaves_nothing_to_buy(number: int) -> None:
    """One period: had it paid to buy more on top of the plan, it would have been in the plan."""
    alone = (without("supply", "permits", "fleet"),)
    tables = _tables((0, number), alone)
    first = plan(tables, prefix=PREFIX)
    assert first is not None
    stock = first.tables["fleet"].rename(columns={"installed_cards": "cards"})[
        ["accelerator", "site", "cards"]
    ]
    batches = frame("fleet", [{"batch": f"b{i}", **row} for i, row in enumerate(stock.to_dict("records"))])
    assert stock["cards"].sum() > 0
    second = plan(tables | {"fleet": batches}, prefix=PREFIX)
    assert second is not None
    before, paid = money_by_instance(first, PREFIX), money_by_instance(first, PREFIX, ["order"])
    after = money_by_instance(second, PREFIX)
    expected = {name: before[name] - paid.get(name, 0.0) for name in before}
    assert {name: after[name] for name in expected} == pytest.approx(expected, rel=SAME_COST_SHARE, abs=1e-6)
    assert second.tables["orders"].empty


# Rules that count over a whole case: one program each


def _alone(seed: int, rule: str) -> Tables:
    """An instance that has the rule."""
    while True:
        tables = random_tables(seed, WORLDS[seed % len(WORLDS)], alone=True)
        if len(tables[rule]):
            return tables
        seed += len(WORLDS)


@given(seed=st.integers(90_000, 90_003))
@profile
def test_a_bigger_budget_never_raises_the_cost(seed: int) -> None:
    tables = _alone(seed, "budgets")
    bigger = tables | {"budgets": tables["budgets"].assign(amount=tables["budgets"]["amount"] * 1.5)}
    check_at_least(interval(tables), interval(bigger))


@given(seed=st.integers(90_000, 90_003))
@profile
def test_a_larger_share_never_lowers_the_cost(seed: int) -> None:
    tables = _alone(seed, "domestic_share")
    larger = tables | {"domestic_share": tables["domestic_share"].assign(min_share=0.8)}
    check_at_least(interval(larger), interval(tables))


def check_at_least(dearer: Interval, cheaper: Interval) -> None:
    """One pair of intervals."""
    assert cheaper[0] <= dearer[1] + _slack(dearer[1])


# One optimum: not only the cost, the plan itself is the same


def unique() -> Tables:
    """Two cards, two sites, prices without a common measure: only one plan is cheapest."""
    return instance(
        settings={"periods": 2, "period_months": 3, "discount_rate_per_year": 0.08},
        sites=[{"site": "s0", "tariff_per_kwh": 0.71}, {"site": "s1", "tariff_per_kwh": 0.53}],
        routes=[{"region": "r0", "site": "s0"}, {"region": "r1", "site": "s1"}],
        workloads=[{"workload": "w0", "unmet_penalty_per_mtok": 37}, {"workload": "w1", "unmet_penalty_per_mtok": 41}],
        requests=[
            {"workload": w, "region": r, "node": n, "requests_per_s": 3 + n + 2 * i}
            for i, (w, r) in enumerate([("w0", "r0"), ("w1", "r1"), ("w0", "r1")])
            for n in (0, 1)
        ],
        layouts=[{"layout": "a0/x1", "accelerator": "a0"}, {"layout": "a1/x1", "accelerator": "a1"}],
        rates=[
            {"workload": "w0", "layout": "a0/x1", "requests_per_s": 2},
            {"workload": "w1", "layout": "a0/x1", "requests_per_s": 1},
            {"workload": "w1", "layout": "a1/x1", "requests_per_s": 4},
        ],
        cards=[{"accelerator": "a0", "power_kw": 0.7}, {"accelerator": "a1", "power_kw": 1.1, "origin": "imported"}],
        offers=[
            {"offer": "o0", "accelerator": "a0", "price_per_card": 10_007, "price_change_per_year": -0.1},
            {"offer": "o1", "accelerator": "a1", "price_per_card": 29_989, "price_change_per_year": -0.1},
        ],
    )  # fmt: skip


def as_bytes(tables: dict[str, pd.DataFrame], back: dict[str, str]) -> dict[str, bytes]:
    """Result tables with ids renamed back and rows sorted, as text with twelve digits."""
    found = {}
    for name, table in tables.items():
        text = [column for column in table.columns if table[column].dtype == "str"]
        mapped = table.assign(**{column: table[column].map(lambda x: back.get(x, x)) for column in text})
        found[name] = (
            mapped.sort_values(list(table.columns)).to_csv(index=False, float_format="%.12g").encode()
        )
    return found


@given(seed=st.integers(0, 1000))
@once
def test_the_only_cheapest_plan_is_the_same_bytes(seed: int) -> None:
    tables, rng = unique(), random.Random(seed)
    ids = ["s0", "s1", "r0", "r1", "w0", "w1", "a0", "a1", "o0", "o1", "a0/x1", "a1/x1"]
    new = dict(zip(ids, (f"n{i:02d}" for i in rng.sample(range(50), len(ids))), strict=True))
    other = {
        name: table.assign(**{c: table[c].map(lambda x: new.get(x, x)) for c in IDS & set(table.columns)})
        for name, table in shuffled(tables, rng).items()
    }
    one, two = plan(tables), plan(other)
    assert one is not None
    assert two is not None
    assert as_bytes(one.tables, {}) == as_bytes(two.tables, {new_id: old for old, new_id in new.items()})
    assert faults(tables, one) == faults(other, two) == []
