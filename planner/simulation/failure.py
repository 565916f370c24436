"""A failure window: what is lost, and where its requests go.

Replicas lost come back on spare cards of the same kind and site as far as there are any (the window begins when they
have been loaded). What is beyond them is taken from the layouts on that card in proportion to their cards. Routing is
re-normalised over what is left: each workload, bucket and region keeps its routes, each weighted by the share of
replicas left behind it; what has no route left goes where other requests of that workload and bucket go and the
residency rules allow, and is lost where there is no such place.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from math import ceil, nan
from typing import Any

import pandas as pd

from planner.errors import InputError, Problem
from planner.simulation.streams import Pool, Prediction, Stream

EXPECTED = "servers:SITE:CARD:NUMBER or site:SITE"


@dataclass(frozen=True)
class Failure:
    """What fails: ``servers`` of a card at a site, or the whole site (then card is '' and servers 0)."""

    site: str
    accelerator: str = ""
    servers: int = 0

    @property
    def text(self) -> str:
        """As a person reads it."""
        if not self.accelerator:
            return f"site {self.site} lost"
        return f"{self.servers} server{'s' if self.servers > 1 else ''} of {self.accelerator} at {self.site} lost"


def parsed_failure(text: str) -> Failure:
    """A failure as written on the command line: ``servers:SITE:CARD:NUMBER`` or ``site:SITE``.

    Raises
    ------
    InputError
        It reads otherwise.
    """
    parts = text.split(":")
    if len(parts) == 2 and parts[0] == "site" and parts[1]:
        return Failure(parts[1])
    if len(parts) == 4 and parts[0] == "servers" and parts[3].isdecimal() and int(parts[3]) > 0:
        return Failure(parts[1], parts[2], int(parts[3]))
    raise InputError([Problem("--fail", "", "", text, EXPECTED, "")])


def after_failure(
    pools: tuple[Pool, ...],
    failure: Failure,
    tables: Mapping[str, pd.DataFrame],
    given: Mapping[str, pd.DataFrame],
    node: str,
) -> tuple[tuple[Pool, ...], dict[str, float]]:
    """Pools as they run in the failure window, and requests per second that no pool is left for, by workload.

    Raises
    ------
    InputError
        The plan has no such site or card in that period.
    """
    _need_known(pools, failure)
    left = _replicas_left(pools, failure, tables, given, node)
    flows = _flows(pools, tables, given, node)
    kept = flows["before"] * [
        left[site, layout] for site, layout in zip(flows["site"], flows["layout"], strict=True)
    ]
    demand = ["workload", "bucket", "region"]
    flows = flows.assign(weight=kept)
    before = flows.groupby(demand)["before"].transform("sum")
    weight = flows.groupby(demand)["weight"].transform("sum")
    flows["after"] = (flows["weight"] / weight.where(weight > 0, 1.0) * before).where(weight > 0, 0.0)
    homeless = flows[weight <= 0].groupby(demand)["before"].sum().reset_index()
    moved, lost = _rehoused(homeless, flows, given)
    flows = pd.concat([flows, moved], ignore_index=True) if len(moved) else flows
    return _pools_with(pools, flows, left, given), lost


def _need_known(pools: tuple[Pool, ...], failure: Failure) -> None:
    sites = sorted({pool.site for pool in pools})
    cards = sorted({pool.accelerator for pool in pools if pool.site == failure.site})
    if failure.site not in sites:
        raise InputError(
            [Problem("--fail", "", "", f"no site '{failure.site}'", f"one of: {', '.join(sites)}", "")]
        )
    if failure.accelerator and failure.accelerator not in cards:
        found = f"no card '{failure.accelerator}' serving at {failure.site}"
        raise InputError([Problem("--fail", "", "", found, f"one of: {', '.join(cards)}", "")])


def _replicas_left(
    pools: tuple[Pool, ...],
    failure: Failure,
    tables: Mapping[str, pd.DataFrame],
    given: Mapping[str, pd.DataFrame],
    node: str,
) -> dict[tuple[str, str], float]:
    """Share of the replicas left, by site and layout."""
    left = {(pool.site, pool.layout): 1.0 for pool in pools}
    hit = [pool for pool in pools if pool.site == failure.site]
    if not failure.accelerator:
        return left | {(pool.site, pool.layout): 0.0 for pool in hit}
    hit = [pool for pool in hit if pool.accelerator == failure.accelerator]
    cards = given["cards"].set_index("accelerator")["cards_per_server"]
    lost_cards = failure.servers * int(cards[failure.accelerator])
    fleet = tables["fleet"]
    at = (
        (fleet["accelerator"] == failure.accelerator)
        & (fleet["site"] == failure.site)
        & (fleet["node"] == node)
    )
    deployed = sum(pool.replicas * pool.cards_per_replica for pool in hit)
    free = max(float(fleet.loc[at, "installed_cards"].sum()) - deployed, 0.0)
    beyond = max(lost_cards - free, 0.0)
    for pool in hit:
        share = min(beyond / deployed, 1.0)
        gone = min(ceil(pool.replicas * share - 1e-9), pool.replicas)
        left[pool.site, pool.layout] = (pool.replicas - gone) / pool.replicas
    return left


def _flows(
    pools: tuple[Pool, ...], tables: Mapping[str, pd.DataFrame], given: Mapping[str, pd.DataFrame], node: str
) -> pd.DataFrame:
    """workload, bucket, region, site, band_ms, layout, before [requests/s]: routes joined with what serves them."""
    rows = [
        (one.workload, one.bucket, pool.site, one.band_ms, pool.layout, one.requests_per_s)
        for pool in pools
        for one in pool.streams
    ]
    placed = pd.DataFrame(rows, columns=["workload", "bucket", "site", "band_ms", "layout", "placed"])
    key = ["workload", "bucket", "site", "band_ms"]
    placed["part"] = placed["placed"] / placed.groupby(key)["placed"].transform("sum")
    routing = tables["routing"]
    routing = routing[(routing["node"] == node) & (routing["requests_per_s"] > 0)]
    sent = routing.merge(given["routes"][["region", "site", "band_ms"]], on=["region", "site"])
    flows = sent.merge(placed, on=key)
    flows["before"] = flows["requests_per_s"] * flows["part"]
    return flows[["workload", "bucket", "region", "site", "band_ms", "layout", "before"]]


def _rehoused(
    homeless: pd.DataFrame, flows: pd.DataFrame, given: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Requests without a route of their own, on the pools that serve their like; the rest is lost, by workload."""
    routes = given["routes"]
    rules = given["residency"].to_dict("records") if "residency" in given else []
    moved, lost = [], dict[str, float]()
    alive = (
        flows[flows["weight"] > 0]
        .groupby(["workload", "bucket", "site", "layout"], as_index=False)["weight"]
        .sum()
    )
    for row in homeless.to_dict("records"):
        like = alive[(alive["workload"] == row["workload"]) & (alive["bucket"] == row["bucket"])]
        like = like.merge(routes[routes["region"] == row["region"]][["site", "band_ms"]], on="site")
        like = like[[_allowed(rules, row["workload"], row["region"], site) for site in like["site"]]]
        if like.empty:
            lost[row["workload"]] = lost.get(row["workload"], 0.0) + row["before"]
            continue
        after = like["weight"] / like["weight"].sum() * row["before"]
        moved.append(like.assign(region=row["region"], before=0.0, after=after))
    return (pd.concat(moved, ignore_index=True) if moved else pd.DataFrame()), lost


