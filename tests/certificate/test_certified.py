"""What the certificate proves, and that it speaks of the program the given tables ask for."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from planner.optimization.build import build
from planner.optimization.certificate import certificate_tables
from planner.optimization.families import FAMILIES
from planner.optimization.gather import gather
from planner.plan import Plan
from planner.plan.audit.reading import read_tables
from planner.plan.audit.spec import GIVEN
from planner.plan.certificate.agreement import agreement
from planner.plan.certificate.certify import certified
from planner.plan.certificate.decisions import DERIVED, SETTLED, SHOWN, UNSEEN
from planner.plan.certificate.implied import free_of_assumption
from planner.plan.certificate.missing import missing_decisions
from planner.plan.certificate.stored import read_program
from tests.certificate.runs import audited, run_of, with_table
from tests.program.photograph import smallest
from tests.properties.draw import WORLDS, random_tables
from tests.properties.oracle import optimum
from tests.properties.oracle_facts import TooLargeError

RUNS = range(6)


@cache
def run(number: int) -> Plan:
    """A run of a random tiny instance that has a plan."""
    world = number % len(WORLDS)
    for seed in itertools.count(9000 + 100 * number):
        found = run_of(random_tables(seed, WORLDS[world]))
        if found is not None and found.cost > 0:
            return found
    raise AssertionError("counting does not end")


@pytest.mark.parametrize("number", RUNS)
def test_a_plan_made_here_is_clean_and_certified(number: int) -> None:
    made = run(number)
    seen = audited(made)
    assert [finding.text for finding in seen.findings] == []
    proven = seen.certified
    assert proven.bound == pytest.approx(made.certified_bound, rel=1e-12)
    assert proven.bound <= made.cost
    assert proven.checked_bound == proven.bound
    assert (proven.unchecked, proven.unshown) == ({}, ())


@pytest.mark.parametrize("number", RUNS[:3])
def test_no_bound_is_above_the_optimum_by_trying_everything(number: int) -> None:
    """Whatever the prices: the exact optimum of the oracle is never below what they prove."""
    made = run(number)
    try:
        best = optimum(made.given, most_tries=400)  # type: ignore[arg-type]
    except TooLargeError:
        pytest.skip("too many sets of orders to try")
    assert best is not None
    rng = np.random.default_rng(number)
    rows = made.certificate["rows"]
    for spread in (0.0, 0.01, 1.0):
        noise = 1.0 + spread * rng.standard_normal(len(rows))
        twisted = with_table(made, "certificate", "rows", rows.assign(dual=rows["dual"] * noise))
        assert certified(twisted, made.cost).bound <= float(best.cost) * (1 + 1e-12)


def test_every_row_of_the_smallest_case_with_all_families_is_asked_for_by_the_audit() -> None:
    """No family is taken as stored: each row, and the cost, agrees with the rules read from the given tables."""
    tables = smallest()
    built = build(gather(tables))
    stored, faults = read_program(certificate_tables(built, np.ones(built.matrix.rows)))
    assert stored is not None, faults
    given, unread = read_tables(tables, GIVEN)
    assert unread == []
    found = agreement(stored, given)
    assert [finding.text for finding in found.findings] == []
    assert found.cost_checked
    apart = stored.rows_table[~found.checked]
    assert Counter(apart["family"]) == {}
    assert len(set(stored.rows_table["family"]) & set(FAMILIES)) >= 16
    assert missing_decisions(stored, given) == []


def test_every_decision_is_shown_by_a_table_or_follows_from_one() -> None:
    built = build(gather(smallest()))
    assert set(built.program.decisions) <= {*SHOWN, *DERIVED, *SETTLED, *UNSEEN}


def test_bounds_that_rules_imply_are_told_from_those_that_none_gives() -> None:
    tables = smallest()
    built = build(gather(tables))
    stored, _ = read_program(certificate_tables(built, np.ones(built.matrix.rows)))
    assert stored is not None
    follows = pd.Series(free_of_assumption(stored, np.ones(stored.rows, dtype=bool)))
    by_decision = follows.groupby(stored.columns_table["decision"]).all()
    assert by_decision[["unmet", "flow", "load"]].all()  # the demand limits them
    none = free_of_assumption(stored, np.zeros(stored.rows, dtype=bool))
    assert not none.any()


def test_without_a_certificate_the_audit_says_so() -> None:
    made = run(0)
    bare = Plan(**{**made.__dict__, "certificate": {}})
    seen = audited(bare)
    assert seen.clean
    assert not seen.certified.there
