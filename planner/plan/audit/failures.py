"""Failures that the plan must survive: every operational rule again without the cards that are lost."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from planner.plan.audit import capacity, cover, keys, pools, supply
from planner.plan.audit.compare import by_key
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding
from planner.plan.audit.rows import Checked, Rule, joined, listed_rows
from planner.plan.audit.tolerances import COUNTED, RATE

TABLES = {
    "failure_deployment": "deployment", "failure_load": "load", "failure_routing": "routing", "failure_unmet": "unmet",
}  # fmt: skip


def has_failures(facts: Facts) -> bool:
    """Whether the plan must survive anything, or says what happens in failures."""
    return bool(len(facts.given["failures"]) or any(len(facts.result[name]) for name in TABLES))


def in_failures(facts: Facts) -> Facts:
    """The plan as it runs in its failures, each a slice of its own with the requests of the busiest slice.

    Work that may wait for another slice is not asked for.
    """
    asked = busiest(facts)
    parts = []
    for row in facts.given["failures"].to_dict("records"):
        nodes = facts.span(row["from_period"], row["to_period"])
        parts.append(asked[asked["node"].isin(nodes)].assign(slice=row["failure"]))
    names = [row["failure"] for row in facts.given["failures"].to_dict("records")]
    slices = pd.DataFrame(
        {
            "slice": names,
            "days": names,
            "before": names,
            "index": range(len(names)),
            "share": 0.0,
            "day_hours": 24.0,
        }
    )
    given = {
        **facts.given,
        "slices": slices,
        "requests": pd.concat(parts, ignore_index=True) if parts else asked.iloc[:0],
        "workloads": facts.given["workloads"].assign(deferrable=False),
    }
    result = {**facts.result, "deferred": facts.result["deferred"].iloc[:0]}
    for name, normal in TABLES.items():
        result[normal] = facts.result[name].rename(columns={"failure": "slice"})
    return Facts(given, result)


def busiest(facts: Facts) -> pd.DataFrame:
    """Requests of each node in the slice of most tokens per second; the first by name of equals."""
    tokens = by_key(facts.tokens, ["workload", "bucket"], ["tokens_per_request"])
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    rows = facts.given["requests"]
    for work, bucket, node, part, rate in rows[
        ["workload", "bucket", "node", "slice", "requests_per_s"]
    ].itertuples(index=False):
        sums[node][part] += rate * tokens[work, bucket][0]
    most = {node: min(parts, key=lambda part: (-parts[part], part)) for node, parts in sums.items()}
    rows = rows[rows["slice"] == rows["node"].map(most)]
    return rows[~rows["workload"].isin(set(facts.waiting))]


def failure_limits(facts: Facts, service: pd.DataFrame) -> list[Checked]:
    """Rules that are limits: ``failure_cover``, ``card_use``, ``serving_capacity``, ``kv_transfer``, in failures."""
    if not has_failures(facts):
        return []
    failing = in_failures(facts)
    return [
        failure_cover(failing),
        cards_left(failing, service),
        *capacity.serving_capacity(failing),
        *pools.kv_transfer(failing),
    ]


def failure_rows(facts: Facts, orders: pd.DataFrame) -> list[Checked]:
    """The other rules that hold in failures as in any slice."""
    if not has_failures(facts):
        return []
    failing = in_failures(facts)
    return [
        *keys.not_negative(failing),
        *keys.whole_numbers(failing),
        *cover.demand_cover(failing),
        *cover.site_balance(failing),
        *pools.pool_balance(failing),
        *cover.residency(failing),
        *supply.include_exclude(failing, orders),
        *keys.deployment_table(failing)[0],
    ]


def failure_findings(facts: Facts) -> list[Finding]:
    """Work in failures stands where it may."""
    if not has_failures(facts):
        return []
    failing = in_failures(facts)
    return [*keys.load_rates(failing), *cover.routes(failing), *keys.deployment_table(failing)[1]]


def failure_cover(failing: Facts) -> Checked:
    """Rule ``failure_cover``: unmet <= (1 - kept_share) * requests, by failure, workload and node."""
    kept = by_key(failing.given["failures"], ["failure"], ["kept_share"])
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for at, table in enumerate((failing.result["unmet"], failing.given["requests"])):
        names = ["slice", "workload", "node", "requests_per_s"]
        for failure, work, node, rate in table[names].itertuples(index=False):
            sums[failure, work, node][at] += rate
    rows = [
        (joined(key), unmet, (1.0 - kept.get((key[0],), (1.0,))[0]) * asked)
        for key, (unmet, asked) in sorted(sums.items())
    ]
    return listed_rows(Rule("failure_cover", "<=", "requests/s", RATE), rows)


def cards_left(failing: Facts, service: pd.DataFrame) -> Checked:
    """Rule ``card_use`` in failures: cards under replicas <= cards in service that are not lost; spares may be used."""
    makers = by_key(failing.given["cards"], ["accelerator"], ["vendor"])
    layouts = by_key(failing.given["layouts"], ["layout"], ["accelerator", "cards_per_replica"])
    rules = {row["failure"]: row for row in failing.given["failures"].to_dict("records")}
    installed = by_key(service, ["accelerator", "site", "node"], ["installed_cards"])
    taken: dict[tuple[str, str, str, str], float] = defaultdict(float)
    names = ["layout", "site", "node", "slice", "replicas"]
    for layout, site, node, failure, replicas in failing.result["deployment"][names].itertuples(index=False):
        card, cards = layouts.get((layout,), (f"{layout}?", 1.0))
        taken[card, site, node, failure] += replicas * cards
    rows = []
    for (card, site, node, failure), cards in sorted(taken.items()):
        rule = rules.get(failure)
        is_lost = rule is not None and all(
            rule[name] in (None, own)
            for name, own in (
                ("site", site),
                ("accelerator", card),
                ("vendor", makers.get((card,), (None,))[0]),
            )
        )
        left = 0.0 if is_lost or rule is None else installed.get((card, site, node), (0.0,))[0]
        rows.append((joined((card, site, node, failure)), cards, left))
    return listed_rows(Rule("card_use", "<=", "cards", RATE if failing.fractional else COUNTED), rows)
