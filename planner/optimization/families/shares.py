"""Constraint families: least share of domestic cards, most share of one maker."""

from __future__ import annotations

import pandas as pd

from planner.joins import matched
from planner.optimization.families.token_offers import served_by_api
from planner.optimization.given import Given
from planner.optimization.program import Program, Rows
from planner.optimization.rent_costs import rental_money
from planner.optimization.scale import MONEY
from planner.optimization.selectors import path_spans, spanned_nodes
from planner.optimization.token_costs import package_money, token_money
from planner.optimization.variables import Decisions
from planner.serving.hand_over import DECODE, WHOLE

OVER_SPAN = "span"  # node label of a measure that counts over its whole span

NOBODY = ""  # maker of the cards behind an API


def measured(given: Given, decide: Decisions) -> pd.DataFrame:
    """Every decision a share can count: measure, vendor, origin, node, column, coefficient.

    cards: cards in service, by the hour for their share of the period; compute: their 16-bit TFLOPS; spend: landed
    money of orders, in the node of the order, and rent paid; tokens: logical tokens per second served at the peak of
    each slice, weighted by the length of the slice; of prompts on what prefills, of answers on what decodes.
    Tokens of an API count with the origin of the offer, in tokens and in spend.
    """
    makers = given.cards[["accelerator", "vendor", "origin"]]
    installed = decide.installed.pipe(matched, given.cards[["accelerator", "bf16_tflops"]])
    cards = installed.assign(measure="cards", coefficient=1.0)
    compute = installed.assign(measure="compute", coefficient=installed["bf16_tflops"])
    spend = decide.order.pipe(matched, given.money[["offer", "node", "landed"]]).pipe(
        matched, given.offers[["offer", "cards_per_server"]]
    )
    spend = spend.assign(measure="spend", coefficient=spend["landed"] * spend["cards_per_server"] / MONEY)
    tokens = decide.load.pipe(matched, given.tokens).pipe(
        matched, given.slices[["slice", "share"]], on="slice"
    )
    tokens = tokens.pipe(matched, given.layouts[["layout", "role"]], on="layout")
    own = tokens["tokens_per_request"].where(tokens["role"] == WHOLE, tokens["prompt_tokens"])
    own = own.where(tokens["role"] != DECODE, tokens["tokens_per_request"] - tokens["prompt_tokens"])
    tokens = tokens.assign(measure="tokens", coefficient=own * tokens["share"])
    rent = rental_money(given, decide).assign(
        measure="spend", coefficient=lambda paid: paid["amount"] / MONEY
    )
    keep = ["measure", "accelerator", "node", "column", "coefficient"]
    parts = [cards, compute, spend, tokens, rent, *_hourly(given, decide)]
    filled = [part[keep] for part in parts if len(part)]
    everything = pd.concat(filled or [cards[keep]], ignore_index=True)
    served = _by_api(given, decide)
    everything = everything.pipe(matched, makers, on="accelerator")
    return pd.concat([everything, served], ignore_index=True) if len(served) else everything


def _by_api(given: Given, decide: Decisions) -> pd.DataFrame:
    """Tokens of an API by its origin, and the money for them; no maker's."""
    money = pd.concat([token_money(given, decide), package_money(given, decide)], ignore_index=True)
    money = money.assign(measure="spend", coefficient=money["amount"] / MONEY)
    tokens = served_by_api(given, decide).pipe(matched, given.tokens, on=["workload", "bucket"])
    tokens = tokens.pipe(matched, given.slices[["slice", "share"]], on="slice")
    tokens = tokens.assign(measure="tokens", coefficient=tokens["tokens_per_request"] * tokens["share"])
    keep = ["measure", "token_offer", "node", "column", "coefficient"]
    both = pd.concat([money[keep], tokens[keep]], ignore_index=True)
    origins = given.tokens_for_sale.offers[["token_offer", "origin"]]
    return both.pipe(matched, origins, on="token_offer").assign(vendor=NOBODY, accelerator=NOBODY)


