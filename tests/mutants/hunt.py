"""Catches mutants: programs are held against the given tables, plans are audited and compared with brute force."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from planner.errors import PlannerError
from planner.inputs import load_case
from planner.optimization import build as build_module
from planner.optimization import gather as gather_module
from planner.optimization.certificate import certificate_tables
from planner.optimization.given import Given
from planner.optimization.matrix import MatrixError
from planner.plan.audit.facts import Facts
from planner.plan.audit.reading import read_tables
from planner.plan.audit.spec import GIVEN
from planner.plan.certificate import agreement as agreement_module
from planner.plan.certificate.asked import Amounts, Asked, asked
from planner.plan.certificate.missing import missing_decisions
from planner.plan.certificate.stored import read_program
from planner.prepare import prepare
from tests.cases.test_worked_cases import complete
from tests.mutants.mutants import Mutant
from tests.program.photograph import smallest
from tests.properties import in_process
from tests.properties.audited import faults
from tests.properties.draw import WORLDS, random_tables
from tests.properties.oracle import optimum
from tests.properties.oracle_facts import TooLargeError
from tests.properties.tiny import Tables, instance
from tests.tolerances import PROVEN_SHARE, SAME_COST_SHARE

# The worked case in which each family decides the plan (supply_limit has one of its own, `two_orders`).
DECIDES = {
    "installed_cards": "late_delivery", "demand_cover": "two_ways", "site_balance": "two_ways",
    "serving_capacity": "two_ways", "card_use": "two_ways", "pool_in_use": "spare_server", "supply_limit": "",
    "supply_window": "permit_date", "order_size": "smallest_order", "power_limit": "power", "rack_limit": "racks",
    "budget_limit": "capex_budget", "domestic_share": "domestic_cards", "vendor_share": "one_maker",
    "residency": "residency", "include_exclude": "excluded_origin",
}  # fmt: skip
ORIGINAL_GATHER = gather_module.gather
TINY = 3  # random instances with an optimum by trying everything


def caught_by(mutant: Mutant, folder: Path) -> str:
    """What catches a mutant; '' when nothing does."""
    case_of_family = [decided(mutant.family, folder)] if mutant.family else []
    tiny = tinies()  # made before anything is wrong
    with mutant.patch():
        if not mutant.deleted and (found := against_the_given_tables(rich())):
            return found
        for tables in case_of_family:
            if found := by_planning(tables, None):
                return found
        for tables, best in tiny:
            if found := by_planning(tables, best):
                return found
    return ""


def against_the_given_tables(tables: Tables) -> str:
    """Whether the rows, costs and decisions of the program are those the given tables ask for."""
    try:
        right = gather_module.gather is ORIGINAL_GATHER
        built = build_module.build(gathered_once(id(tables)) if right else gather_module.gather(tables))
        stored, wrong = read_program(certificate_tables(built, np.zeros(built.matrix.rows)))
    except (PlannerError, ValueError, KeyError) as error:
        return f"an error: {type(error).__name__}"
    if stored is None:
        return f"the certificate: {wrong[0].rule}"
    given = read_once(id(tables))
    with mock.patch.object(agreement_module, "asked", asked_once):
        found = [*agreement_module.agreement(stored, given).findings, *missing_decisions(stored, given)]
    return f"the certificate: {found[0].rule} {found[0].key}" if found else ""


@cache
def gathered_once(number: int) -> Given:
    """What the program is given for the rich case, which most mutants leave alone."""
    assert number == id(rich())
    return ORIGINAL_GATHER(rich())


@cache
def read_once(number: int) -> dict[str, pd.DataFrame]:
    """The tables of the rich case as the audit reads them."""
    assert number == id(rich())
    return read_tables(rich(), GIVEN)[0]


KNOWN: dict[tuple[int, ...], Asked] = {}


def asked_once(facts: Facts, amounts: Amounts) -> Asked:
    """What the audit's rules say of a made-up plan; they know no mutant, so one answer for one plan."""
    tables = [facts.result[name] for name in sorted(facts.result)]
    key = tuple(int(pd.util.hash_pandas_object(table, index=False).sum()) for table in tables)
    if key not in KNOWN:
        KNOWN[key] = asked(facts, amounts)
    return KNOWN[key]


def by_planning(tables: Tables, best: float | None) -> str:
    """Whether a plan breaks a rule, or costs another amount than the cheapest one by trying everything."""
    try:
        with _gathered():
            planned = in_process.plan(tables)
    except (PlannerError, MatrixError, AssertionError, ValueError, KeyError) as error:
        return f"an error: {type(error).__name__}"
    if planned is None:
        return "no plan where there is one"
    if found := faults(tables, planned):
        return f"the audit: {found[0][:60]}"
    if planned.cost > planned.bound + PROVEN_SHARE * max(1.0, abs(planned.cost)):
        return "the plan costs more than was proven"
    if best is not None and abs(planned.cost - best) > 1e3 * SAME_COST_SHARE * max(1.0, abs(best)):
        return "trying everything"
    return ""


def _gathered() -> object:
    """`in_process` calls the present `gather` and `build`, mutated or not."""
    return mock.patch.multiple(in_process, gather=gather_module.gather, build=build_module.build)


@cache
def rich() -> Tables:
    """The smallest case that has every family, with a tax that does not come back."""
    tables = smallest()
    taxed = tables["offers"].assign(vat_share=0.1, vat_recoverable=False)
    return tables | {"offers": taxed}


@cache
def two_orders() -> Tables:
    """A quota of three cards over two months with work for two, then four: a single order would keep its own bound."""
    return instance(
        settings={"periods": 2},
        sites=[{"site": "hall"}],
        routes=[{"region": "users", "site": "hall"}],
        workloads=[{"workload": "chat", "unmet_penalty_per_mtok": 1000}],
        requests=[
            {"workload": "chat", "region": "users", "node": n, "requests_per_s": 2 + 2 * n} for n in (0, 1)
        ],
        layouts=[{"layout": "dom/x1", "accelerator": "dom"}],
        rates=[{"workload": "chat", "layout": "dom/x1", "requests_per_s": 1}],
        cards=[{"accelerator": "dom"}],
        offers=[
            {"offer": "dom", "accelerator": "dom", "price_per_card": 1000, "price_change_per_year": -0.5}
        ],
        supply=[{"limit": "quota", "offer": "dom", "max_cards": 3}],
    )


def decided(family: str, folder: Path) -> Tables:
    """The case in which a family decides the plan."""
    return two_orders() if family == "supply_limit" else case(DECIDES[family], folder)


@cache
def case(name: str, folder: Path) -> Tables:
    """A worked case, ready to plan."""
    return prepare(load_case(complete(name, folder / name))).given


@cache
def tinies() -> list[tuple[Tables, float]]:
    """Random instances with the least cost by trying everything."""
    found: list[tuple[Tables, float]] = []
    for seed in range(100):
        tables = random_tables(6000 + seed, WORLDS[1 + seed % 3])
        try:
            best = optimum(tables, most_tries=60)
        except TooLargeError:
            continue
        if best is not None and best.servers:
            found.append((tables, float(best.cost)))
            if len(found) == TINY:
                break
    return found
