"""Deliveries, service lives and the ledger of the opening fleet."""

from __future__ import annotations

import pandas as pd

from planner.optimization.selectors import selected_offers, spanned_nodes
from planner.optimization.supply_chain import delivery_table, fleet_ledger, service_table

NODES = pd.DataFrame({"node": ["n0", "n1", "n2", "n3"], "index": range(4)})


def deliveries(lead_months: float, life_months: float, months: int = 1) -> pd.DataFrame:
    offer = {"offer": "o", "lead_time_months": lead_months, "life_months": life_months}
    return delivery_table(pd.DataFrame([offer]), NODES, months)


def test_a_lead_time_between_periods_is_rounded_up() -> None:
    assert deliveries(1.5, 60)["in_service"].tolist() == [
        "n2",
        "n3",
    ]  # orders of n0 and n1; later ones are too late


def test_quarters() -> None:
    assert deliveries(4, 60, months=3)["in_service"].tolist() == ["n2", "n3"]  # 4 months are two quarters


def test_a_short_life_ends_inside_the_horizon() -> None:
    table = deliveries(0, 2)
    assert table["leaves"].dropna().tolist() == ["n2", "n3"]
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
    fleet = pd.DataFrame(columns=["accelerator", "site", "cards", "retires"])
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
