"""What a plan comes to, as figures that plans can be compared by."""

from __future__ import annotations

import pandas as pd

from planner.plan import Plan
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR, TOKENS_PER_MTOK

CAPEX = ("purchase", "freight_duty", "vat")
NOT_PAID = ("unmet", "residual", "risk_premium")
DAYS_A_WEEK = 7


def figures(plan: Plan) -> dict[str, float]:
    """Figures of one plan by name; money in case currency, expected where there are scenarios.

    cost, capex, opex, unmet penalty and residual value [discounted]; cards ordered, by origin; makers ordered from;
    served and unserved tokens [million tokens]; cost per million tokens served; shares of domestic cards; largest
    power [kW].
    """
    costs = plan.tables["costs"]
    terms = costs.groupby("term")["discounted"].sum()
    orders = plan.tables["orders"]
    cards = orders.groupby("origin")["cards"].sum()
    served, unserved = tokens(plan)
    opex = float(terms.drop([name for name in (*CAPEX, *NOT_PAID) if name in terms.index]).sum())
    paid = float(terms.drop([name for name in ("risk_premium",) if name in terms.index]).sum())
    found = {
        "cost": paid,
        "capex": float(sum(terms.get(name, 0.0) for name in CAPEX)),
        "opex": opex,
        "unmet penalty": float(terms.get("unmet", 0.0)),
        "residual value": float(terms.get("residual", 0.0)),
        "cards ordered": float(orders["cards"].sum()),
        "domestic cards ordered": float(cards.get("domestic", 0.0)),
        "imported cards ordered": float(cards.get("imported", 0.0)),
        "makers ordered from": float(orders["vendor"].nunique()),
        "tokens served": served,
        "tokens not served": unserved,
        "cost per million tokens": paid / served if served else float("nan"),
        "largest power": largest_power(plan),
    }
    return found | {f"domestic share of {name}": share for name, share in domestic_shares(plan).items()}


def tokens(plan: Plan) -> tuple[float, float]:
    """Logical tokens served and not served over the horizon, by the probability of each node [million tokens]."""
    work = volumes(plan)
    return float(work["served"].sum()), float(work["unserved"].sum())


def volumes(plan: Plan) -> pd.DataFrame:
    """workload, node, served, unserved: million logical tokens, by the probability of the node.

    Formula: ``mean rate * seconds * (mean_in + mean_out) / 1e6``; what measures save counts as served.
    """
    given = plan.given
    months = float(given["settings"]["period_months"].iloc[0])
    asked = given["requests"].merge(given["buckets"][["workload", "bucket", "mean_in", "mean_out"]])
    seconds = asked["slice"].map(given["slices"].set_index("slice")["share"]) * months
    mtok = asked["mean_requests_per_s"] * seconds * HOURS_PER_MONTH * SECONDS_PER_HOUR
    asked = asked.assign(mtok=mtok * (asked["mean_in"] + asked["mean_out"]) / TOKENS_PER_MTOK)
    key = ["workload", "node"]
    total = asked.groupby(key, as_index=False)[["mtok"]].sum()
    left = (
        plan.tables["unmet"].groupby(key, as_index=False)[["mtok"]].sum().rename(columns={"mtok": "unserved"})
    )
    both = total.merge(left, on=key, how="left").fillna({"unserved": 0.0})
    chance = both["node"].map(given["periods"].set_index("node")["probability"])
    unserved = both["unserved"] * chance
    return both[key].assign(served=both["mtok"] * chance - unserved, unserved=unserved)


def largest_power(plan: Plan) -> float:
    """Power at the meter of all cards in service, in the period in which it is largest [kW]."""
    fleet = plan.tables["fleet"].merge(plan.given["cards"][["accelerator", "power_kw"]], on="accelerator")
    fleet = fleet.merge(plan.given["sites"][["site", "pue"]], on="site")
    drawn = fleet["installed_cards"] * fleet["power_kw"] * fleet["pue"]
    return float(drawn.groupby(fleet["node"]).sum().max()) if len(fleet) else 0.0


def domestic_shares(plan: Plan) -> dict[str, float]:
    """Share of domestic cards: of cards and compute at the ends, of spend, of tokens [share]; NaN of nothing."""
    given, tables = plan.given, plan.tables
    ends = set(given["periods"]["node"]) - set(given["periods"]["parent"].dropna())
    fleet = tables["fleet"][tables["fleet"]["node"].isin(ends)]
    fleet = fleet.merge(given["cards"][["accelerator", "bf16_tflops"]], on="accelerator")
    load = tables["load"].merge(given["cards"][["accelerator", "origin"]], on="accelerator")
    load = load.merge(
        given["buckets"][["workload", "bucket", "mean_in", "mean_out"]], on=["workload", "bucket"]
    )
    lasting = load["slice"].map(given["slices"].set_index("slice")["share"]).astype(float)
    parts = {
        "cards": fleet.assign(amount=fleet["installed_cards"]),
        "compute": fleet.assign(amount=fleet["installed_cards"] * fleet["bf16_tflops"].fillna(0.0)),
        "spend": tables["orders"].assign(amount=tables["orders"]["landed"]),
        "tokens": load.assign(amount=load["requests_per_s"] * (load["mean_in"] + load["mean_out"]) * lasting),
    }
    shares = {}
    for name, part in parts.items():
        total = float(part["amount"].sum())
        own = float(part.loc[part["origin"] == "domestic", "amount"].sum())
        shares[name] = own / total if total > 0 else float("nan")
    return shares
