"""Constraint families: power and racks of a site."""

from __future__ import annotations

from planner.joins import matched
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.variables import Decisions

KEY = ["site", "node"]


def add_power_limit(program: Program, given: Given, decide: Decisions) -> Rows:
    """Power of all cards in service stays within the site's connection, cooling included.

    Formulation, for every site s with a limit and node n::

        sum_a power[a] * pue[s] * installed[a,s,n] <= power[s]

        installed[a,s,n]   decision   cards in service                                 [cards]
        power[a]           given      IT power of a card with its share of the server  [kW/card]
        pue[s]             given      power at the meter over IT power                 [ratio]
        power[s]           given      connection                                       [kW]

    Price of a row: what one more kW at s in n would save.

    Examples
    --------
    1,000 kW at PUE 1.25 carry 800 kW of IT: 1,000 cards of 0.8 kW.
    """
    limited = given.sites[given.sites["power_kw"].notna()]
    keys = limited[["site", "power_kw"]].merge(given.nodes[["node"]], how="cross")
    rows = program.rows("power_limit", keys[KEY], at_most=keys["power_kw"])
    if rows.keys.empty:
        return rows
    terms = decide.installed.pipe(matched, given.cards[["accelerator", "power_kw"]]).pipe(
        matched, limited[["site", "pue"]]
    )
    rows.add(terms.assign(coefficient=terms["power_kw"] * terms["pue"]))
    return rows


def add_rack_limit(program: Program, given: Given, decide: Decisions) -> Rows:
    """Racks filled by the IT power of all cards in service stay within the site's racks.

    Formulation, for every site s with a limit and node n::

        sum_a power[a] / rack_kw[s] * installed[a,s,n] <= racks[s]

        installed[a,s,n]   decision   cards in service                                 [cards]
        power[a]           given      IT power of a card with its share of the server  [kW/card]
        rack_kw[s]         given      IT power one rack holds                          [kW/rack]
        racks[s]           given      racks                                            [racks]

    Price of a row: what one more rack at s in n would save.

    Examples
    --------
    10 racks of 40 kW hold 400 cards of 1 kW.
    """
    limited = given.sites[given.sites["racks"].notna()]
    keys = limited[["site", "racks"]].merge(given.nodes[["node"]], how="cross")
    rows = program.rows("rack_limit", keys[KEY], at_most=keys["racks"])
    if rows.keys.empty:
        return rows
    terms = decide.installed.pipe(matched, given.cards[["accelerator", "power_kw"]]).pipe(
        matched, limited[["site", "rack_kw"]]
    )
    rows.add(terms.assign(coefficient=terms["power_kw"] / terms["rack_kw"]))
    return rows