def _allowed(rules: list[dict[Hashable, Any]], workload: str, region: str, site: str) -> bool:
    """Whether a workload's requests of a region may be served at a site: where rules name both, only where one says."""
    mine = [rule for rule in rules if rule["workload"] in (workload, "*") and rule["region"] in (region, "*")]
    return not mine or any(rule["site"] == site for rule in mine)


def _pools_with(
    pools: tuple[Pool, ...],
    flows: pd.DataFrame,
    left: Mapping[tuple[str, str], float],
    given: Mapping[str, pd.DataFrame],
) -> tuple[Pool, ...]:
    """The pools with the replicas that are left and the streams that reach them now."""
    network = given["routes"].set_index(["region", "site"])["network_ms"]
    found = []
    for pool in pools:
        replicas = round(pool.replicas * left[pool.site, pool.layout])
        mine = flows[(flows["site"] == pool.site) & (flows["layout"] == pool.layout) & (flows["after"] > 0)]
        if replicas == 0 or mine.empty:
            continue
        known = {(one.workload, one.bucket, one.band_ms): one for one in pool.streams}
        streams = []
        for key, rows in mine.groupby(["workload", "bucket", "band_ms"], sort=True):
            workload, bucket, band_ms = str(key[0]), str(key[1]), float(str(key[2]))
            rate = float(rows["after"].sum())
            routes = tuple(
                (float(network[region, pool.site]), float(after) / rate)
                for region, after in zip(rows["region"], rows["after"], strict=True)
            )
            like = known.get((workload, bucket, band_ms)) or Stream(
                workload, bucket, band_ms, 0.0, nan, (), Prediction()
            )
            streams.append(replace(like, requests_per_s=rate, routes=routes))
        found.append(replace(pool, replicas=replicas, streams=tuple(streams)))
    return tuple(found)
