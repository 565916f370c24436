"""What the program is given: plain tables, keyed as the decisions are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from planner.optimization.renting import Renting
from planner.optimization.token_offers import TokenOffers


@dataclass(frozen=True)
class Settings:
    """Scalars of the case that the program reads."""

    currency: str
    months: int
    whole_replicas: bool
    headroom_share: float
    idle_power_share: float
    switch_minutes: float
    porting_team: float | None
    objective: str
    risk_weight: float
    risk_quantile: float


@dataclass(frozen=True)
class Given:
    """Data of the program.

    Attributes
    ----------
    settings : scalars
    nodes : node, index, period, parent (None at the start), probability, years, discount (probability included)
    slices : slice, index, share (of the week), day_hours, before, hours [h of a period]
    moves : workload, slice, served, ratio: work that may wait, from the slice of arrival to those before its deadline;
        ratio is the length of the slice that serves over that of the slice of arrival
    end_discount : worth at the start of money at the end of the horizon
    sites : site, power_kw, racks, rack_kw, pue, hosting_per_kw_month, spare_servers, spare_share
    cards : accelerator, vendor, origin, power_kw, bf16_tflops, cards_per_server
    offers : offer, accelerator, vendor, origin, cards_per_server, min_order_servers
    deliveries : offer, ordered, in_service (period), in_service_index: orders that arrive within the horizon
    entering, leaving : offer, ordered, node: nodes in which an order enters service, and after its life
    service : offer, ordered, node: nodes in which an order of ``ordered`` serves
    fleet : accelerator, site, node, net_opening_cards, opening_cards: keys where cards can stand, with what the
        opening fleet brings (first node) or takes away (end of life), and what is there of it
    routes : region, site, band_ms
    banned_routes : workload, region, site: pairs that residency forbids
    layouts : layout, llm, accelerator, cards_per_replica, role, hand_over (class of cards that may exchange caches),
        cache_bytes_per_token (handed over by a prefill layout)
    rates : workload, bucket, band_ms, layout, requests_per_s
    requests : workload, bucket, region, node, slice, requests_per_s; a failure counts as a slice of no length
    failures : failure, node, kept_share: what must be survived, and in which nodes
    lost : slice (the failure), accelerator, site
    sendable : the same for the slices in which work can be served: the most that can be sent
    tokens : workload, bucket, tokens_per_request (logical), prompt_tokens (of them, the prompt's)
    mean_to_peak : workload, node, slice, mean_to_peak
    money : offer, node, price, freight_duty, vat, landed [case currency per card]
    maintenance : offer, ordered, node, amount [case currency per card]
    residual : offer, ordered, node (end of a path), amount [case currency per card]
    fleet_maintenance : node, amount [case currency], constant
    tariffs : site, node, slice, origin, tariff_per_kwh
    unmet_money : node, amount: penalty of serving nothing at all [case currency]
    best : path, cost: cost of the best plan if the path were known to come (objective regret only) [case currency]
    improving : ports, port_readiness, rate_factors, measure_effects, measure_ramp; see `planner.optimization.improving`
    rules : the case's own tables of limits and policies by name (supply, permits, budgets, domestic_share,
        vendor_share, selections, workloads)
    renting : cards for rent
    tokens_for_sale : tokens of an API, at list price and in packages
    """

    settings: Settings
    nodes: pd.DataFrame
    slices: pd.DataFrame
    moves: pd.DataFrame
    end_discount: float
    sites: pd.DataFrame
    cards: pd.DataFrame
    offers: pd.DataFrame
    deliveries: pd.DataFrame
    entering: pd.DataFrame
    leaving: pd.DataFrame
    service: pd.DataFrame
    fleet: pd.DataFrame
    routes: pd.DataFrame
    banned_routes: pd.DataFrame
    layouts: pd.DataFrame
    rates: pd.DataFrame
    requests: pd.DataFrame
    sendable: pd.DataFrame
    failures: pd.DataFrame
    lost: pd.DataFrame
    tokens: pd.DataFrame
    mean_to_peak: pd.DataFrame
    money: pd.DataFrame
    maintenance: pd.DataFrame
    residual: pd.DataFrame
    fleet_maintenance: pd.DataFrame
    tariffs: pd.DataFrame
    unmet_money: pd.DataFrame
    best: pd.DataFrame
    improving: Mapping[str, pd.DataFrame]
    rules: Mapping[str, pd.DataFrame]
    renting: Renting
    tokens_for_sale: TokenOffers
