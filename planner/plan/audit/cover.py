"""Demand: covered or named as unmet; sent only over routes that exist and are allowed; placed where it is sent."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.plan.audit.compare import compared_shown
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, key_text, listed_rows, rule_rows
from planner.plan.audit.tolerances import RATE
from planner.units import TOKENS_PER_MTOK

UNIT = "requests/s"
DEMAND_KEY = ["workload", "bucket", "region", "node"]


def demand_cover(facts: Facts) -> list[Checked]:
    """Rule ``demand_cover``: sum_s flow[w,b,r,s,n] + unmet[w,b,r,n] = requests_per_s[w,b,r,n]."""
    names = [*DEMAND_KEY, "requests_per_s"]
    served = pd.concat([facts.result["routing"][names], facts.result["unmet"][names]])
    sums = served.groupby(DEMAND_KEY, as_index=False)[["requests_per_s"]].sum()
    asked = facts.given["requests"][names].rename(columns={"requests_per_s": "asked"})
    both = sums.merge(asked, on=DEMAND_KEY, how="outer").fillna({"requests_per_s": 0.0, "asked": 0.0})
    rule = Rule("demand_cover", "=", UNIT, RATE)
    return [rule_rows(rule, key_text(both, DEMAND_KEY), both["requests_per_s"], both["asked"])]


def site_balance(facts: Facts) -> list[Checked]:
    """Rule ``site_balance``: what is sent to a site over a band is placed on its layouts, for every w, b, k, s, n."""
    key = ["workload", "bucket", "band_ms", "site", "node"]
    sent = facts.result["routing"].pipe(matched, facts.given["routes"], on=["region", "site"])
    sent = sent.groupby(key, as_index=False)[["requests_per_s"]].sum()
    placed = facts.result["load"].groupby(key, as_index=False)[["requests_per_s"]].sum()
    both = placed.merge(sent, on=key, how="outer", suffixes=("", "_sent"))
    both = both.fillna({"requests_per_s": 0.0, "requests_per_s_sent": 0.0})
    rule = Rule("site_balance", "=", UNIT, RATE)
    return [rule_rows(rule, key_text(both, key), both["requests_per_s"], both["requests_per_s_sent"])]


def routes(facts: Facts) -> list[Finding]:
    """Rule ``routes``: requests are sent only over pairs of region and site that are listed."""
    used, listed = (
        set(table[["region", "site"]].itertuples(index=False, name=None))
        for table in (facts.result["routing"], facts.given["routes"])
    )
    return [
        finding("routes", ",".join(pair), "requests sent", "no such route") for pair in sorted(used - listed)
    ]


def residency(facts: Facts) -> list[Checked]:
    """Rule ``residency``: nothing flows from a region to a site that the rules of its workload leave out."""
    rules = facts.given["residency"]
    flow = facts.result["routing"].groupby(["workload", "region", "site"])["requests_per_s"].sum()
    sites = sorted(set(facts.given["sites"]["site"]))
    demanded = facts.given["requests"][["workload", "region"]].drop_duplicates()
    rows = []
    for workload, region in demanded.itertuples(index=False):
        named = rules[rules["workload"].isin([workload, "*"]) & rules["region"].isin([region, "*"])]
        banned = set(sites) - set(named["site"]) if len(named) else set()
        for site in sorted(banned):
            sent = float(flow.get((workload, region, site), 0.0))
            rows.append((f"{workload},{region},{site}", sent, 0.0))
    return [listed_rows(Rule("residency", "<=", UNIT, RATE), rows)]


def routing_table(facts: Facts) -> list[Checked]:
    """Rule ``routing_table``: the shares shown are those of the demand."""
    key = ["workload", "bucket", "region", "site", "node"]
    return _shares("routing_table", facts.result["routing"], facts.given["requests"], key)


def unmet_table(facts: Facts) -> list[Checked]:
    """Rule ``unmet_table``: share and tokens of what is unmet; how much is unmet is for `demand_cover`.

    Formula: mtok = requests_per_s * mean_to_peak * seconds * (mean_in + mean_out) / 1e6.
    """
    shown = facts.result["unmet"]
    again = shown[[*DEMAND_KEY, "requests_per_s"]].pipe(matched, facts.tokens, on=["workload", "bucket"])
    again = again.pipe(matched, facts.demand, on=["workload", "node"])
    requests = again["requests_per_s"] * again["mean_to_peak"] * facts.seconds
    again["mtok"] = requests * again["tokens_per_request"] / TOKENS_PER_MTOK
    rule = Rule("unmet_table", "=", "million tokens", RATE)
    tokens = compared_shown(rule, shown, again, DEMAND_KEY, ["mtok"])
    return [*tokens, *_shares("unmet_table", shown, facts.given["requests"], DEMAND_KEY)]


def _shares(rule: str, shown: pd.DataFrame, requests: pd.DataFrame, key: list[str]) -> list[Checked]:
    asked = requests[[*DEMAND_KEY, "requests_per_s"]].rename(columns={"requests_per_s": "asked"})
    again = shown[[*key, "requests_per_s"]].pipe(matched, asked, on=DEMAND_KEY)
    again["share"] = again["requests_per_s"] / again["asked"]
    return compared_shown(Rule(rule, "=", "share", RATE), shown, again, key, ["share"])
