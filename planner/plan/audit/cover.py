"""Demand: covered or named as unmet; sent only over routes that exist and are allowed; placed where it is sent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.joins import matched
from planner.plan.audit import buying
from planner.plan.audit.compare import compared_shown
from planner.plan.audit.facts import Facts
from planner.plan.audit.findings import Finding, finding
from planner.plan.audit.rows import Checked, Rule, key_text, listed_rows, rule_rows
from planner.plan.audit.tolerances import RATE
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

UNIT = "requests/s"
DEMAND_KEY = ["workload", "bucket", "region", "node", "slice"]


def demand_cover(facts: Facts) -> list[Checked]:
    """Rules ``demand_cover`` and ``batch_cover``.

    ::

        demand_cover   sum_s flow[w,b,r,s,n,h] + api + unmet[w,b,r,n,h] = needed[w,b,r,n,h]               cannot wait
        demand_cover   sum_s flow[w,b,r,s,n,h] + api = sum_g deferred[w,b,r,n,g,h]                        can wait
        batch_cover    sum_h deferred[w,b,r,n,g,h] * hours[h] / hours[g] + unmet[w,b,r,n,g] = needed[w,b,r,n,g]
        needed = requests_per_s * (1 - share saved by measures)
    """
    names = [*DEMAND_KEY, "requests_per_s"]
    waiting = set(facts.waiting)
    asked, unmet, moved = (
        needed(facts),
        facts.result["unmet"][names],
        facts.result["deferred"],
    )
    arriving = moved.drop(columns="slice").rename(columns={"served": "slice"})[names]
    ratio = facts.of_slice(moved["served"], "hours") / facts.of_slice(moved["slice"], "hours")
    leaving = moved.assign(requests_per_s=moved["requests_per_s"] * ratio)[names]
    waits, waits_unmet = asked["workload"].isin(waiting), unmet["workload"].isin(waiting)
    api = [part for part in [buying.served(facts)] if len(part)]
    at_once = pd.concat([facts.result["routing"][names], *api, unmet[~waits_unmet]])
    in_time = pd.concat([leaving, unmet[waits_unmet]])
    return [
        _equal("demand_cover", at_once, pd.concat([asked[~waits], arriving])),
        _equal("batch_cover", in_time, asked[waits]),
    ]


def needed(facts: Facts) -> pd.DataFrame:
    """Requests that have to be served or left unmet: the demand less what measures save of it."""
    rows = facts.given["requests"][[*DEMAND_KEY, "requests_per_s"]]
    if not facts.saved:
        return rows
    saved = [facts.saved.get(key, 0.0) for key in zip(rows["workload"], rows["node"], strict=True)]
    return rows.assign(requests_per_s=rows["requests_per_s"] * (1.0 - np.array(saved)))


def _equal(name: str, found: pd.DataFrame, asked: pd.DataFrame) -> Checked:
    sums = found.groupby(DEMAND_KEY, as_index=False)[["requests_per_s"]].sum()
    wanted = asked.groupby(DEMAND_KEY, as_index=False)[["requests_per_s"]].sum()
    wanted = wanted.rename(columns={"requests_per_s": "asked"})
    both = sums.merge(wanted, on=DEMAND_KEY, how="outer").fillna({"requests_per_s": 0.0, "asked": 0.0})
    return rule_rows(
        Rule(name, "=", UNIT, RATE), key_text(both, DEMAND_KEY), both["requests_per_s"], both["asked"]
    )


def in_time(facts: Facts) -> list[Finding]:
    """Rule ``in_time``: only work that may wait is moved, and only to slices before its deadline."""
    moved = facts.result["deferred"].drop_duplicates(["workload", "slice", "served"])
    return [
        finding(
            "in_time",
            f"{work},{arrival},{served}",
            "served there",
            "a slice before the deadline of work that waits",
        )
        for work, arrival, served in moved[["workload", "slice", "served"]].itertuples(index=False)
        if {arrival, served} <= set(facts.slices)
        and not (work in facts.waiting and facts.in_time(work, arrival, served))
    ]


def site_balance(facts: Facts) -> list[Checked]:
    """Rule ``site_balance``: what is sent to a site over a band is placed on its layouts, by w, b, k, s, n, h.

    What only decodes takes no request as it comes; `pools` has it.
    """
    key = ["workload", "bucket", "band_ms", "site", "node", "slice"]
    sent = facts.result["routing"].pipe(matched, facts.given["routes"], on=["region", "site"])
    sent = sent.groupby(key, as_index=False)[["requests_per_s"]].sum()
    layouts = facts.given["layouts"]
    decoding = set(layouts.loc[layouts["role"] == "decode", "layout"])
    load = facts.result["load"]
    placed = load[~load["layout"].isin(decoding)].groupby(key, as_index=False)[["requests_per_s"]].sum()
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
    """Rule ``routing_table``: the shares shown are those of what can be sent.

    Of work that cannot wait that is the demand, of other work all that may be served in the slice, at once.
    """
    key = ["workload", "bucket", "region", "site", "node", "slice"]
    return _shares("routing_table", facts.result["routing"], _sendable(facts), key)


def _sendable(facts: Facts) -> pd.DataFrame:
    names = [*DEMAND_KEY, "requests_per_s"]
    hours = {name: row["hours"] for name, row in facts.slices.items()}
    rows = facts.given["requests"][names]
    waits = rows["workload"].isin(set(facts.waiting))
    moved = [
        (work, bucket, region, node, served, rate * hours[arrival] / hours[served])
        for work, bucket, region, node, arrival, rate in rows[waits].itertuples(index=False)
        for served in facts.slices
        if facts.in_time(work, arrival, served)
    ]
    later = pd.DataFrame(moved, columns=names).groupby(DEMAND_KEY, as_index=False)[["requests_per_s"]].sum()
    return pd.concat([rows[~waits], later], ignore_index=True) if moved else rows


def unmet_table(facts: Facts) -> list[Checked]:
    """Rule ``unmet_table``: share and tokens of what is unmet; how much is unmet is for `demand_cover`.

    Formula: mtok = requests_per_s * mean_to_peak * seconds * (mean_in + mean_out) / 1e6.
    """
    shown = facts.result["unmet"]
    again = shown[[*DEMAND_KEY, "requests_per_s"]].pipe(matched, facts.tokens, on=["workload", "bucket"])
    again = again.pipe(matched, facts.demand, on=["workload", "node", "slice"])
    seconds = facts.of_slice(again["slice"], "hours") * SECONDS_PER_HOUR
    requests = again["requests_per_s"] * again["mean_to_peak"] * seconds
    again["mtok"] = requests * again["tokens_per_request"] / TOKENS_PER_MTOK
    rule = Rule("unmet_table", "=", "million tokens", RATE)
    tokens = compared_shown(rule, shown, again, DEMAND_KEY, ["mtok"])
    return [*tokens, *_shares("unmet_table", shown, facts.given["requests"], DEMAND_KEY)]


def _shares(rule: str, shown: pd.DataFrame, requests: pd.DataFrame, key: list[str]) -> list[Checked]:
    asked = requests[[*DEMAND_KEY, "requests_per_s"]].rename(columns={"requests_per_s": "asked"})
    again = shown[[*key, "requests_per_s"]].pipe(matched, asked, on=DEMAND_KEY)
    again["share"] = again["requests_per_s"] / again["asked"]
    return compared_shown(Rule(rule, "=", "share", RATE), shown, again, key, ["share"])
