"""The decisions, each a table of keys with a column number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from planner.joins import matched
from planner.optimization.bounds import most_cards, most_replicas, most_servers
from planner.optimization.given import Given
from planner.optimization.program import Program
from planner.optimization.rent_keys import hourly_keys, rent_keys, started_keys
from planner.optimization.selectors import path_spans
from planner.optimization.token_offers import drawn_keys, package_keys, used_keys


def no_columns() -> pd.DataFrame:
    """A decision that a case does not have."""
    return pd.DataFrame({"column": pd.Series(dtype=int)})


@dataclass(frozen=True)
class Decisions:
    """Decision tables; keys beside the column number.

    Attributes
    ----------
    order : offer, accelerator, site, node: servers ordered
    installed : accelerator, site, node: cards in service
    deploy : layout, accelerator, site, node, slice: replicas running
    starting : layout, accelerator, site, node, slice: replicas that start with the slice (where there are several)
    load : workload, bucket, band_ms, layout, accelerator, site, node, slice: requests/s placed on a layout
    flow : workload, bucket, region, site, node, slice, band_ms: requests/s sent
    moved : workload, bucket, region, node, slice, served: deferrable work of ``slice`` served in ``served``, as
        requests/s of the latter (where there are several slices)
    unmet : workload, bucket, region, node, slice: requests/s not served
    in_use : accelerator, site, node: whether the card type carries work there (where spare servers are asked for)
    adopt : port, node: whether the port begins there
    joined : rule, and path where paths branch: whether any card the rule selects is ordered
    begin : measure, node: whether the measure begins there
    lever : measure, node: share of its workload the measure is used on
    tail : measure: value at risk, or the largest regret (where the objective asks for it) [thousand of currency]
    excess : path: cost beyond the value at risk [thousand of currency]
    placed : offer, node: whether anything is ordered (where there is a minimum order)
    rent : rental, accelerator, site, node: servers whose term starts
    hourly : rental, accelerator, site, node, slice: cards rented by the hour
    started : rental, node: whether a term starts (where there is a smallest number)
    bought : workload, bucket, region, token_offer, node, slice: requests/s served by an API at list price
    drawn : package, workload, bucket, region, node, slice: requests/s served from prepaid packages
    packages : package, node: packages bought
    used : package, node: tokens drawn [Mtok]
    costs : cost terms of these decisions by name, see `planner.optimization.costs`
    """

    order: pd.DataFrame
    installed: pd.DataFrame
    deploy: pd.DataFrame
    starting: pd.DataFrame
    load: pd.DataFrame
    flow: pd.DataFrame
    moved: pd.DataFrame
    unmet: pd.DataFrame
    in_use: pd.DataFrame
    placed: pd.DataFrame
    adopt: pd.DataFrame
    joined: pd.DataFrame
    begin: pd.DataFrame
    lever: pd.DataFrame
    rent: pd.DataFrame
    hourly: pd.DataFrame
    started: pd.DataFrame
    bought: pd.DataFrame
    drawn: pd.DataFrame
    packages: pd.DataFrame
    used: pd.DataFrame
    tail: pd.DataFrame = field(default_factory=no_columns)
    excess: pd.DataFrame = field(default_factory=no_columns)
    costs: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def add_decisions(program: Program, given: Given) -> Decisions:
    """Add every decision that can occur; a key without demand, card, rate or route has no column."""
    cards = most_cards(given)
    installed_keys = given.fleet[["accelerator", "site", "node"]]
    order_keys = _order_keys(given)
    flow_keys = given.sendable.pipe(matched, given.routes, on="region")
    load_keys = _load_keys(given, flow_keys, installed_keys)
    place = ["layout", "accelerator", "site", "node", "slice"]
    switched = len(given.slices) > 1 and given.settings.switch_minutes > 0
    deploy_keys = _deploy_keys(given, load_keys[place], switched=switched)
    moved_keys = given.requests.pipe(matched, given.moves, on=["workload", "slice"])
    everyday = deploy_keys[deploy_keys["slice"].isin(given.slices["slice"])]
    in_use_keys = everyday.pipe(
        matched, given.sites.loc[given.sites["spare_servers"] > 0, ["site"]], on="site"
    )
    in_use_keys = in_use_keys[["accelerator", "site", "node"]].drop_duplicates()
    placed_keys = given.deliveries.rename(columns={"ordered": "node"}).pipe(
        matched, given.offers.loc[given.offers["min_order_servers"] > 1, ["offer"]], on="offer"
    )
    starting = everyday if switched else deploy_keys.iloc[:0]
    rented, by_hour = rent_keys(given), hourly_keys(given)
    sale = given.tokens_for_sale
    drawn, packages, used = drawn_keys(sale), package_keys(sale), used_keys(sale)
    return Decisions(
        order=program.decide(
            "order", order_keys[["offer", "accelerator", "site", "node"]], order_keys["most"], whole=True
        ),
        installed=program.decide(
            "installed", installed_keys, installed_keys["accelerator"].map(_total(cards))
        ),
        deploy=program.decide(
            "deploy",
            deploy_keys[place],
            _ceil(deploy_keys["replicas"]),
            whole=given.settings.whole_replicas,
        ),
        starting=program.decide("starting", starting[place], _ceil(starting["replicas"])),
        load=program.decide(
            "load",
            load_keys[["workload", "bucket", "band_ms", *place]],
            load_keys["requests_per_s"],
        ),
        flow=program.decide(
            "flow",
            flow_keys[["workload", "bucket", "region", "site", "node", "slice", "band_ms"]],
            flow_keys["requests_per_s"],
        ),
        moved=program.decide(
            "moved",
            moved_keys[["workload", "bucket", "region", "node", "slice", "served"]],
            moved_keys["requests_per_s"] / moved_keys["ratio"],
        ),
        unmet=program.decide(
            "unmet",
            given.requests[["workload", "bucket", "region", "node", "slice"]],
            given.requests["requests_per_s"],
        ),
        in_use=program.decide("in_use", in_use_keys, 1.0, whole=True),
        placed=program.decide("placed", placed_keys[["offer", "node"]], 1.0, whole=True),
        adopt=program.decide("adopt", _port_keys(given), 1.0, whole=True),
        joined=program.decide("joined", _joined_keys(given), 1.0, whole=True),
        begin=program.decide("begin", _measure_keys(given, "begun"), 1.0, whole=True),
        lever=program.decide("lever", _measure_keys(given, "node"), 1.0),
        rent=program.decide("rent", rented.drop(columns="most"), rented["most"], whole=True),
        hourly=program.decide(
            "hourly", by_hour.drop(columns="most"), by_hour["most"], whole=given.settings.whole_replicas
        ),
        started=program.decide("started", started_keys(given), 1.0, whole=True),
        bought=program.decide(
            "bought", sale.keys.drop(columns="requests_per_s"), sale.keys["requests_per_s"]
        ),
        drawn=program.decide("drawn", drawn.drop(columns="requests_per_s"), drawn["requests_per_s"]),
        packages=program.decide("packages", packages.drop(columns="most"), packages["most"], whole=True),
        used=program.decide("used", used[["package", "node"]], used["most"]),
    )


def _deploy_keys(given: Given, placed: pd.DataFrame, *, switched: bool) -> pd.DataFrame:
    """Where replicas can run, with the most of them; where a start takes time, also while they have no work."""
    keys, most = placed.drop_duplicates(), most_replicas(given)
    if not switched:
        return keys.pipe(matched, most, on=["layout", "node", "slice"])
    anywhere = keys[["layout", "accelerator", "site", "node"]].drop_duplicates()
    largest = most.groupby(["layout", "node"], as_index=False)[["replicas"]].max()
    everyday = anywhere.merge(given.slices[["slice"]], how="cross").pipe(
        matched, largest, on=["layout", "node"]
    )
    failing = keys[~keys["slice"].isin(given.slices["slice"])]
    if failing.empty:
        return everyday
    return pd.concat(
        [everyday, failing.pipe(matched, most, on=["layout", "node", "slice"])], ignore_index=True
    )


def _ceil(series: pd.Series[float]) -> pd.Series[float]:
    return -(-series // 1)


def _total(cards: pd.DataFrame) -> pd.Series[float]:
    return cards.set_index("accelerator")["cards"]


def _order_keys(given: Given) -> pd.DataFrame:
    """Orders that arrive within the horizon, with the most servers of each."""
    keys = given.deliveries[["offer", "ordered"]].rename(columns={"ordered": "node"})
    keys = keys.pipe(matched, most_servers(given), on=["offer", "node"]).rename(columns={"servers": "most"})
    keys = keys.pipe(matched, given.offers[["offer", "accelerator"]], on="offer")
    return keys.merge(given.sites[["site"]], how="cross")


def _load_keys(given: Given, flow_keys: pd.DataFrame, installed_keys: pd.DataFrame) -> pd.DataFrame:
    """Where work can be placed: it is sent there over that band, a layout serves it, its card can be there."""
    key = ["workload", "bucket", "band_ms", "site", "node", "slice"]
    arriving = flow_keys.groupby(key, as_index=False)[["requests_per_s"]].sum()
    served = given.rates[["workload", "bucket", "band_ms", "layout"]].pipe(
        matched, given.layouts[["layout", "accelerator"]], on="layout"
    )
    pairs = arriving.pipe(matched, served, on=["workload", "bucket", "band_ms"])
    return pairs.pipe(matched, installed_keys, on=["accelerator", "site", "node"])


def _port_keys(given: Given) -> pd.DataFrame:
    """Nodes in which a port that some layout needs may begin and still be done in time."""
    needed = given.improving["ports"][["port"]].drop_duplicates()
    ready = given.improving["port_readiness"][["port", "begun"]].drop_duplicates()
    return ready.pipe(matched, needed, on="port").rename(columns={"begun": "node"})


def _joined_keys(given: Given) -> pd.DataFrame:
    """Rules on the least fleet of a maker, path by path where there are scenarios."""
    rules = given.rules["minimum_fleet"].assign(from_period=None, to_period=None)
    spans = path_spans(rules, "rule", given.nodes)
    return spans[[name for name in ("rule", "path") if name in spans.columns]].drop_duplicates(
        ignore_index=True
    )


def _measure_keys(given: Given, moment: str) -> pd.DataFrame:
    """Nodes in which a measure may begin (``begun``) or be used (``node``)."""
    keys = given.improving["measure_ramp"][["measure", moment]].drop_duplicates(ignore_index=True)
    return keys.rename(columns={moment: "node"})
