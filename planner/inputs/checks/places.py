"""Regions and sites: requests must have somewhere to go."""

from __future__ import annotations

from planner.inputs.draft import Draft
from planner.inputs.nearest import nearest_mend
from planner.tables import ANY


def check_routes(draft: Draft) -> None:
    """Every region with demand has a route; every region a rule names is one; unused places are mentioned."""
    if not draft.readable("routes", "demand", "sites"):
        return
    routed: dict[str, set[str]] = {}
    for row in draft.rows("routes", "region", "site"):
        routed.setdefault(row.text("region"), set()).add(row.text("site"))
    if any(not row.ok("region") for row in draft.tables["routes"].rows):
        return
    missing: set[str] = set()
    for row in draft.rows("demand", "region"):
        region = row.text("region")
        if region not in routed and region not in missing:
            missing.add(region)
            mend = nearest_mend(region, routed, "Add a row to routes for each site that may serve it.")
            draft.ledger.error(
                row.at("region"), f"'{region}' has no route to any site", "a region of routes", mend
            )
    for row in draft.rows("residency", "region"):
        region = row.text("region")
        if region != ANY and region not in routed:
            draft.ledger.error(
                row.at("region"),
                f"'{region}' is not in routes",
                "a region of routes, or *",
                nearest_mend(region, routed),
            )
    _warn_of_unused(draft, routed)
    _warn_of_no_way(draft, routed)


def _warn_of_unused(draft: Draft, routed: dict[str, set[str]]) -> None:
    reached = set().union(*routed.values()) if routed else set()
    for row in draft.rows("sites", "site"):
        if row.text("site") not in reached:
            draft.ledger.warn(
                row.in_row("site"),
                f"no route leads to site '{row.text('site')}'",
                "a route, if it shall serve",
                "Add it to routes.",
            )


def _warn_of_no_way(draft: Draft, routed: dict[str, set[str]]) -> None:
    """Residency rules that leave a demand no site at all: it stays unmet, at its price."""
    if any(row.bad for row in draft.tables["residency"].rows):
        return
    told: set[tuple[str, str]] = set()
    rules = list(draft.rows("residency"))
    for row in draft.rows("demand", "region", "workload"):
        pair = (row.text("workload"), row.text("region"))
        if pair in told or pair[1] not in routed:
            continue
        told.add(pair)
        named = {
            rule.text("site")
            for rule in rules
            if rule.text("workload") in (ANY, pair[0]) and rule.text("region") in (ANY, pair[1])
        }
        if named and not named & routed[pair[1]]:
            draft.ledger.warn(
                row.in_row("workload"),
                f"residency leaves {pair[0]} of {pair[1]} no site",
                "a site that is both allowed and routed",
                "It will stay unmet.",
            )
