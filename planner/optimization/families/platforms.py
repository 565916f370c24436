"""Constraint families: ports before what runs on them, the team that ports, a maker only from some size."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.families.supply import cards_ordered
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.selectors import branched, path_spans, selected_cards
from planner.optimization.variables import Decisions


def add_platform_adoption(program: Program, given: Given, decide: Decisions) -> Rows:
    """Work stands on layouts of a port only once it is done.

    Formulation, for every port p, workload w whose llm it ports, node n and slice h::

        sum_{b,k,s, c of p} load[w,b,k,c,s,n,h] - most[w,n,h] * sum_{m: done by n} adopt[p,m] <= 0

        load[w,b,k,c,s,n,h]   decision   work placed on the layout                                  [requests/s]
        adopt[p,m]            decision   1 when the port begins in m                                [-]
        most[w,n,h]           given      all that can be sent of w in the slice                     [requests/s]

    Price of a row: what one request per second more before the port is done would save.

    Examples
    --------
    A port of two months begun in January: nothing of its llm runs there before March.
    """
    loads = (
        decide.load.pipe(matched, given.improving["ports"], on="layout")
        if len(decide.adopt)
        else decide.load.iloc[:0]
    )
    key = ["port", "workload", "node", "slice"]
    keys = loads.reindex(columns=key).drop_duplicates(ignore_index=True)
    rows = program.rows("platform_adoption", keys, at_most=0.0)
    if rows.keys.empty:
        return rows
    rows.add(loads)
    most = given.sendable.groupby(["workload", "node", "slice"], as_index=False)[["requests_per_s"]].sum()
    done = decide.adopt.rename(columns={"node": "begun"}).pipe(
        matched, given.improving["port_readiness"], on=["port", "begun"]
    )
    terms = done.merge(keys, on=["port", "node"]).pipe(matched, most, on=["workload", "node", "slice"])
    rows.add(terms.assign(coefficient=-terms["requests_per_s"]))
    return rows


def add_porting_team(program: Program, given: Given, decide: Decisions) -> Rows:
    """Ports begun in a node take no more work than the team has in it.

    Formulation, for every node n, where the case limits the team::

        sum_p person_months[p] * adopt[p,n] <= team * months

        adopt[p,n]         decision   1 when the port begins in n      [-]
        person_months[p]   given      work of the port                 [person-months]
        team               given      people who port                  [persons]

    Price of a row: what one more person-month in n would save.

    Examples
    --------
    A team of four begins ports of at most twelve person-months in a quarter.
    """
    limited = given.settings.porting_team is not None and len(decide.adopt)
    keys = given.nodes[["node"]] if limited else given.nodes[["node"]].iloc[:0]
    team = (given.settings.porting_team or 0.0) * given.settings.months
    rows = program.rows("porting_team", keys, at_most=team)
    if rows.keys.empty:
        return rows
    work = given.rules["porting"][["port", "person_months"]].rename(columns={"person_months": "coefficient"})
    rows.add(decide.adopt.pipe(matched, work, on="port"))
    return rows


def add_fleet_minimum(program: Program, given: Given, decide: Decisions) -> Rows:
    """Of the cards a rule selects none are ordered, or at least its minimum over the horizon.

    Formulation, for every rule x (path by path, where there are scenarios)::

        sum_{o of x, s, n} cards[o] * order[o,s,n] - least[x] * joined[x] >= 0      (side least)
        sum_{o of x, s, n} cards[o] * order[o,s,n] - most[x] * joined[x] <= 0       (side most)

        order[o,s,n]   decision   servers ordered                   [servers]
        joined[x]      decision   1 when any card is ordered        [-]
        least[x]       given      least cards of the rule           [cards]
        most[x]        given      bound of the orders               [cards]

    Price of a row: none of use; it only links the two decisions.

    Examples
    --------
    A maker from 64 cards on: 8 servers of 8 are ordered over the horizon, or none.
    """
    rules = given.rules["minimum_fleet"]
    spans = path_spans(rules.assign(from_period=None, to_period=None), "rule", given.nodes)
    sides = pd.DataFrame(
        {"side": ["least", "most"], "lower": [0.0, -float("inf")], "upper": [float("inf"), 0.0]}
    )
    keys = decide.joined.drop(columns="column").merge(sides, how="cross")
    named = [name for name in ("rule", "path", "side") if name in keys.columns]
    rows = program.rows("fleet_minimum", keys[named], at_least=keys["lower"], at_most=keys["upper"])
    if rows.keys.empty:
        return rows
    members = selected_cards(rules.assign(offer=None), "rule", given.cards).pipe(
        matched, given.offers[["offer", "accelerator"]], on="accelerator"
    )
    orders = cards_ordered(given, decide).pipe(matched, members[["rule", "offer"]], on="offer")
    orders = orders.pipe(matched, spans, on=["rule", "node"])
    rows.add(orders)
    upper = orders.pipe(matched, program.decisions["order"][["column", "upper"]], on="column")
    upper = upper.assign(most=upper["upper"] * upper["coefficient"])
    key = ["rule", "path"] if branched(given.nodes) else ["rule"]
    most = upper.groupby(key, as_index=False)[["most"]].sum()
    joined = decide.joined.pipe(matched, rules[["rule", "min_cards"]], on="rule")
    rows.add(joined.assign(coefficient=-joined["min_cards"].astype(float), side="least"))
    bounded = decide.joined.pipe(matched, most, on=key)
    rows.add(bounded.assign(coefficient=-bounded["most"], side="most"))
    return rows
