"""Ports, maturing software, least fleets and measures."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import RATE, WHOLE

CARD_ATTRIBUTES = ("accelerator", "vendor", "origin")


def platform_adoption(facts: Facts) -> list[Finding]:
    """Rule ``platform_adoption``: work stands on a layout only where every port it needs is done."""
    begun = defaultdict(set)
    for port, node in facts.result["ports"][["port", "node"]].itertuples(index=False):
        begun[port].add(node)
    found = set()
    work = facts.work[facts.work["requests_per_s"] > 0]
    places = work[["layout", "node"]].drop_duplicates()
    facts_of = facts.layout_facts
    for port in facts.given["porting"].to_dict("records"):
        for layout, node in places.itertuples(index=False):
            if facts.port_holds(port, facts_of[layout]) and not _done(facts, port, begun[port["port"]], node):
                found.add((port["port"], layout, node))
    return [
        finding("platform_adoption", ",".join(key), "work before the port is done", "no work")
        for key in sorted(found)
    ]


def _done(facts: Facts, port: Mapping[Any, Any], begun: set[str], node: str) -> bool:
    """Whether the port, begun in one of the nodes before, is done in a node."""
    lead = math.ceil(port["months"] / facts.months - 1e-9)
    past = {one for path in facts.paths if node in path for one in path[: path.index(node) + 1]}
    return any(one in past and facts.number[one] + lead <= facts.number[node] for one in begun)


def porting_team(facts: Facts) -> list[Checked]:
    """Rule ``porting_team``: person-months of the ports that begin in a node <= team * months of a period."""
    team = facts.setting("porting_team")
    if math.isnan(team):
        return []
    work = dict(facts.given["porting"][["port", "person_months"]].itertuples(index=False, name=None))
    asked: dict[str, float] = defaultdict(float)
    for port, node in facts.result["ports"][["port", "node"]].itertuples(index=False):
        asked[node] += work.get(port, 0.0)
    rows = [(node, asked[node], team * facts.months) for node in facts.nodes]
    return [listed_rows(Rule("porting_team", "<=", "person-months", RATE), rows)]


def fleet_minimum(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """Rule ``fleet_minimum``: cards the rule selects, ordered along a path, are none or at least its minimum."""
    rows = []
    for rule in facts.given["minimum_fleet"].to_dict("records"):
        chosen = orders
        for name in CARD_ATTRIBUTES:
            if rule[name] is not None:
                chosen = chosen[chosen[name] == rule[name]]
        for label, nodes in facts.path_spans(None, None):
            cards = float(chosen.loc[chosen["ordered"].isin(nodes), "cards"].sum())
            if cards > 0:
                rows.append((",".join([rule["rule"], *label]), cards, float(rule["min_cards"])))
    return [listed_rows(Rule("fleet_minimum", ">=", "cards", WHOLE), rows)]


def measure_ramp(facts: Facts) -> list[Checked]:
    """Rules ``measure_ramp`` and ``measure_once``.

    ::

        measure_ramp   share used in n <= max_share * min(1, (periods since it began + 1) * months / ramp_months)
        measure_once   beginnings on a path <= 1, and none before from_period
    """
    measures = {row["measure"]: row for row in facts.given["measures"].to_dict("records")}
    used = facts.result["measures"]
    begun = defaultdict(set)
    for measure, node in used.loc[used["begun"], ["measure", "node"]].itertuples(index=False):
        begun[measure].add(node)
    ramp, once = [], []
    for measure, node, share in used[["measure", "node", "share"]].itertuples(index=False):
        if measure in measures and node in facts.number:
            ramp.append((f"{measure},{node}", share, _grown(facts, measures[measure], begun[measure], node)))
    for measure, nodes in sorted(begun.items()):
        first = measures.get(measure, {}).get("from_period")
        early = [node for node in nodes if first is not None and facts.period[node] < first]
        for path in facts.paths:
            times = len(nodes & set(path)) + len(set(early) & set(path))
            once.append((f"{measure},{path[-1]}", float(times), 1.0))
    return [
        listed_rows(Rule("measure_ramp", "<=", "share", RATE), ramp),
        listed_rows(Rule("measure_once", "<=", "beginnings", WHOLE), once),
    ]


def _grown(facts: Facts, measure: Mapping[Any, Any], begun: set[str], node: str) -> float:
    """Share a measure can have grown to in a node."""
    most = 0.0
    for path in (path for path in facts.paths if node in path):
        for one in begun & set(path[: path.index(node) + 1]):
            months = (facts.number[node] - facts.number[one] + 1) * facts.months
            grown = min(1.0, months / measure["ramp_months"]) if measure["ramp_months"] > 0 else 1.0
            most = max(most, measure["max_share"] * grown)
    return most


def known_levers(facts: Facts) -> list[Finding]:
    """Rule ``known_keys`` for ports and measures: every one used was given, with its own workload and cost."""
    ports = {row["port"]: row for row in facts.given["porting"].to_dict("records")}
    measures = {row["measure"]: row for row in facts.given["measures"].to_dict("records")}
    found = [
        finding(
            "known_keys",
            f"ports.port,{port}",
            "unknown, or at another cost",
            "a port that was given, at its cost",
        )
        for port, cost in facts.result["ports"][["port", "cost"]].itertuples(index=False)
        if port not in ports or ports[port]["cost"] != cost
    ]
    found += [
        finding(
            "known_keys",
            f"measures.measure,{measure}",
            f"on {workload}",
            "a measure that was given, on its workload",
        )
        for measure, workload in facts.result["measures"][["measure", "workload"]].itertuples(index=False)
        if measure not in measures or measures[measure]["workload"] != workload
    ]
    return found


def levers_money(facts: Facts) -> dict[tuple[str, str], float]:
    """Costs ``porting`` and ``measures`` by term and node.

    ::

        porting    cost of each port in the node where it begins
        measures   start_cost where one begins, cost_per_month * share * months where it is used
    """
    paid: dict[tuple[str, str], float] = defaultdict(float)
    cost = dict(facts.given["porting"][["port", "cost"]].itertuples(index=False, name=None))
    for port, node in facts.result["ports"][["port", "node"]].itertuples(index=False):
        paid["porting", node] += cost.get(port, 0.0)
    measures = {row["measure"]: row for row in facts.given["measures"].to_dict("records")}
    columns = ["measure", "node", "begun", "share"]
    for measure, node, begins, share in facts.result["measures"][columns].itertuples(index=False):
        row = measures.get(measure)
        if row is not None:
            paid["measures", node] += (
                row["start_cost"] * begins + row["cost_per_month"] * share * facts.months
            )
    return paid
