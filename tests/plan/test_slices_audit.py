"""The audit of a plan by slices: clean as done on paper, and every corruption of its hours found under its rule."""

from __future__ import annotations

import pytest
from corruptions import Corruption, both, edit, more, regiven, without
from slice_case import COST, COSTS, Q, given, result

from planner.plan.audit import audit

NIGHT_SHIFT = both(
    edit("deployment", "replicas", 4, slice="night"), edit("deployment", "cards", 4, slice="night")
)
SLICED: dict[str, tuple[str, Corruption]] = {
    # in time
    "documents of the day wait too long": ("in_time", regiven("workloads", "deadline_hours", 23.0, workload="docs")),
    "documents may not wait": ("in_time", regiven("workloads", "deferrable", False, workload="docs")),
    "chats are made to wait": ("in_time", more("deferred", ("chat", "all", "north", Q, "day", "night", 1.0))),
    "night and day are of different days": ("in_time", regiven("slices", "days", "weekend", slice="night")),
    # covered
    "documents of the day are forgotten": ("batch_cover", without("deferred", slice="day")),
    "more of the day than arrives": ("batch_cover", edit("deferred", "requests_per_s", 4.01, slice="day")),
    "moved as if night were as long as day": (
        "batch_cover", both(edit("deferred", "requests_per_s", 2.0, slice="day"),
                            edit("routing", "requests_per_s", 3.0, workload="docs"),
                            edit("load", "requests_per_s", 3.0, workload="docs"))),
    "night is longer": ("batch_cover", regiven("slices", "share", 0.4, slice="night")),
    "arrival in the wrong slice": (
        "batch_cover",
        both(without("deferred", slice="night"), edit("deferred", "slice", "night", slice="day")),
    ),
    "unmet in the wrong slice": ("batch_cover", edit("unmet", "slice", "night")),
    "served in the wrong slice": ("demand_cover", edit("deferred", "served", "day", slice="day")),
    "moved but not sent": ("demand_cover", edit("routing", "requests_per_s", 4.0, workload="docs")),
    "sent in the wrong slice": ("demand_cover", edit("routing", "slice", "day", workload="docs")),
    "chats of the night unserved": ("demand_cover", without("routing", workload="chat", slice="night")),
    "placed in the wrong slice": ("site_balance", edit("load", "slice", "day", workload="docs")),
    # capacity
    "replicas of the night are missing": (
        "serving_capacity", both(edit("deployment", "replicas", 2, slice="night"),
                                 edit("deployment", "cards", 2, slice="night"))),
    "one replica starts too many": ("card_use", NIGHT_SHIFT),  # 4 fit; the two that start take a quarter more
    "a start takes ten hours": ("card_use", regiven("settings", "switch_minutes", 600.0)),
    "starts are free in the fleet table": ("fleet_table", edit("fleet", "deployed_cards", 3.0)),
    "the day is the busiest": ("fleet_table", edit("fleet", "deployed_cards", 2.0)),
    # names and money
    "an unknown slice": ("known_keys", edit("load", "slice", "dawn", workload="docs")),
    "served in an unknown slice": ("known_keys", edit("deferred", "served", "dawn", slice="day")),
    "less than nothing waits": ("not_negative", edit("deferred", "requests_per_s", -1.0, slice="day")),
    "moved twice": ("one_row_per_key", lambda _, frames: frames.update(
        deferred=frames["deferred"].iloc[[0, 0, 1]])),
    "the night has another tariff": ("costs_table", regiven("tariffs", "tariff_per_kwh", 0.41)),
    "the tariff is the day's": ("costs_table", regiven("tariffs", "slice", "day")),
    "tokens as if unmet all day": ("unmet_table", edit("unmet", "mtok", 9.0)),
    "a share of the night": ("routing_table", edit("routing", "share", 1.0, workload="docs")),
}  # fmt: skip


def test_the_plan_by_slices_is_clean() -> None:
    seen = audit(given(), result(), COST)
    assert [finding.text for finding in seen.findings] == []
    assert seen.cost == pytest.approx(COST, rel=1e-12)
    costs = seen.cost_by_term.set_index("term")["amount"]
    assert costs.to_dict() == pytest.approx(COSTS, rel=1e-12)


@pytest.mark.parametrize("name", SLICED)
def test_every_corruption_is_found_under_its_rule(name: str) -> None:
    rule, corrupt = SLICED[name]
    given_tables, result_tables = given(), result()
    corrupt(given_tables, result_tables)
    seen = audit(given_tables, result_tables, COST)
    assert rule in {finding.rule for finding in seen.findings}
    assert {finding.rule for finding in seen.findings} <= set(seen.rules_checked)


def test_a_fourth_replica_fits_where_starts_take_no_time() -> None:
    given_tables, result_tables = given(), result()
    for table, column, value in [("fleet", "deployed_cards", 4.0), ("fleet", "free_cards", 0.0)]:
        edit(table, column, value)(given_tables, result_tables)
    NIGHT_SHIFT(given_tables, result_tables)
    given_tables["settings"]["switch_minutes"] = 0.0
    assert audit(given_tables, result_tables, COST).clean


def test_limits_count_the_busiest_slice() -> None:
    limits = audit(given(), result(), COST).limits.set_index(["family", "key"])
    assert limits.loc[("card_use", f"ant,east,{Q}"), "activity"] == pytest.approx(3.125)
    assert limits.loc[("serving_capacity", f"ant-small,east,{Q},night"), "slack"] == pytest.approx(0.0)
