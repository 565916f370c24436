"""Shares by origin and by maker, by four measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from planner.joins import matched
from planner.plan.audit.buying import token_measures
from planner.plan.audit.facts import Facts
from planner.plan.audit.renting import cards_by_hour, rent_paid
from planner.plan.audit.rows import Checked, Rule, listed_rows
from planner.plan.audit.tolerances import RATE

UNITS = {"cards": "cards", "compute": "TFLOPS", "tokens": "tokens/s"}


def measures(facts: Facts, orders: pd.DataFrame, service: pd.DataFrame) -> pd.DataFrame:
    """What shares are shares of: measure, vendor, origin, node, amount.

    cards: in service, by the hour for their share of the period; compute: their bf16_tflops (0 where the card has no
    such figure); spend: landed money, in the period of the order, and rent paid; tokens: load * (mean_in + mean_out),
    at the peak of each slice, weighted by its length; of mean_in alone where a layout only prefills, of mean_out where
    it only decodes. Tokens of an API count with the origin of their offer, and with no maker.
    """
    service = _with_hours(facts, service)
    compute = service.pipe(matched, facts.given["cards"][["accelerator", "bf16_tflops"]], on="accelerator")
    work = facts.work
    lasting = facts.of_slice(work["slice"], "share")
    parts = [
        service.assign(measure="cards", amount=service["installed_cards"]),
        compute.assign(
            measure="compute", amount=compute["installed_cards"] * compute["bf16_tflops"].fillna(0.0)
        ),
        orders.assign(measure="spend", amount=orders["landed"], node=orders["ordered"]),
        work.assign(measure="tokens", amount=work["requests_per_s"] * work["own_tokens"] * lasting),
    ]
    rent = pd.DataFrame(rent_paid(facts), columns=["accelerator", "node", "amount"])
    if len(rent):
        makers = facts.given["cards"][["accelerator", "vendor", "origin"]]
        parts.append(rent.merge(makers, on="accelerator").assign(measure="spend"))
    columns = ["measure", "vendor", "origin", "node"]
    served = pd.DataFrame(token_measures(facts), columns=[*columns, "amount"])
    if len(served):
        parts.append(served)
    whole = pd.concat([part[[*columns, "amount"]] for part in parts], ignore_index=True)
    return whole.groupby(columns, as_index=False)[["amount"]].sum()


def _with_hours(facts: Facts, service: pd.DataFrame) -> pd.DataFrame:
    """Cards in service, and those by the hour for their share of the period."""
    rows = [
        (card, site, node, cards * facts.slices[part]["share"])
        for (card, site, node, part), cards in cards_by_hour(facts).items()
    ]
    if not rows:
        return service
    hours = pd.DataFrame(rows, columns=["accelerator", "site", "node", "installed_cards"])
    makers = facts.given["cards"][["accelerator", "vendor", "origin"]]
    return pd.concat([service, hours.merge(makers, on="accelerator")], ignore_index=True)


def domestic_share(facts: Facts, amounts: pd.DataFrame) -> list[Checked]:
    """Rule ``domestic_share``: measure of domestic cards >= min_share * measure of all."""
    parts = []
    for policy in facts.given["domestic_share"].to_dict("records"):
        rule, rows = Rule("domestic_share", ">=", _unit(facts, policy["measure"]), RATE), []
        for label, part in _spans(facts, policy, amounts):
            domestic = float(part.loc[part["origin"] == "domestic", "amount"].sum())
            limit = float(policy["min_share"] * part["amount"].sum())
            rows.append((",".join([policy["policy"], *label]), domestic, limit))
        parts.append(listed_rows(rule, rows))
    return parts


def vendor_share(facts: Facts, amounts: pd.DataFrame) -> list[Checked]:
    """Rule ``vendor_share``: measure of the maker's cards <= max_share * measure of all; ``*`` is each maker."""
    parts = []
    makers = sorted(set(facts.given["cards"]["vendor"]))
    for policy in facts.given["vendor_share"].to_dict("records"):
        rule, rows = Rule("vendor_share", "<=", _unit(facts, policy["measure"]), RATE), []
        for label, part in _spans(facts, policy, amounts):
            limit = float(policy["max_share"] * part["amount"].sum())
            for vendor in makers if policy["vendor"] == "*" else [policy["vendor"]]:
                own = float(part.loc[part["vendor"] == vendor, "amount"].sum())
                rows.append((",".join([policy["policy"], vendor, *label]), own, limit))
        parts.append(listed_rows(rule, rows))
    return parts


def _spans(
    facts: Facts, policy: Mapping[Any, Any], amounts: pd.DataFrame
) -> list[tuple[list[str], pd.DataFrame]]:
    """Rows of a policy: one over the span for spend, one per period of it otherwise; without any amount, none."""
    nodes = facts.span(policy["from_period"], policy["to_period"])
    own = amounts[(amounts["measure"] == policy["measure"]) & amounts["node"].isin(nodes)]
    if policy["measure"] == "spend":
        paths = facts.path_spans(policy["from_period"], policy["to_period"])
        parts = [(label, own[own["node"].isin(path)]) for label, path in paths]
        return [(label, part) for label, part in parts if part["amount"].sum() > 0]
    by_node = {str(node): part for node, part in own.groupby("node")}
    return [
        ([node], by_node[node]) for node in nodes if node in by_node and by_node[node]["amount"].sum() > 0
    ]


def _unit(facts: Facts, measure: str) -> str:
    return UNITS.get(measure, facts.setting_text("currency"))
