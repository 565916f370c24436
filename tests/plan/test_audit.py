"""The audit is clean on a plan made by hand, and finds every single corruption of it under the right name."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from corruptions import CORRUPTIONS, put
from plan_case import COST, COSTS, Q1, Q2, Q3, RESIDUAL, given, result, table
from test_slices_audit import SLICED

from planner.plan.audit import FAMILIES, RULES, audit

# Rules on decisions that neither plan takes; tests of their own break them.
ELSEWHERE = {
    "platform_adoption", "porting_team", "fleet_minimum", "measure_ramp", "measure_once", "path_risk", "pool_balance",
    "kv_transfer", "rental_limit", "rental_size", "rental_tables", "token_rate", "token_volume", "token_tables",
    "package_use", "package_balance", "failure_cover",
}  # fmt: skip


def test_the_plan_made_by_hand_is_clean() -> None:
    seen = audit(given(), result(), COST)
    assert [finding.text for finding in seen.findings] == []
    assert seen.clean
    assert seen.rules_checked == RULES
    assert set(FAMILIES) <= set(RULES)
    assert seen.cost == pytest.approx(COST, rel=1e-12)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_found_under_its_rule(name: str) -> None:
    rule, corrupt = CORRUPTIONS[name]
    given_tables, result_tables = given(), result()
    claimed = corrupt(given_tables, result_tables)
    seen = audit(given_tables, result_tables, COST if claimed is None else claimed)
    assert rule in {finding.rule for finding in seen.findings}
    assert {finding.rule for finding in seen.findings} <= set(seen.rules_checked)


def test_every_rule_is_broken_by_some_corruption() -> None:
    broken = {rule for rule, _ in (*CORRUPTIONS.values(), *SLICED.values())}
    # pool_in_use and switching are card_use with their decisions settled; the last three have tests of their own below
    settled = {"pool_in_use", "switching", "bound", "limits_table", "promises_table"}
    assert set(RULES) - broken - ELSEWHERE == settled


def test_costs_by_term_are_those_done_on_paper() -> None:
    costs = audit(given(), result(), COST).cost_by_term.set_index(["term", "node"])["amount"]
    for term, row in COSTS.items():
        for node, amount in zip((Q1, Q2, Q3), row, strict=True):
            assert costs.get((term, node), 0.0) == pytest.approx(amount, rel=1e-12), (term, node)
    assert costs["residual", Q3] == pytest.approx(RESIDUAL, rel=1e-12)


def test_a_bound_above_the_cost_is_found() -> None:
    assert audit(given(), result(), COST, bound=COST).clean
    seen = audit(given(), result(), COST, bound=COST + 10.0)
    assert [finding.rule for finding in seen.findings] == ["bound"]


def test_limits_say_what_binds() -> None:
    limits = audit(given(), result(), COST).limits.set_index(["family", "key"])
    # 24 cards * 0.5 kW * 1.25 = 15 kW of 15; 14 of 16 * 7/8 cards; 8 of 8 cards; 24 of 40 cards at 60 %
    binding = {("power_limit", f"east,{Q1}"): 15.0, ("card_use", f"bee,west,{Q2}"): 14.0,
               ("supply_limit", "acme-quota"): 8.0, ("domestic_share", f"cards-60,{Q2}"): 24.0}  # fmt: skip
    for key, activity in binding.items():
        assert limits.loc[key, "activity"] == pytest.approx(activity)
        assert limits.loc[key, "binding"]
    # 24 * 0.5 / 40 racks of 1; capex 80,000 + 162,624 + 158,906.88
    assert limits.loc[("rack_limit", f"east,{Q1}"), "slack"] == pytest.approx(0.7)
    assert not limits.loc[("rack_limit", f"east,{Q1}"), "binding"]
    assert limits.loc[("budget_limit", "capex-2027"), "slack"] == pytest.approx(500_000 - 401_530.88)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("activity", 14.0),
        ("slack", 1.0),
        ("binding", False),
        ("limit", 16.0),
        ("key", "east,2027Q9"),
        ("unit", "racks"),
    ],
)
def test_a_tampered_limits_table_is_found(column: str, value: object) -> None:
    tables = result() | {"limits": audit(given(), result(), COST).limits}
    assert audit(given(), tables, COST).clean
    put(tables["limits"], column, value, family="power_limit", key=f"east,{Q1}")
    assert "limits_table" in {finding.rule for finding in audit(given(), tables, COST).findings}


def test_promises_list_exactly_what_no_card_serves() -> None:
    columns = "workload bucket band_ms promise limit nearest accelerator layout reason"
    row = ("doc", "all", 0.0, "ttft", 500.0, 900.0, "bee", "bee-big", "too slow")
    tables = result() | {"promises": table(columns, row)}
    seen = audit(given(), tables, COST)  # bee-big does serve it
    assert [finding.rule for finding in seen.findings] == ["promises_table"]
    unserved = given()
    unserved["rates"] = unserved["rates"][unserved["rates"]["workload"] != "doc"]
    tables["promises"] = table(columns)
    assert "promises_table" in {finding.rule for finding in audit(unserved, tables, COST).findings}
    tables["promises"] = table(columns, row)
    assert "promises_table" not in {finding.rule for finding in audit(unserved, tables, COST).findings}


def test_fractional_replicas_are_allowed_where_the_case_says_so() -> None:
    tables, facts = result(), given()
    put(tables["deployment"], "replicas", 4.9999, layout="ant-small", node=Q1)
    put(tables["deployment"], "cards", 9.9998, layout="ant-small", node=Q1)
    rules = {finding.rule for finding in audit(facts, tables, COST).findings}
    assert "whole_numbers" in rules
    facts["settings"]["replicas"] = "fractional"
    rules = {finding.rule for finding in audit(facts, tables, COST).findings}
    assert rules == {"serving_capacity", "fleet_table"}


def test_rounding_of_the_last_digit_is_no_finding() -> None:
    tables = result()
    for name in ("load", "routing", "unmet", "costs", "orders"):
        for column in tables[name].select_dtypes("float").columns.difference(["band_ms"]):
            tables[name][column] *= 1 + 1e-12
    assert audit(given(), tables, COST * (1 + 1e-9)).clean


def test_arguments_are_left_as_they_were() -> None:
    facts, tables = given(), result()
    audit(facts, tables, COST)
    for name, frame in (given() | result()).items():
        pd.testing.assert_frame_equal((facts | tables)[name], frame)


def test_a_large_plan_is_audited_in_seconds() -> None:
    """50,000 rows of load: the same work cut into 3,400 buckets of the same lengths."""
    pieces = 3_400
    facts, tables = given(), result()
    parts = [(name, facts) for name in ("requests", "buckets", "rates")]
    parts += [(name, tables) for name in ("load", "routing", "unmet")]
    for name, frames in parts:
        frame = frames[name]
        many = frame.loc[frame.index.repeat(pieces)].reset_index(drop=True)
        many["bucket"] = many["bucket"] + "-" + (many.index % pieces).astype(str)
        for column in ("requests_per_s", "mean_requests_per_s", "mtok"):
            if column in many and name != "rates":
                many[column] /= pieces
        frames[name] = many
    assert len(tables["load"]) > 50_000
    start = time.process_time()
    seen = audit(facts, tables, COST)
    assert [finding.text for finding in seen.findings] == []
    assert (
        time.process_time() - start < 6.0
    )  # twice what a busy machine needs: no more than linear in the rows