def _hourly(given: Given, decide: Decisions) -> list[pd.DataFrame]:
    """Cards by the hour and their compute, each for its share of the period."""
    table = decide.hourly.pipe(matched, given.slices[["slice", "share"]], on="slice")
    table = table.pipe(matched, given.cards[["accelerator", "bf16_tflops"]], on="accelerator")
    return [
        table.assign(measure="cards", coefficient=table["share"]),
        table.assign(measure="compute", coefficient=table["share"] * table["bf16_tflops"]),
    ]


def policy_nodes(policies: pd.DataFrame, given: Given) -> pd.DataFrame:
    """Nodes of each policy: policy, measure, node, row_node.

    A row is one node; for spend the span, path by path where there are scenarios: named by the last node of the path.
    """
    spend = policies["measure"] == "spend"
    single = spanned_nodes(policies[~spend], "policy", given.nodes)
    summed = path_spans(policies[spend], "policy", given.nodes)
    summed = summed.assign(row_node=summed["path"] if "path" in summed.columns else OVER_SPAN)
    spans = pd.concat([single.assign(row_node=single["node"]), summed], ignore_index=True)
    return policies.pipe(matched, spans[["policy", "node", "row_node"]], on="policy")


def add_domestic_share(program: Program, given: Given, decide: Decisions) -> Rows:
    """Domestic cards have at least their share of the measure.

    Formulation, for every policy p with its measure m, and every node n of its span (one row for spend)::

        sum_{x domestic} m(x) * x - min_share[p] * sum_x m(x) * x >= 0

        x              decision   installed (cards, compute), order (spend) or load (tokens)
        m(x)           given      1, TFLOPS per card, landed money per server, or tokens per request
        min_share[p]   given      least share   [share]

    Price of a row: what one unit of the measure more of imported cards would save.

    Examples
    --------
    60 % of cards domestic, 40 imported cards in service: at least 60 domestic.
    """
    policies = given.rules["domestic_share"]
    spans = policy_nodes(policies, given)
    keys = spans[["policy", "row_node"]].drop_duplicates(ignore_index=True)
    rows = program.rows("domestic_share", keys, at_least=0.0)
    if rows.keys.empty:
        return rows
    terms = measured(given, decide).pipe(
        matched, spans[["policy", "measure", "node", "row_node", "min_share"]]
    )
    domestic = (terms["origin"] == "domestic").astype(float)
    rows.add(terms.assign(coefficient=terms["coefficient"] * (domestic - terms["min_share"])))
    return rows


def add_vendor_share(program: Program, given: Given, decide: Decisions) -> Rows:
    """One maker has at most its share of the measure.

    Formulation, for every policy p, maker v it names (``*``: each), and node n of its span (one row for spend)::

        sum_{x of v} m(x) * x - max_share[p] * sum_x m(x) * x <= 0

        x, m(x)        as in `add_domestic_share`
        max_share[p]   given   most share   [share]

    Price of a row: what one unit of the measure more of maker v would save.

    Examples
    --------
    At most half of the spend with one maker: 10 million with it need 10 million with others.
    """
    policies = given.rules["vendor_share"].rename(columns={"vendor": "asked"})
    makers = given.cards[["vendor"]].drop_duplicates()
    spans = policy_nodes(policies, given).merge(makers, how="cross")
    spans = spans[(spans["asked"] == "*") | (spans["asked"] == spans["vendor"])]
    keys = spans[["policy", "vendor", "row_node"]].drop_duplicates(ignore_index=True)
    rows = program.rows("vendor_share", keys, at_most=0.0)
    if rows.keys.empty:
        return rows
    limits = spans[["policy", "vendor", "measure", "node", "row_node", "max_share"]]
    terms = (
        measured(given, decide)
        .rename(columns={"vendor": "maker"})
        .pipe(matched, limits, on=["measure", "node"])
    )
    own = (terms["maker"] == terms["vendor"]).astype(float)
    rows.add(terms.assign(coefficient=terms["coefficient"] * (own - terms["max_share"])))
    return rows
