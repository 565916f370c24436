"""Deliveries, service lives and the ledger of the opening fleet."""

from __future__ import annotations

import pandas as pd

from planner.optimization.paths import paths_of
from planner.optimization.selectors import path_spans, selected_offers, span_keys, spanned_nodes
from planner.optimization.supply_chain import (
    arrivals_and_departures,
    delivery_table,
    fleet_ledger,
    service_table,
)
from tests.properties.tiny import path

NODES = path(["n0", "n1", "n2", "n3"])
# Two futures from the second period on: the root n0, then a1 to a2 or b1 to b2.
TREE = pd.DataFrame(
    {
        "node": ["n0", "a1", "b1", "a2", "b2"],
        "index": [0, 1, 1, 2, 2],
        "period": ["p0", "p1", "p1", "p2", "p2"],
        "parent": [None, "n0", "n0", "a1", "b1"],
        "probability": [1.0, 0.4, 0.6, 0.4, 0.6],
    }
)


def deliveries(
    lead_months: float,
    life_months: float,
    months: int = 1,
    nodes: pd.DataFrame = NODES,
    delays: pd.DataFrame | None = None,
) -> pd.DataFrame:
    offer = {"offer": "o", "lead_time_months": lead_months, "life_months": life_months}
    return delivery_table(pd.DataFrame([offer]), nodes, months, delays)


def test_a_lead_time_between_periods_is_rounded_up() -> None:
    assert deliveries(1.5, 60)["in_service"].tolist() == [
        "n2",
        "n3",
    ]  # orders of n0 and n1; later ones are too late


def test_quarters() -> None:
    assert deliveries(4, 60, months=3)["in_service"].tolist() == ["n2", "n3"]  # 4 months are two quarters


def test_a_short_life_ends_inside_the_horizon() -> None:
    table = deliveries(0, 2)
    leaving = arrivals_and_departures(table, NODES)[1]
    assert leaving[["ordered", "node"]].to_numpy().tolist() == [["n0", "n2"], ["n1", "n3"]]
    served = service_table(table, NODES).groupby("ordered")["node"].agg(list).to_dict()
    assert served == {"n0": ["n0", "n1"], "n1": ["n1", "n2"], "n2": ["n2", "n3"], "n3": ["n3"]}


def test_the_ledger_opens_with_the_fleet_and_loses_what_retires() -> None:
    rows = [
        ("a", "s", 8, None),
        ("a", "s", 4, "n2"),
        ("a", "s", 16, "n0"),
        ("a", "s", 32, "a0"),
        ("a", "s", 1, "z9"),
    ]
    fleet = pd.DataFrame(rows, columns=["accelerator", "site", "cards", "retires"])
    none = pd.DataFrame(columns=["accelerator", "site", "in_service_index"])
    ledger = fleet_ledger(fleet, none, NODES)
    assert ledger["node"].tolist() == ["n0", "n1", "n2", "n3"]
    assert ledger["net_opening_cards"].tolist() == [13.0, 0.0, -4.0, 0.0]


def test_a_key_before_the_first_card_is_left_out() -> None:
    fleet = pd.DataFrame(columns=["accelerator", "site", "cards", "retires"]).astype({"cards": float})
    arrivals = pd.DataFrame({"accelerator": ["a"], "site": ["s"], "in_service_index": [2]})
    assert fleet_ledger(fleet, arrivals, NODES)["node"].tolist() == ["n2", "n3"]


def test_selectors_overlap() -> None:
    offers = pd.DataFrame(
        {
            "offer": ["x", "y", "z"],
            "accelerator": ["a", "b", "b"],
            "vendor": ["v", "v", "w"],
            "origin": "domestic",
        }
    )
    rules = pd.DataFrame(
        {
            "rule": ["all", "maker", "both"],
            "offer": None,
            "accelerator": [None, None, "b"],
            "vendor": [None, "v", "v"],
            "origin": None,
        }
    )
    found = selected_offers(rules, "rule", offers).groupby("rule")["offer"].agg(list).to_dict()
    assert found == {"all": ["x", "y", "z"], "maker": ["x", "y"], "both": ["y"]}


def test_blank_ends_of_a_span_are_the_horizon_s() -> None:
    rules = pd.DataFrame({"rule": ["r", "q"], "from_period": [None, "n1"], "to_period": ["n1", "n2"]})
    found = spanned_nodes(rules, "rule", NODES).groupby("rule")["node"].agg(list).to_dict()
    assert found == {"r": ["n0", "n1"], "q": ["n1", "n2"]}


def test_a_span_outside_the_horizon_holds_nowhere() -> None:
    rules = pd.DataFrame(
        {
            "rule": ["later", "earlier", "around"],
            "from_period": ["n7", None, "a0"],
            "to_period": [None, "a0", "n7"],
        }
    )
    found = spanned_nodes(rules, "rule", NODES).groupby("rule")["node"].agg(list).to_dict()
    assert found == {"around": ["n0", "n1", "n2", "n3"]}


def test_a_tree_has_a_path_to_every_end() -> None:
    assert paths_of(TREE) == [["n0", "a1", "a2"], ["n0", "b1", "b2"]]
    assert paths_of(NODES) == [["n0", "n1", "n2", "n3"]]


def test_an_order_of_the_root_arrives_on_every_path_and_one_of_a_branch_on_its_own() -> None:
    table = deliveries(1, 1, nodes=TREE)
    entering, leaving = arrivals_and_departures(table, TREE)
    pairs = [["n0", "a1"], ["a1", "a2"], ["n0", "b1"], ["b1", "b2"]]
    assert entering[["ordered", "node"]].to_numpy().tolist() == pairs
    assert leaving[["ordered", "node"]].to_numpy().tolist() == [["n0", "a2"], ["n0", "b2"]]
    assert sorted(service_table(table, TREE)[["ordered", "node"]].to_numpy().tolist()) == sorted(pairs)


def test_a_delay_holds_where_the_delivery_is_due() -> None:
    late = pd.DataFrame({"offer": ["o"], "node": ["b1"], "months": [0.5]})  # half a month: one period later
    table = deliveries(1, 60, nodes=TREE, delays=late)
    assert table[["ordered", "path", "in_service"]].to_numpy().tolist() == [
        ["n0", "a2", "a1"],
        ["a1", "a2", "a2"],
        ["n0", "b2", "b2"],
        ["b1", "b2", "b2"],
    ]
    gone = pd.DataFrame({"offer": ["o"], "node": ["b1"], "months": [2.0]})  # beyond the horizon on that path
    assert "b2" not in set(deliveries(1, 60, nodes=TREE, delays=gone).query("ordered == 'n0'")["path"])


def test_rules_that_add_up_do_so_path_by_path() -> None:
    rules = pd.DataFrame({"rule": ["all", "first"], "from_period": [None, None], "to_period": [None, "p0"]})
    spans = path_spans(rules, "rule", TREE)
    found = spans.groupby(["rule", "path"])["node"].agg(list).to_dict()
    assert found == {
        ("all", "a2"): ["n0", "a1", "a2"],
        ("all", "b2"): ["n0", "b1", "b2"],
        ("first", "n0"): ["n0"],  # the paths are one there
    }
    keys = span_keys(rules, "rule", spans)[["rule", "path"]].to_numpy().tolist()
    assert keys == [["all", "a2"], ["all", "b2"], ["first", "n0"]]
    assert list(path_spans(rules.assign(to_period=None), "rule", NODES).columns) == ["rule", "node"]
